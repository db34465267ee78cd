import { isDeepStrictEqual } from 'node:util';

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
import { compareAccounts } from './credentials';
import type { Credentials, Sameness } from './credentials';
import type { ConnectionSecret } from './ports';
import type { ConnectRefusal } from './provider';
import { registerWebhook, signingOf } from './register-webhook';
import { lastEndOf, replacing, settled, withEnds } from './signing-secrets';
import { beginWork, recordWork, working } from './work';
import type { InProgress } from './work';

/** How long deliveries are believed that were signed under a secret of before the credentials were replaced. */
const replacedOverlapHours = 24;

export interface ConnectionTarget {
  readonly tenant: string;
  readonly connectionId: string;
  readonly ifMatch?: number;
}

export type ConnectionAbsence =
  | { readonly reason: 'connection-not-found' }
  /** It never came to be, or is not there yet. */
  | { readonly reason: 'connection-not-ready' };

export interface AccountDiffers {
  /** The credentials open another account of the provider. A connection is one account: the other one is another connection. */
  readonly reason: 'account-differs';
}

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
 * Other credentials of the same account, in place of what is stored. They are checked before anything is written, and those of another
 * account are refused where that can be told. Our address is registered with them, also to bring the subscription up to date.
 *
 * What deliveries are checked against stays only where it is known to be right (`signing-secrets.ts`). Otherwise it is believed for another
 * day, and missing. Where the account is unknown that is said with the request, before anything is done, so that whatever crashes nothing
 * is shown that is not stored.
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
): Promise<Result<Changed, ConnectionAbsence | CommandRefusal | InProgress | ConnectRefusal | AccountDiffers>> {
  const client = ports.providers.of(connection.provider, { credentials });
  const checked = await client.check();
  if (!checked.ok) return checked;
  const sameness = await compareWithStored(ports, tenant, connection, credentials);
  if (sameness === 'different') return err({ reason: 'account-differs' });

  const nowMs = ports.clock.now().getTime();
  const until = new Date(nowMs + replacedOverlapHours * 3_600_000).toISOString();
  const doubts = { type: 'WebhookSigningDoubted', data: { previousUntil: until } } as const;

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
        ...(sameness === 'same' || ready.value.webhooks.signing === 'missing' ? [] : [doubts]),
      ]);
    },
    ifMatch === undefined ? {} : { ifMatch },
  );
  if (!begun.ok) return begun;
  invariant(begun.value.run === 'begun', 'a change without a key is never a repetition');

  return working(ports, stream, context, async () => {
    const before = await ports.secrets.readFresh(tenant, connectionId);
    const doubt = sameness === 'same' ? {} : { accountDoubtedAt: new Date(nowMs).toISOString() };
    const secret = withEnds({ ...before, credentials, ...doubt }, until);
    const first = sameness === 'same' ? secret : replacing(secret, {}, { until, nowMs });
    // A crash after this leaves the new credentials in use, and the journal with a request that has not ended. What is checked against is
    // still there, and for a day alone where it may be of another account: a secret of that one, told once, may then be lost.
    await ports.secrets.put(tenant, connectionId, first);
    const ours = deriveWebhookSecret({ tenant, connectionId, apiKey: Object.values(credentials).join('\n') });
    const registered = await registerWebhook(client, secret, { url: webhookUrl, ours });
    const kept = settled(secret, registered, sameness, { until, nowMs });
    const isOther = kept.webhookSecret !== secret.webhookSecret;
    // The account is the same, but its endpoint is another one. What was known is wrong from here on, whether or not the next write lands.
    if (sameness === 'same' && isOther && secret.webhookSecret !== undefined) {
      await recordWork(ports, stream, context, [doubts]);
    }
    // A crash after this leaves more in the store than is shown; the repetition shows it.
    if (!isDeepStrictEqual(kept, first)) await ports.secrets.put(tenant, connectionId, kept);
    const data = {
      registration: registered.registration,
      signing: signingOf(kept),
      previousUntil: lastEndOf(kept) ?? null,
    };
    return ok(await recordWork(ports, stream, context, [{ type: 'CredentialsReplaced', data }]));
  });
}

/**
 * By the credentials themselves, or by what the provider says of both; those of before may have been revoked, and then nothing is known.
 */
async function compareWithStored(
  ports: ConnectionPorts,
  tenant: string,
  { id, provider }: Connection,
  credentials: Credentials,
): Promise<Sameness> {
  const stored = await ports.secrets.readFresh(tenant, id);
  if (stored === undefined) return 'unknown';
  const compared = compareAccounts(provider, stored.credentials, credentials);
  if (compared !== 'unknown') return compared;
  const accountOf = async (secret: ConnectionSecret) => ports.providers.of(provider, secret).account?.();
  const [before, now] = await Promise.all([accountOf(stored), accountOf({ credentials })]);
  if (before === undefined || now === undefined) return 'unknown';
  return before === now ? 'same' : 'different';
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
