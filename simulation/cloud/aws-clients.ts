import { Readable } from 'node:stream';

import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';

import type { Choices } from '../choices';
import type { FaultKind } from '../faults';
import type { Actor } from '../scheduler';
import type { Cloud, WireRequest } from './cloud';
import { textOf } from './cloud';
import { failure, xmlFailure } from './wire';
import type { Reply } from './wire';

/** Who uses a set of clients at the moment. */
export interface Occupant {
  readonly actor: Actor;
  readonly cloud: Cloud;
  readonly choices: Choices;
}

/**
 * The real SDK clients over the simulated cloud, with their own serialization, error parsing and retry loop. Making clients is slow,
 * so a set of them outlives its occupant: what a dead one waited for is never answered, and so never goes on.
 */
export class AwsClients {
  private occupant: Occupant | undefined;
  private backoffs = 0;
  readonly dynamodb: DynamoDBClient;
  readonly sqs: SQSClient;
  readonly s3: S3Client;

  constructor() {
    const common = {
      region: 'eu-central-1',
      endpoint: 'https://simulated.invalid',
      credentials: { accessKeyId: 'simulated', secretAccessKey: 'simulated' },
      // Nobody checks signatures here, and they cost as much time as all the rest of a call.
      signer: { sign: <Request>(request: Request) => Promise.resolve(request) },
      retryStrategy: this.retries(),
    };
    this.dynamodb = new DynamoDBClient({ ...common, requestHandler: this.transport('dynamodb', 3_000) });
    this.sqs = new SQSClient({ ...common, requestHandler: this.transport('sqs', 3_000) });
    this.s3 = new S3Client({ ...common, forcePathStyle: true, requestHandler: this.transport('s3', 10_000) });
    for (const { middlewareStack } of [this.dynamodb, this.sqs, this.s3]) {
      for (const name of idleMiddleware) middlewareStack.remove(name);
    }
  }

  occupy(occupant: Occupant): void {
    this.occupant = occupant;
    this.backoffs = 0;
  }

  private present(): Occupant {
    if (this.occupant === undefined) throw new Error('nobody uses these clients');
    return this.occupant;
  }

  private transport(service: WireRequest['service'], timeoutMs: number) {
    return {
      handle: async (given: HttpLike) => {
        const { actor, cloud } = this.present();
        const operation = operationOf(service, given);
        const request = {
          service,
          operation,
          path: given.path,
          method: given.method,
          headers: lowerCase(given.headers),
          body: given.body,
        };
        const reply = await actor.call<Reply>({
          service,
          label: () => labelOf(request),
          timeoutMs,
          faults: faultsOf(service),
          perform: () => cloud.answer(request),
          refuse: (kind) => refusalOf(service, kind),
        });
        return { response: responseOf(service, reply) };
      },
    };
  }

  /** Three attempts with full jitter, as the SDK's own strategy, whose waits are real and whose jitter is not ours to repeat. */
  private retries(): NonNullable<DynamoDBClientConfig['retryStrategy']> {
    const tokenOf = (count: number) => ({ getRetryCount: () => count, getRetryDelay: () => 0, getRetryCost: () => 0 });
    return {
      acquireInitialRetryToken: () => Promise.resolve(tokenOf(0)),
      refreshRetryTokenForRetry: async (token, { errorType }) => {
        const count = token.getRetryCount();
        if (count >= 2 || (errorType !== 'THROTTLING' && errorType !== 'TRANSIENT'))
          throw new Error('no further attempt');
        const { actor, choices } = this.present();
        this.backoffs += 1;
        const ceilingMs = (errorType === 'THROTTLING' ? 1_000 : 50) * 2 ** count;
        await actor.sleep(choices.integer(0, ceilingMs, 'sdk-backoff', actor.name, this.backoffs));
        return tokenOf(count + 1);
      },
      recordSuccess: () => undefined,
    };
  }
}

/** What makes logs and headers that nobody reads here. */
const idleMiddleware = [
  'loggerMiddleware',
  'getUserAgentMiddleware',
  'recursionDetectionMiddleware',
  'hostHeaderMiddleware',
];

interface HttpLike {
  readonly path: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

function faultsOf(service: WireRequest['service']): readonly FaultKind[] {
  const everywhere = [
    'throttled',
    'unavailable',
    'lost-request',
    'lost-answer',
    'late-effect',
    'paused',
    'crash-before',
    'crash-after',
  ] as const;
  return service === 's3' ? everywhere.filter((kind) => kind !== 'throttled') : everywhere;
}

function refusalOf(
  service: WireRequest['service'],
  kind: 'throttled' | 'unavailable' | 'refused' | 'timed-out',
): Reply | Error {
  switch (kind) {
    case 'throttled':
      return failure(400, 'com.amazonaws#ThrottlingException', 'Rate exceeded');
    case 'unavailable':
      return service === 's3'
        ? xmlFailure(503, 'ServiceUnavailable')
        : failure(500, 'com.amazonaws#InternalServerError', 'internal');
    case 'refused':
    case 'timed-out':
      return Object.assign(new Error('no answer in time'), { name: 'TimeoutError' });
  }
}

function responseOf(service: WireRequest['service'], { status, headers, body }: Reply) {
  return {
    statusCode: status,
    headers: { ...headers },
    body: service === 's3' ? Readable.from([Buffer.from(body)]) : body,
  };
}

function operationOf(service: WireRequest['service'], { method, headers }: HttpLike): string {
  return service === 's3' ? method : (lowerCase(headers)['x-amz-target'] ?? '').replace(/^.*\./, '');
}

function lowerCase(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

/** Operation and keys. */
function labelOf({ service, operation, path, body }: WireRequest): string {
  if (service === 's3') return `${operation} ${path}`;
  const text = textOf(body);
  const keys = [...text.matchAll(/"pk":\{"S":"([^"]+)"\},"sk":\{"S":"([^"]+)"\}/g)].map(
    ([, pk, sk]) => `${pk ?? ''} ${sk ?? ''}`,
  );
  const queried = /":(?:pk|list)":\{"S":"([^"]+)"\}/.exec(text)?.[1];
  return [operation, ...(queried === undefined ? [] : [queried]), ...keys].join(' ');
}
