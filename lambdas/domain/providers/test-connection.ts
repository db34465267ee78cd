import type { CommandContext, CommandRefusal } from '../../kernel/command';
import { execute } from '../../kernel/command';
import { deriveToken } from '../../kernel/ids';
import { invariant } from '../../kernel/invariant';
import { err, ok } from '../../kernel/result';
import type { Result } from '../../kernel/result';
import type { Changed, ConnectionAbsence } from './change-connection';
import { connectionEntity, connectionStream } from './connection';
import type { Connection, ConnectionEvent, CredentialsResult, Subscription, TestFailure } from './connection';
import type { ConnectionPorts } from './create-connection';
import type { ConnectionSecret, WebhookReaders } from './ports';
import type { Provider, RawDelivery } from './provider';
import { recordWork } from './work';

export interface TestConnectionPorts extends ConnectionPorts {
  readonly readers: WebhookReaders;
  /** Posts a delivery to our own webhook address, as a provider would. */
  deliver(url: string, delivery: RawDelivery): Promise<'accepted' | 'refused' | 'unreachable'>;
}

export type TestRefusal =
  | ConnectionAbsence
  | CommandRefusal
  /** Our webhook address is closed for it. */
  | { readonly reason: 'connection-not-active' };

/**
 * Shows whether a connection works: a harmless call with its credentials, what the provider has on record for our address, and a
 * genuine test webhook that takes the way of all others, through ingest, queue and processor. Only when it has come through is the
 * test passed, which `WebhookTestReceived` says later.
 */
export async function testConnection(
  ports: TestConnectionPorts,
  context: CommandContext,
  connection: Connection,
  webhookUrl: string,
): Promise<Result<Changed & { readonly testId: string; readonly replayed: boolean }, TestRefusal>> {
  const { tenant, id: connectionId } = connection;
  const stream = connectionStream(tenant, connectionId);
  const { key } = context.command;
  invariant(key !== undefined, 'a test demands an Idempotency-Key');
  const testId = deriveToken(['connection-test', connectionId, key]);
  if (connection.status !== 'active') return err({ reason: 'connection-not-active' });
  const secret = await ports.secrets.readFresh(tenant, connectionId);
  invariant(secret !== undefined, 'an active connection has a secret');
  const provider = ports.providers.of(connection.provider, secret);
  const found = await inspect(provider, webhookUrl);

  const begun = await execute<Connection, ConnectionEvent, TestRefusal>(
    ports,
    connectionEntity,
    stream,
    context,
    (now) => {
      if (now === undefined) return err({ reason: 'connection-not-found' });
      if (now.status !== 'active') return err({ reason: 'connection-not-active' });
      return ok([{ type: 'ConnectionTested', data: { testId, ...found } }]);
    },
  );
  if (!begun.ok) return begun;
  if (begun.value.replayed) return ok({ ...begun.value, testId, replayed: true });

  // A crash after the commit leaves a test that never passes; another one is made under another key.
  const failure = await send(ports, provider, secret, webhookUrl, testId);
  if (failure === undefined) return ok({ ...begun.value, testId, replayed: false });
  const event = { type: 'WebhookTestFailed', data: { testId, reason: failure } } as const;
  return ok({ ...(await recordWork(ports, stream, context, [event])), testId, replayed: false });
}

async function inspect(
  provider: Provider,
  url: string,
): Promise<{ readonly credentials: CredentialsResult; readonly subscription?: Subscription }> {
  const checked = await provider.check();
  if (!checked.ok) return { credentials: checked.error === 'credentials-refused' ? 'refused' : 'unknown' };
  const inspected = await provider.inspectWebhook?.(url);
  if (inspected?.ok !== true) return { credentials: 'accepted' };
  const { registered, enabled, missingEvents } = inspected.value;
  return {
    credentials: 'accepted',
    subscription: { registered, enabled, missingEvents: missingEvents.slice(0, 100).map((name) => name.slice(0, 100)) },
  };
}

/** Has the test webhook sent, by whoever can sign it. */
async function send(
  ports: TestConnectionPorts,
  provider: Provider,
  { webhookSecret }: ConnectionSecret,
  url: string,
  testId: string,
): Promise<TestFailure | undefined> {
  if (webhookSecret === undefined) return 'no-webhook-secret';
  const reader = ports.readers[provider.name];
  if (reader.signTest !== undefined) {
    const sent = await ports.deliver(url, reader.signTest(testId, webhookSecret, ports.clock.now()));
    return sent === 'accepted' ? undefined : sent;
  }
  if (provider.requestTestWebhook === undefined) return 'not-testable';
  const asked = await provider.requestTestWebhook(url, testId);
  if (asked.ok) return undefined;
  return asked.error === 'provider-unreachable' ? 'unreachable' : 'refused';
}

/** What a test webhook means for the connection that it came in through. */
export function decideTestWebhook(
  connection: Connection | undefined,
  testId: string,
):
  | { readonly result: 'applied'; readonly events: readonly ConnectionEvent[] }
  | { readonly result: 'ignored' | 'unmatched' } {
  if (connection?.test === undefined) return { result: 'unmatched' };
  if (connection.test.testId !== testId) return { result: 'ignored' };
  return {
    result: 'applied',
    events: connection.test.passedAt === undefined ? [{ type: 'WebhookTestReceived', data: { testId } }] : [],
  };
}
