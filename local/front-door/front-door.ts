import { createServer } from 'node:http';
import { newCognito, type CognitoService } from '../services/cognito';
import { startDynamodb, type DynamodbService } from '../services/dynamodb';
import { startKms, type KmsService } from '../services/kms';
import type { InvokeFunction } from '../services/lambda';
import { startS3, type S3Service } from '../services/s3';
import { startSecrets, type SecretsService } from '../services/secrets';
import { startSns, type SnsService } from '../services/sns';
import { startSqs, type SqsService } from '../services/sqs';
import { openStateFile, type Home } from '../services/state';
import { newAuthorizer, type Authorizer, type Decision } from './authorizer';
import { newLocalClock, type LocalClock } from './clock';
import { controlPrefix, type CountedCall, type LocalService, type PolicySource } from './contract';
import { newControl, type ControlHandler } from './control';
import { newCallCounter, type CallFilter } from './counting';
import { newDenials, type Denials } from './denials';
import { newFaults, type Faults } from './faults';
import { numberOf } from './json';
import { newPipeline } from './pipeline';
import { newPrincipals, type LocalCredentials } from './principals';
import { newWrittenTexts, type WrittenTexts } from './written';

export interface FrontDoorOptions {
  /** 0 for any free port. */
  readonly port: number;
  readonly region: string;
  readonly accountId: string;
  /** Directory of all state, made when missing. */
  readonly stateDir: string;
  readonly policies: PolicySource;
  /** Runs a function for Lambda's Invoke. */
  readonly invoke: InvokeFunction;
  /** A kill fault: the worker of this invocation dies now. */
  onWorkerKill(functionName: string, invocationId: string | undefined): void;
  /** Control endpoints of the runtime by their first path part: `invoke`, `tick`, `idle`, `logs`, `alarms`. */
  readonly extraControl?: Readonly<Record<string, ControlHandler>>;
}

export interface LocalServices {
  readonly dynamodb: DynamodbService;
  readonly sqs: SqsService;
  readonly sns: SnsService;
  readonly s3: S3Service;
  readonly kms: KmsService;
  readonly secrets: SecretsService;
  readonly cognito: CognitoService;
}

export interface FrontDoor {
  /** `http://127.0.0.1:<port>`: for `AWS_ENDPOINT_URL`. */
  readonly url: string;
  readonly adminCredentials: LocalCredentials;
  readonly services: LocalServices;
  readonly clock: LocalClock;
  readonly faults: Faults;
  readonly deny: Denials;
  readonly written: WrittenTexts;
  /** Time spent on decisions, for measurements. */
  readonly authorizer: Pick<Authorizer, 'spent'>;
  /** Credentials for one worker of a function; each worker gets its own, so that its calls are told apart. */
  registerFunction(functionName: string, roleArn: string): LocalCredentials;
  /** Forgets a worker that is gone, with the roles it assumed. */
  unregister(accessKeyId: string): void;
  /** Calls signed with this key, or with a role assumed by it, count for the invocation until it ends. */
  beginInvocation(accessKeyId: string, invocationId: string): void;
  endInvocation(accessKeyId: string): void;
  calls(filter?: CallFilter): readonly CountedCall[];
  lastSequence(): number;
  /**
   * Asks the policies without a call: for what the runtime does in a role's name (log writing, traces, destinations of
   * event sources) or as a service (`apigateway.amazonaws.com` invoking a function). Denials of `functionName` hold.
   */
  isAllowed(question: {
    readonly roleArn?: string;
    readonly functionName?: string;
    readonly servicePrincipal?: string;
    readonly sourceArn?: string;
    readonly action: string;
    readonly resource: string;
    readonly context?: Readonly<Record<string, string | readonly string[]>>;
  }): Promise<Decision>;
  /** Forgets decisions; call it when the policy source answers differently than before. */
  policiesChanged(): void;
  /** Flushes state and ends engines. */
  close(): Promise<void>;
}

/** Starts the local AWS: one loopback server for every service, with the policies of the templates in force. */
export async function startFrontDoor(options: FrontDoorOptions): Promise<FrontDoor> {
  const clockFile = openStateFile(options.stateDir, 'clock.json');
  const clock = newLocalClock({
    offsetMs: numberOf(clockFile.read()['offsetMs']) ?? 0,
    save: (offsetMs) => {
      clockFile.write({ offsetMs });
    },
  });
  let url = '';
  const home: Home = {
    region: options.region,
    accountId: options.accountId,
    stateDir: options.stateDir,
    clock,
    url: () => url,
  };
  const principals = newPrincipals(options.accountId);
  const services: LocalServices = {
    dynamodb: await startDynamodb(home),
    sqs: startSqs(home),
    sns: startSns(home),
    s3: startS3(home),
    kms: startKms(home),
    secrets: startSecrets(home),
    cognito: newCognito(home, principals),
  };
  const faults = newFaults();
  const deny = newDenials();
  const counter = newCallCounter();
  const written = newWrittenTexts();
  const authorizer = newAuthorizer(options.policies, home);
  const invocations = new Map<string, string>();
  const pipeline = newPipeline({
    home,
    options,
    principals,
    services,
    faults,
    deny,
    counter,
    written,
    authorizer,
    invocations,
  });
  const control = newControl({
    counter,
    faults,
    denials: deny,
    written,
    clock,
    sqs: services.sqs,
    sns: services.sns,
    extra: options.extraControl ?? {},
  });

  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      const path = request.url ?? '/';
      if (path.startsWith(controlPrefix)) {
        void control(request, response, body);
      } else if (request.method === 'GET' && path.endsWith('/.well-known/jwks.json')) {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(JSON.stringify(services.cognito.keySet()));
      } else {
        void pipeline(request, response, body);
      }
    });
  });
  // The SDK keeps connections open between calls; a server that closes idle ones makes calls fail with ECONNRESET.
  server.keepAliveTimeout = 120_000;
  server.requestTimeout = 0;
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(options.port, '127.0.0.1', resolve);
    });
  } catch (error) {
    await closeAll(services);
    throw error;
  }
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : options.port}`;

  return {
    url,
    adminCredentials: principals.adminCredentials,
    services,
    clock,
    faults,
    deny,
    written,
    authorizer,
    registerFunction: (functionName, roleArn) => principals.issueForFunction(functionName, roleArn),
    unregister(accessKeyId) {
      principals.revoke(accessKeyId);
      invocations.delete(accessKeyId);
    },
    beginInvocation(accessKeyId, invocationId) {
      invocations.set(accessKeyId, invocationId);
    },
    endInvocation(accessKeyId) {
      invocations.delete(accessKeyId);
    },
    calls: (filter) => counter.calls(filter),
    lastSequence: () => counter.lastSequence(),
    isAllowed: pipeline.isAllowed,
    policiesChanged: () => {
      authorizer.forget();
    },
    async close() {
      await new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      });
      await closeAll(services);
    },
  };
}

async function closeAll(services: LocalServices): Promise<void> {
  const all: readonly LocalService[] = Object.values(services);
  await Promise.all(all.map((service) => service.close()));
}
