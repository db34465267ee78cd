import { mkdirSync, rmSync } from 'node:fs';
import { join, resolve as absolute } from 'node:path';

import { loadAssembly, type Assembly } from './assembly/assembly';
import { isObject } from './assembly/json';
import { policySourceOf } from './assembly/policies';
import type { PolicySource } from './front-door/contract';
import { startFrontDoor, type FrontDoor } from './front-door/front-door';
import type { LocalCredentials } from './front-door/principals';
import { newActivity } from './runtime/activity';
import { readRestApis, type RestApiModel } from './runtime/api/rest-api-model';
import { serveProviders, type ServedProviders } from './providers/serve';
import { newAwsClient } from './runtime/aws-client';
import { controlEndpoints } from './runtime/control-endpoints';
import { deploy } from './runtime/deployment';
import { newEventSources, readSchedules } from './runtime/event-sources';
import { newFunctions, type Functions } from './runtime/functions';
import { waitUntilIdle, type IdleReport } from './runtime/idle';
import { newLogStore, type LogLine } from './runtime/logs';
import { newMetricFeed } from './runtime/metric-feed';
import { newAlarms, type AlarmState } from './runtime/metrics/alarms';
import { newMetricStore } from './runtime/metrics/metric-store';
import { newOnCall } from './runtime/on-call';
import { portsFrom } from './runtime/ports';
import { startServers, urlFunctions } from './runtime/servers';
import { newCheckpoints } from './runtime/sources/checkpoints';
import { newSchedules } from './runtime/sources/schedules';
import { lockState } from './runtime/state-lock';
import { startOutbox, type Outbox } from './services/outbox';

export const localAccount = { accountId: '000000000000', region: 'eu-central-1' } as const;

export interface LocalCloudOptions {
  /** A synthesized cloud assembly (`cdk.out`). */
  readonly assemblyDir: string;
  /** All state; made when missing. */
  readonly stateDir: string;
  /** Port of the REST API; the front door and the Function URLs take the following ones. 0: any free ports. */
  readonly port: number;
  /** Throws away existing state first. */
  readonly fresh?: boolean;
  /** Prints nothing but problems. */
  readonly quiet?: boolean;
  /** Instances of one function at once. */
  readonly concurrency?: number;
}

export interface LocalCloud {
  /** Address of the REST API, without a trailing slash. */
  readonly apiUrl: string;
  /** Addresses of the functions with a Function URL, without a trailing slash, by deployed function name. */
  readonly functionUrls: Readonly<Record<string, string>>;
  readonly awsEndpoint: string;
  readonly adminCredentials: LocalCredentials;
  readonly userPoolId: string;
  readonly userPoolClientId: string;
  readonly assembly: Assembly;
  readonly frontDoor: FrontDoor;
  readonly outbox: Outbox;
  /** Addresses of the fakes of payment providers. */
  readonly providers: ServedProviders['endpoints'];
  /** Invokes a function by its deployed name or the last part of it. */
  invoke(
    functionName: string,
    payload: object,
  ): Promise<{ readonly statusCode: number; readonly payload: unknown; readonly functionError?: string }>;
  /** Ends every instance of a function; its running invocations fail. */
  kill(functionName: string): Promise<void>;
  idle(timeoutMs: number): Promise<IdleReport>;
  evaluateAlarms(): Promise<readonly { readonly name: string; readonly state: AlarmState }[]>;
  tick(schedule?: string): Promise<string[]>;
  logs(filter: {
    readonly functionName?: string;
    readonly contains?: string;
    readonly invocationId?: string;
  }): LogLine[];
  /** Ends all workers, servers and engines, with state on disk. */
  stop(): Promise<void>;
}

const alarmsEveryMs = 15_000;

