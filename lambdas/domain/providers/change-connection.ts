import type { CommandContext, CommandRefusal } from '../../kernel/command';
import { execute } from '../../kernel/command';
import { invariant } from '../../kernel/invariant';
import { redactText } from '../../kernel/redaction';
import { err, ok } from '../../kernel/result';
import type { Result } from '../../kernel/result';
import { connectionEntity, connectionStream } from './connection';
import type { Connection, ConnectionEvent } from './connection';
import type { ConnectionPorts } from './create-connection';
import { deriveWebhookSecret } from './create-connection';
import type { Credentials } from './credentials';
import type { ConnectionSecret } from './ports';
import type { ConnectRefusal } from './provider';
import { registerWebhook } from './register-webhook';
import { beginWork, recordWork, working } from './work';
import type { InProgress } from './work';

/** How long deliveries that were signed under a secret of before are believed when the credentials are another account's. */
const accountOverlapHours = 24;

export interface ConnectionTarget {
  readonly tenant: string;
  readonly connectionId: string;
  readonly ifMatch?: number;
}

export type ConnectionAbsence =
  | { readonly reason: 'connection-not-found' }
  /** It never came to be, or is not there yet. */
  | { readonly reason: 'connection-not-ready' };

export interface Changed {
  readonly state: Connection;
  readonly version: number;
}

/** Another name; closed to new payments, or open again. It holds from the next request. */
export async function changeConnection(
  ports: ConnectionPorts,
  context: CommandContext,
  { tenant, connectionId, ifMatch }: ConnectionTarget,
  wish: ConnectionWish,
): Promise<Result<Changed, ConnectionAbsence | CommandRefusal>> {
  return execute<Connection, ConnectionEvent, ConnectionAbsence>(
    ports,
    connectionEntity,
    connectionStream(tenant, connectionId),
    context,
    (connection) => {
      const ready = readyConnection(connection);
      return ready.ok ? ok(wishedEvents(ready.value, wish)) : ready;
    },
    ifMatch === undefined ? {} : { ifMatch },
  );
}

export interface ConnectionWish {
  readonly displayName?: string | undefined;
  readonly status?: 'active' | 'disabled' | undefined;
}

/**
 * Other credentials of the same provider, in place of what is stored. They are checked before anything is written. Our address is
 * registered with them, since they may be another account's; what that account signs with is believed beside what the one before
 * signed with, for a day. Also the way to bring the provider's subscription up to date.
 */
export async function replaceCredentials(
  ports: ConnectionPorts,
  context: CommandContext,
  { tenant, connectionId, ifMatch }: ConnectionTarget,
  connection: Connection,
  {
    credentials,
    webhookUrl,
    wish,
  }: { readonly credentials: Credentials; readonly webhookUrl: string; readonly wish: ConnectionWish },
): Promise<Result<Changed, ConnectionAbsence | CommandRefusal | InProgress | ConnectRefusal>> {
  const client = ports.providers.of(connection.provider, { credentials });
  const checked = await client.check();
  if (!checked.ok) return checked;

  const stream = connectionStream(tenant, connectionId);
  const begun = await beginWork<ConnectionAbsence>(
    ports,
    stream,
    context,
    (now) => {
      const ready = readyConnection(now);
      if (!ready.ok) return ready;
      return ok([
        ...wishedEvents(ready.value, wish),
        { type: 'SecretChangeRequested', data: { change: 'credentials' } },
      ]);
    },
    ifMatch === undefined ? {} : { ifMatch },
  );
  if (!begun.ok) return begun;
  invariant(begun.value.run === 'begun', 'a change without a key is never a repetition');

  return working(ports, stream, context, async () => {
    const before = await ports.secrets.readFresh(tenant, connectionId);
    const secret: ConnectionSecret = { ...before, credentials };
    // A crash after this leaves the new credentials in use, and the journal with a request that says so.
    await ports.secrets.put(tenant, connectionId, secret);
    const ours = deriveWebhookSecret({ tenant, connectionId, apiKey: Object.values(credentials).join('\n') });
    const registered = await registerWebhook(client, secret, { url: webhookUrl, ours });
    if (registered.secret !== secret) {
      const until = new Date(ports.clock.now().getTime() + accountOverlapHours * 3_600_000).toISOString();
      await ports.secrets.put(tenant, connectionId, withPrevious(registered.secret, before?.webhookSecret, until));
    }
    const { registration, signing } = registered;
    return ok(
      await recordWork(ports, stream, context, [{ type: 'CredentialsReplaced', data: { registration, signing } }]),
    );
  });
}

export function withPrevious(
  secret: ConnectionSecret,
  previousWebhookSecret: string | undefined,
  previousUntil: string,
): ConnectionSecret {
  return previousWebhookSecret === undefined ? secret : { ...secret, previousWebhookSecret, previousUntil };
}

/** A connection that can be changed: active or disabled. */
export function readyConnection(connection: Connection | undefined): Result<Connection, ConnectionAbsence> {
  if (connection === undefined) return err({ reason: 'connection-not-found' });
  const isReady = connection.status === 'active' || connection.status === 'disabled';
  return isReady ? ok(connection) : err({ reason: 'connection-not-ready' });
}

function wishedEvents(connection: Connection, { displayName, status }: ConnectionWish): readonly ConnectionEvent[] {
  const name = displayName === undefined ? undefined : redactText(displayName);
  return [
    ...(name === undefined || name === connection.displayName
      ? []
      : [{ type: 'ConnectionRenamed', data: { displayName: name } } as const]),
    ...(status === undefined || status === connection.status
      ? []
      : [{ type: 'ConnectionStatusChanged', data: { status } } as const]),
  ];
}
