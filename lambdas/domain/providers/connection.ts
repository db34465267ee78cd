import * as z from 'zod';

import type { CommitFacts, Entity } from '../../kernel/entity';
import { invariant } from '../../kernel/invariant';
import type { StreamId } from '../../kernel/journal';
import { gateSlotOf } from './connection-gate';
import { providerNames } from './provider';
import type { ProviderName } from './provider';

/** A tenant's account with a payment provider. Its credentials are elsewhere (`ports.ts`), and never here. */
export interface Connection {
  readonly id: string;
  readonly tenant: string;
  readonly provider: ProviderName;
  readonly displayName: string;
  /** `pending`: not checked yet, takes no payments. `failed`: the provider refused it for good. */
  readonly status: 'pending' | 'active' | 'disabled' | 'failed';
  readonly failure?: ConnectFailure;
  readonly createdAt: string;
  readonly webhooks: WebhookState;
  /** A change that reaches beyond the journal and has not ended. It shuts out others for a while (`work.ts`). */
  readonly work?: { readonly commandKey: string | undefined; readonly since: string };
  /** Since when a change waits to be completed, as it broke off. It shuts nobody out. */
  readonly unfinishedSince?: string;
  /** What the provider last said of the credentials. */
  readonly credentials?: {
    readonly result: CredentialsResult;
    readonly checkedAt: string;
    readonly replacedAt?: string;
  };
  /** What the provider had on record for our address when it was last asked. */
  readonly subscription?: Subscription & { readonly checkedAt: string };
  /** The latest test, and whether its webhook came through. */
  readonly test?: {
    readonly testId: string;
    readonly requestedAt: string;
    readonly passedAt?: string;
    readonly failure?: TestFailure;
  };
}

export interface WebhookState {
  /** Whether the provider was told our address by its API, or a person must enter it there. */
  readonly registration: 'registered' | 'manual';
  /** Whether we have what deliveries are checked against. */
  readonly signing: 'ready' | 'missing';
  readonly rotatedAt?: string;
  /** Until then what was signed under the secret before is believed as well. */
  readonly previousUntil?: string;
}

const connectFailures = ['credentials-refused'] as const;

export type ConnectFailure = (typeof connectFailures)[number];

const credentialsResults = ['accepted', 'refused', 'unknown'] as const;

/** `unknown`: the provider could not be reached. */
export type CredentialsResult = (typeof credentialsResults)[number];

const testFailures = ['no-webhook-secret', 'not-testable', 'refused', 'unreachable'] as const;

/**
 * Why no test webhook is on its way: no secret is known to check it against; only the provider could sign one, and it sends none at
 * wish; our address or the provider turned it away; or could not be reached.
 */
export type TestFailure = (typeof testFailures)[number];

const subscription = z.object({
  registered: z.boolean(),
  enabled: z.boolean(),
  missingEvents: z.array(z.string().max(100)).max(100).readonly(),
});

export type Subscription = z.output<typeof subscription>;

const webhooks = { registration: z.enum(['registered', 'manual']), signing: z.enum(['ready', 'missing']) };

const connectionEvent = z.discriminatedUnion('type', [
  /** Somebody wants it. Nothing has been asked of the provider, and nothing is stored beside. */
  z.object({
    type: z.literal('ConnectionRequested'),
    data: z.object({ provider: z.enum(providerNames), displayName: z.string() }),
  }),
  /** The provider accepts the credentials, and they are stored. */
  z.object({ type: z.literal('ConnectionActivated'), data: z.object(webhooks) }),
  z.object({ type: z.literal('ConnectionFailed'), data: z.object({ reason: z.enum(connectFailures) }) }),
  /** The two in one, as connections began before their request was an event of its own. */
  z.object({
    type: z.literal('ConnectionCreated'),
    data: z.object({ provider: z.enum(providerNames), displayName: z.string() }),
  }),
  z.object({ type: z.literal('ConnectionRenamed'), data: z.object({ displayName: z.string() }) }),
  z.object({
    type: z.literal('ConnectionStatusChanged'),
    data: z.object({ status: z.enum(['active', 'disabled']) }),
  }),
  /** What is stored of the connection is about to change. */
  z.object({
    type: z.literal('SecretChangeRequested'),
    data: z.object({ change: z.enum(['credentials', 'webhook-signing']) }),
  }),
  z.object({
    type: z.literal('CredentialsReplaced'),
    // Null: nothing of before is believed. Absent in those of before it was always told: as it was.
    data: z.object({ ...webhooks, previousUntil: z.string().nullable().exactOptional() }),
  }),
  /** What deliveries are checked against may be of another account or endpoint: it is believed at least until then, and counts as missing. */
  z.object({ type: z.literal('WebhookSigningDoubted'), data: z.object({ previousUntil: z.string() }) }),
  /** Deliveries are checked against something new, and against what was before until `previousUntil`. */
  z.object({
    type: z.literal('WebhookSigningRotated'),
    data: z.object({ previousUntil: z.string().exactOptional() }),
  }),
  /** The request was sent again after its first run had gone. */
  z.object({ type: z.literal('WorkResumed'), data: z.object({}) }),
  /** It could not be done for now; the same request, sent again, goes on with it. */
  z.object({
    type: z.literal('WorkStopped'),
    data: z.object({ reason: z.enum(['provider-unreachable', 'credentials-refused', 'interrupted']) }),
  }),
  z.object({
    type: z.literal('ConnectionTested'),
    data: z.object({
      testId: z.string(),
      credentials: z.enum(credentialsResults),
      subscription: subscription.exactOptional(),
    }),
  }),
  z.object({
    type: z.literal('WebhookTestFailed'),
    data: z.object({ testId: z.string(), reason: z.enum(testFailures) }),
  }),
  /** The test's webhook came in through the provider's own way, and was believed. */
  z.object({ type: z.literal('WebhookTestReceived'), data: z.object({ testId: z.string() }) }),
]);