/** Starts the product of a cloud assembly on this machine. Existing state is deployed onto, not replaced. */
export async function startLocalCloud(options: LocalCloudOptions): Promise<LocalCloud> {
  const unlock = lockState(options.stateDir);
  const opened: (() => Promise<void>)[] = [async () => unlock()];
  try {
    return await start(options, opened);
  } catch (error) {
    for (const close of opened.reverse()) await close().catch(() => undefined);
    throw error;
  }
}

async function start(options: LocalCloudOptions, opened: (() => Promise<void>)[]): Promise<LocalCloud> {
  const stateDir = join(absolute(options.stateDir), 'state');
  if (options.fresh === true) rmSync(stateDir, { recursive: true, force: true });
  mkdirSync(stateDir, { recursive: true });

  const place = {
    ...localAccount,
    awsEndpoint: '',
    apiUrl: '',
    functionUrl: (name: string): string => `http://127.0.0.1:${urlPorts.get(name) ?? 0}/`,
  };
  const assembly = loadAssembly(absolute(options.assemblyDir), place);
  const nextPort = portsFrom(options.port);
  const apiPort = await nextPort();
  const frontDoorPort = await nextPort();
  const urlPorts = new Map<string, number>();
  for (const name of urlFunctions(assembly)) urlPorts.set(name, await nextPort());
  place.apiUrl = `http://127.0.0.1:${apiPort}`;
  place.awsEndpoint = `http://127.0.0.1:${frontDoorPort}`;

  const say = (text: string): void => {
    if (options.quiet !== true) console.log(text);
  };
  const problems = new Set<string>();
  const onProblem = (text: string): void => {
    if (problems.has(text)) return;
    problems.add(text);
    console.error(`local cloud: ${text}`);
  };

  const activity = newActivity();
  const metrics = newMetricStore();
  const holder: { functions?: Functions; policies?: PolicySource } = {};
  const functionsNow = (): Functions => {
    if (holder.functions === undefined) throw new Error('the functions are not deployed yet');
    return holder.functions;
  };
  const frontDoor = await startFrontDoor({
    ...localAccount,
    port: frontDoorPort,
    stateDir,
    policies: lateBound(() => holder.policies),
    invoke: (functionArn, payload, type) => functionsNow().invoke(functionArn, payload.toString('utf8'), type),
    onWorkerKill: (functionName, invocationId) =>
      void functionsNow()
        .named(functionName)
        .kill(invocationId === undefined ? {} : { invocationId }),
    extraControl: controlEndpoints(() => cloud),
  });
  opened.push(() => frontDoor.close());
  const providers = await serveProviders({ activity, onProblem });
  opened.push(() => providers.close());
  const outbox = await startOutbox({ stateDir });
  opened.push(() => outbox.close());
  frontDoor.services.sns.onPublish(({ subject, message }) => say(`on-call  ${subject}  ${descriptionOf(message)}`));
  outbox.onMail(({ subject, to }) => say(`mail     ${subject} → ${to.join(', ')}`));

  const admin = newAwsClient(frontDoor.url, localAccount.region, frontDoor.adminCredentials);
  holder.policies = policySourceOf(assembly);
  await deploy(assembly, frontDoor, admin);
  holder.policies = policySourceOf(assembly);
  frontDoor.policiesChanged();

  const feed = newMetricFeed(metrics, frontDoor);
  const logs = newLogStore((entry) =>
    frontDoor.written.add({ kind: 'log', source: entry.functionName, text: entry.line }),
  );
  const [api] = readRestApis(assembly);
  const functions = newFunctions({
    assembly,
    frontDoor,
    activity,
    logs,
    feed,
    concurrency: options.concurrency ?? 4,
    mailUrl: outbox.url,
    providerEndpoints: providers.endpoints,
    providerRoots: providers.roots,
    apiAddresses: apiAddresses(api, place.apiUrl),
    onProblem,
  });
  holder.functions = functions;

  const servers = await startServers({
    assembly,
    policies: holder.policies,
    frontDoor,
    functions,
    activity,
    feed,
    api,
    apiPort,
    urlPorts,
  });
  opened.push(async () => {
    await Promise.all(servers.map((server) => server.close()));
  });

  const checkpoints = newCheckpoints(join(stateDir, 'stream-checkpoints.json'));
  const schedules = newSchedules(readSchedules({ assembly, frontDoor }), () => frontDoor.clock.nowMs(), onProblem);
  frontDoor.clock.onAdvance(() => schedules.wake());
  const sources = [
    ...newEventSources({
      assembly,
      frontDoor,
      activity,
      checkpoints,
      functionNamed: (name) => functions.named(name),
      onIteratorAge: (name, ageMs) => feed.iteratorAge(name, ageMs),
    }),
    schedules,
  ];
  sources.forEach((source) => source.start());
  const onCall = newOnCall(assembly, frontDoor, newAlarms(assembly, metrics, frontDoor.clock.nowMs()), feed, onProblem);
  const alarmTimer = setInterval(() => {
    onCall.evaluate().catch((error: unknown) => onProblem(`alarms: ${String(error)}`));
    sources.forEach((source) => {
      const problem = source.problem();
      if (problem !== undefined) onProblem(`${source.name}: ${problem}`);
    });
  }, alarmsEveryMs);

  const [pool] = assembly.ofType('AWS::Cognito::UserPool');
  const [client] = assembly.ofType('AWS::Cognito::UserPoolClient');
  let stopping: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    clearInterval(alarmTimer);
    await Promise.all(servers.map((server) => server.close()));
    const stopped = Promise.all(sources.map((source) => source.stop()));
    await functions.stop();
    await stopped;
    checkpoints.flush();
    await providers.close();
    await outbox.close();
    await frontDoor.close();
    await opened[0]?.();
  };
  const cloud: LocalCloud = {
    apiUrl: place.apiUrl,
    functionUrls: Object.fromEntries([...urlPorts].map(([name, port]) => [name, `http://127.0.0.1:${port}`])),
    awsEndpoint: place.awsEndpoint,
    adminCredentials: frontDoor.adminCredentials,
    userPoolId: pool?.ref ?? '',
    userPoolClientId: client?.ref ?? '',
    assembly,
    frontDoor,
    outbox,
    providers: providers.endpoints,
    async invoke(functionName, payload) {
      const {
        statusCode,
        functionError,
        payload: text,
      } = await functions.invoke(functionName, JSON.stringify(payload), 'RequestResponse');
      const parsed: unknown = text === '' ? undefined : JSON.parse(text);
      return { statusCode, payload: parsed, ...(functionError === undefined ? {} : { functionError }) };
    },
    kill: (functionName) => functions.named(functionName).kill(),
    idle: (timeoutMs) => waitUntilIdle(activity, sources, timeoutMs),
    evaluateAlarms: () => onCall.evaluate(),
    tick: (schedule) => schedules.tick(schedule),
    logs: (filter) => logs.find(filter),
    stop: () => (stopping ??= stop()),
  };
  return cloud;
}

function lateBound(source: () => PolicySource | undefined): PolicySource {
  return {
    identityPolicies: (roleArn) => source()?.identityPolicies(roleArn) ?? [],
    trustPolicy: (roleArn) => source()?.trustPolicy(roleArn),
    resourcePolicy: (resourceArn) => source()?.resourcePolicy(resourceArn),
  };
}

function apiAddresses(api: RestApiModel | undefined, apiUrl: string): ReadonlyMap<string, string> {
  if (api === undefined) return new Map();
  return new Map([[`https://${api.apiId}.execute-api.${localAccount.region}.amazonaws.com/${api.stageName}`, apiUrl]]);
}

function descriptionOf(message: string): string {
  const parsed: unknown = JSON.parse(message);
  const description = isObject(parsed) ? parsed['AlarmDescription'] : undefined;
  return typeof description === 'string' ? description : '';
}
