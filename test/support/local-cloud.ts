import { fork, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { CountedCall, FaultRule } from '../../local/front-door/contract';
import type { Notification } from '../../local/services/sns';
import type { OutboxMail } from '../../local/services/outbox';
import type { IdleReport } from '../../local/runtime/idle';
import type { LogLine } from '../../local/runtime/logs';
import {
  newControlClient,
  newPersonClient,
  type ApiAnswer,
  type Parsed,
  type Person,
  type Session,
} from './local-cloud-clients';

export type { ApiAnswer, Parsed, Person, Session } from './local-cloud-clients';

/** A seeded user, as `.countinghouse/local.json` lists it. */
export interface SeededUser extends Person {
  readonly role: string;
  readonly tenantId: string | null;
  readonly totpSecret: string | null;
}

/** What is known of a running cloud: `.countinghouse/local.json`, and what a test process adds. */
export interface CloudDescription {
  readonly apiUrl: string;
  readonly awsEndpoint: string;
  readonly userPoolId: string;
  readonly userPoolClientId: string;
  readonly webhookUrl?: string;
  readonly region?: string;
  readonly users?: readonly SeededUser[];
  /** Of the seeded tenant and its sandbox connection. */
  readonly tenantId?: string;
  readonly connectionId?: string;
  readonly functionUrls?: Readonly<Record<string, string>>;
  /** Addresses of the fakes of payment providers. */
  readonly providers?: Readonly<Record<string, string>>;
  readonly adminCredentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** A local cloud as tests see it: over HTTP alone. */
export interface TestCloud {
  readonly description: CloudDescription;
  /** Calls the REST API; as a person (signed in once, then kept), with a session, or as nobody. */
  api(who?: Person | Session): ApiClient;
  signUp(person: Person): Promise<{ readonly userSub: string; readonly confirmed: boolean }>;
  /** A new sign-in: a session of its own, with its own `origin_jti`. */
  signIn(person: Person): Promise<Session>;
  refresh(session: Session): Promise<Session>;
  /** The seeded user of a role; throws if there is none. */
  seeded(role: string): SeededUser;
  /** Waits until the cloud has nothing to do; throws, saying what keeps it busy, if that takes too long. */
  idle(timeoutMs?: number): Promise<IdleReport>;
  invoke(
    functionName: string,
    payload?: object,
  ): Promise<{ readonly statusCode: number; readonly payload: Parsed; readonly functionError?: string }>;
  kill(functionName: string): Promise<void>;
  tick(schedule?: string): Promise<string[]>;
  /** Moves the clock of queues and schedules, not of functions. */
  advanceClock(ms: number): Promise<void>;
  logs(filter?: {
    readonly function?: string;
    readonly contains?: string;
    readonly invocation?: string;
  }): Promise<LogLine[]>;
  calls(filter?: {
    readonly since?: number;
    readonly invocation?: string;
    readonly function?: string;
  }): Promise<CountedCall[]>;
  /** The AWS calls that a request to the API or to a Function URL caused. */
  callsOf(answer: ApiAnswer): Promise<CountedCall[]>;
  addFault(rule: FaultRule): Promise<void>;
  faults(): Promise<(FaultRule & { readonly matched: number; readonly fired: number })[]>;
  clearFaults(): Promise<void>;
  /** Takes a grant away from a function; answers how to give it back. */
  deny(denial: {
    readonly functionName: string;
    readonly action: string;
    readonly resource?: string;
  }): Promise<() => Promise<void>>;
  evaluateAlarms(): Promise<Readonly<Record<string, string>>>;
  notifications(): Promise<Notification[]>;
  outbox(): Promise<OutboxMail[]>;
  queues(): Promise<
    Readonly<Record<string, { readonly visible: number; readonly inFlight: number; readonly delayed: number }>>
  >;
  writes(): Promise<{ readonly kind: string; readonly source: string; readonly text: string }[]>;
  control(method: string, path: string, body?: object): Promise<Parsed>;
  /** Ends the cloud's process; its state stays for `restart`. A shared cloud is left running. */
  stop(): Promise<void>;
  /** Ends it and starts it again on the same state. `signal` SIGKILL is a power cut. */
  restart(signal?: NodeJS.Signals): Promise<void>;
}

export interface ApiClient {
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<ApiAnswer>;
  post(path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<ApiAnswer>;
  patch(path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<ApiAnswer>;
  delete(path: string, headers?: Readonly<Record<string, string>>): Promise<ApiAnswer>;
  request(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<ApiAnswer>;
}

export interface StartOptions {
  readonly assemblyDir: string;
  /** Of the API; the next ones are taken, too. Any free ports if it is left out, and then others after a restart. */
  readonly port?: number;
  readonly concurrency?: number;
  /** Seeds the product's users, connection and factors; only for the product's own assembly. */
  readonly seed?: boolean;
}

/** Starts a cloud of its own for a test file, on free ports and in a temporary state directory. */
export async function startCloud(options: StartOptions): Promise<TestCloud> {
  const stateDir = mkdtempSync(join(tmpdir(), 'countinghouse-state-'));
  let running = await launch(options, stateDir);
  return newTestCloud(() => running.description, {
    async stop() {
      await end(running.child, 'SIGTERM');
      rmSync(stateDir, { recursive: true, force: true });
    },
    async restart(signal = 'SIGTERM') {
      await end(running.child, signal);
      running = await launch(options, stateDir);
    },
  });
}

/**
 * The cloud that jest's global setup started for all product tests: the environment variable LOCAL_CLOUD_JSON names
 * its description file. Tests that break things start one of their own.
 */
export function sharedCloud(): TestCloud {
  const file = process.env['LOCAL_CLOUD_JSON'];
  if (file === undefined)
    throw new Error(
      'LOCAL_CLOUD_JSON is not set: run this test through npm test, or start a cloud with npm start and set it to .countinghouse/local.json',
    );
  const description = JSON.parse(readFileSync(file, 'utf8')) as CloudDescription;
  const refuse = (): Promise<void> => Promise.reject(new Error('a shared cloud is not restarted'));
  return newTestCloud(() => description, { stop: () => Promise.resolve(), restart: refuse });
}

interface Running {
  readonly child: ChildProcess;
  readonly description: CloudDescription;
}

function launch(options: StartOptions, stateDir: string): Promise<Running> {
  const settings = { port: 0, quiet: true, ...options, stateDir };
  // A power cut frees the ports of the engines only when they are gone too: they notice that their parent is.
  const child = fork(join(__dirname, 'cloud-process.ts'), [JSON.stringify(settings)], {
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const output: string[] = [];
  child.stdout?.on('data', (chunk: Buffer) => output.push(chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => output.push(chunk.toString()));
  return new Promise((resolve, reject) => {
    child.once('message', (description) => resolve({ child, description: description as CloudDescription }));
    child.once('exit', (code) =>
      reject(new Error(`The local cloud ended (${code}) before it was ready:\n${output.join('')}`)),
    );
  });
}

function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) {
      resolve();
      return;
    }
    child.once('exit', () => resolve());
    child.kill(signal);
  });
}

function newTestCloud(description: () => CloudDescription, life: Pick<TestCloud, 'stop' | 'restart'>): TestCloud {
  const control = newControlClient(() => description().awsEndpoint);
  const people = newPersonClient(description);
  return {
    get description() {
      return description();
    },
    ...life,
    control,
    api: (who) => people.api(who),
    signUp: (person) => people.signUp(person),
    signIn: (person) => people.signIn(person),
    refresh: (session) => people.refresh(session),
    seeded(role) {
      const user = description().users?.find((candidate) => candidate.role === role);
      if (user === undefined) throw new Error(`no ${role} was seeded`);
      return user;
    },
    async idle(timeoutMs = 20_000) {
      const report = (await control('POST', 'idle', { timeoutMs })) as IdleReport;
      if (!report.idle) throw new Error(`not idle after ${timeoutMs} ms, waiting for: ${report.waitingFor.join(', ')}`);
      return report;
    },
    invoke: (functionName, payload = {}) => control('POST', 'invoke', { functionName, payload }),
    kill: (functionName) => control('POST', 'kill', { functionName }),
    tick: (schedule) => control('POST', 'tick', schedule === undefined ? {} : { schedule }),
    advanceClock: (advanceMs) => control('POST', 'clock', { advanceMs }),
    logs: (filter = {}) => control('GET', `logs?${new URLSearchParams(filter).toString()}`),
    calls(filter = {}) {
      const entries = Object.entries(filter).map(([name, value]): [string, string] => [name, String(value)]);
      return control('GET', `calls?${new URLSearchParams(entries).toString()}`);
    },
    callsOf: (answer) => control('GET', `calls?invocation=${answer.invocationId}`),
    addFault: (rule) => control('POST', 'faults', rule),
    faults: () => control('GET', 'faults'),
    clearFaults: () => control('DELETE', 'faults'),
    async deny(denial) {
      const { id } = (await control('POST', 'deny', denial)) as { id: string };
      return () => control('DELETE', `deny/${id}`);
    },
    async evaluateAlarms() {
      const alarms = (await control('POST', 'alarms/evaluate')) as { name: string; state: string }[];
      return Object.fromEntries(alarms.map(({ name, state }) => [name, state]));
    },
    notifications: () => control('GET', 'notifications'),
    outbox: () => control('GET', 'outbox'),
    async queues() {
      const queues = (await control('GET', 'queues')) as {
        name: string;
        visible: number;
        inFlight: number;
        delayed: number;
      }[];
      return Object.fromEntries(queues.map((queue) => [queue.name, queue]));
    },
    writes: () => control('GET', 'writes'),
  };
}