export type ConnectionEvent = z.infer<typeof connectionEvent>;

type First = Extract<ConnectionEvent, { type: 'ConnectionRequested' | 'ConnectionCreated' }>;

export const connectionEntity: Entity<Connection, ConnectionEvent> = {
  kind: 'connection',
  parseEvent: (event) => connectionEvent.parse(event),
  evolve: (connection, event, commit) => {
    if (event.type === 'ConnectionRequested' || event.type === 'ConnectionCreated') {
      invariant(connection === undefined, 'a connection is created once');
      return begin(event, commit);
    }
    invariant(connection !== undefined, 'a connection is created first');
    return evolve(connection, event, commit);
  },
  audited: ({
    provider,
    displayName,
    status,
    webhooks: { registration, signing, rotatedAt, previousUntil },
    ...rest
  }) => ({
    provider,
    displayName,
    status,
    webhookRegistration: registration,
    webhookSigning: signing,
    webhookSigningRotatedAt: rotatedAt,
    previousWebhookSigningUntil: previousUntil,
    credentialsReplacedAt: rest.credentials?.replacedAt,
  }),
  // Read by every request, so that a disabled connection is closed to payments at once. One that never was active is not in the gate.
  immediateViews: ({ tenant, id, provider, status, displayName }, { version }) =>
    status === 'active' || status === 'disabled'
      ? [gateSlotOf(tenant, id, version, { provider, status, displayName })]
      : [],
};

export function connectionStream(tenant: string, id: string): StreamId {
  return { owner: { tenant }, kind: connectionEntity.kind, id };
}

function begin({ type, data }: First, { at, stream, commandKey }: CommitFacts): Connection {
  invariant(stream.owner !== 'platform', 'a connection belongs to a tenant');
  const bare = { id: stream.id, tenant: stream.owner.tenant, ...data, createdAt: at };
  return type === 'ConnectionCreated'
    ? {
        ...bare,
        status: 'active',
        webhooks: { registration: 'registered', signing: 'ready' },
        credentials: { result: 'accepted', checkedAt: at },
      }
    : {
        ...bare,
        status: 'pending',
        webhooks: { registration: 'manual', signing: 'missing' },
        work: { commandKey, since: at },
      };
}

function evolve(
  connection: Connection,
  event: Exclude<ConnectionEvent, First>,
  { at, commandKey }: CommitFacts,
): Connection {
  switch (event.type) {
    case 'ConnectionActivated':
      return {
        ...idle(connection),
        status: 'active',
        webhooks: event.data,
        credentials: { result: 'accepted', checkedAt: at },
      };
    case 'ConnectionFailed':
      return { ...idle(connection), status: 'failed', failure: event.data.reason };
    case 'ConnectionRenamed':
      return { ...connection, displayName: event.data.displayName };
    case 'ConnectionStatusChanged':
      return { ...connection, status: event.data.status };
    case 'SecretChangeRequested':
      return { ...connection, work: { commandKey, since: at }, unfinishedSince: at };
    case 'WorkResumed':
      return { ...connection, work: { commandKey, since: at } };
    case 'WorkStopped':
      return idle(connection);
    case 'WebhookSigningDoubted':
      return { ...connection, webhooks: { ...connection.webhooks, signing: 'missing', ...event.data } };
    case 'CredentialsReplaced':
      return {
        ...finished(connection),
        webhooks: replacedWebhooks(connection.webhooks, event.data),
        credentials: { result: 'accepted', checkedAt: at, replacedAt: at },
      };
    case 'WebhookSigningRotated': {
      const { registration } = connection.webhooks;
      return { ...finished(connection), webhooks: { registration, signing: 'ready', rotatedAt: at, ...event.data } };
    }
    case 'ConnectionTested': {
      const { testId, credentials: result, subscription: found } = event.data;
      return {
        ...connection,
        credentials: { ...connection.credentials, result, checkedAt: at },
        ...(found === undefined ? {} : { subscription: { ...found, checkedAt: at } }),
        test: { testId, requestedAt: at },
      };
    }
    case 'WebhookTestFailed':
      return isLatest(connection, event.data.testId)
        ? { ...connection, test: { ...connection.test, failure: event.data.reason } }
        : connection;
    case 'WebhookTestReceived':
      return isLatest(connection, event.data.testId)
        ? { ...connection, test: { ...connection.test, passedAt: at } }
        : connection;
  }
}

function idle({ work: _, ...connection }: Connection): Connection {
  return connection;
}

function finished(connection: Connection): Connection {
  const { unfinishedSince: _, ...rest } = idle(connection);
  return rest;
}

function replacedWebhooks(
  { previousUntil: before, rotatedAt }: WebhookState,
  { previousUntil = before, ...now }: Extract<ConnectionEvent, { type: 'CredentialsReplaced' }>['data'],
): WebhookState {
  return {
    ...now,
    ...(rotatedAt === undefined ? {} : { rotatedAt }),
    ...(previousUntil === undefined || previousUntil === null ? {} : { previousUntil }),
  };
}

function isLatest(
  connection: Connection,
  testId: string,
): connection is Connection & { readonly test: NonNullable<Connection['test']> } {
  return connection.test?.testId === testId;
}
