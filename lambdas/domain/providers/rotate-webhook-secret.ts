import type { CommandContext, CommandRefusal } from '../../kernel/command';
import { invariant } from '../../kernel/invariant';
import { err, ok } from '../../kernel/result';
import type { Result } from '../../kernel/result';
import type { Changed, ConnectionAbsence, ConnectionTarget } from './change-connection';
import { readyConnection } from './change-connection';
import { connectionStream } from './connection';
import type { Connection } from './connection';
import type { ConnectionPorts } from './create-connection';
import type { ConnectionSecret } from './ports';
import type { ConnectRefusal, ProviderName } from './provider';
import { endingBy, lastEndOf, replacing } from './signing-secrets';
import { beginWork, recordWork, working } from './work';
import type { InProgress } from './work';

/** A provider repeats a delivery for three days at the longest that is common; what is signed under the old secret ends before a week. */
export const maxOverlapHours = 7 * 24;

const hourMs = 3_600_000;

export type RotateRefusal =
  | ConnectionAbsence
  | CommandRefusal
  | InProgress
  | ConnectRefusal
  /** Only the provider draws such secrets: the new one must be given. */
  | { readonly reason: 'webhook-secret-needed' };

/** Providers that sign with a secret of our choosing. The others draw it themselves, and show it in their own console. */
const takeOurs: ReadonlySet<ProviderName> = new Set<ProviderName>(['sandbox']);

/**
 * Deliveries are checked against something new from now on, and against what was before for as long as they overlap; what had its end before
 * keeps it where it is sooner. The new one is stored before the provider hears of it, so that nothing it signs is refused for want of it.
 *
 * A function that remembers the secrets of a connection (a few minutes at most) reads them again when a signature fits none, so that
 * the new one is believed at once; the old one, cut off without an overlap, is believed by such a function for these few minutes.
 */
export async function rotateWebhookSecret(
  ports: ConnectionPorts,
  context: CommandContext,
  { tenant, connectionId, ifMatch }: ConnectionTarget,
  connection: Connection,
  wish: { readonly overlapHours: number; readonly webhookSecret?: string; readonly webhookUrl: string },
): Promise<Result<Changed & { readonly replayed: boolean }, RotateRefusal>> {
  const isOurs = takeOurs.has(connection.provider);
  const given = wish.webhookSecret;
  if (!isOurs && given === undefined) return err({ reason: 'webhook-secret-needed' });
  const { key } = context.command;
  invariant(key !== undefined, 'a rotation demands an Idempotency-Key');

  const stream = connectionStream(tenant, connectionId);
  const begun = await beginWork<ConnectionAbsence>(
    ports,
    stream,
    context,
    (now) => {
      const ready = readyConnection(now);
      return ready.ok ? ok([{ type: 'SecretChangeRequested', data: { change: 'webhook-signing' } }]) : ready;
    },
    ifMatch === undefined ? {} : { ifMatch },
  );
  if (!begun.ok) return begun;
  if (begun.value.run === 'done') return ok(begun.value.first);

  return working(ports, stream, context, async () => {
    const before = await ports.secrets.readFresh(tenant, connectionId);
    invariant(before !== undefined, 'an active connection has a secret');
    const next = before.rotation === key ? before : rotated(ports, before, key, given);
    if (isOurs) {
      // A crash after this leaves both secrets valid without an end, and the provider signing with either.
      await ports.secrets.put(tenant, connectionId, next);
      const registered = await register(ports, connection.provider, next, wish.webhookUrl);
      if (registered?.ok === false) {
        await recordWork(ports, stream, context, [{ type: 'WorkStopped', data: { reason: registered.error } }]);
        return registered;
      }
    }
    const nowMs = ports.clock.now().getTime();
    const ended = endingBy(next, new Date(nowMs + wish.overlapHours * hourMs).toISOString(), nowMs);
    // A crash after this leaves the rotation done, and the journal with a request that says so.
    await ports.secrets.put(tenant, connectionId, ended);
    const previousUntil = lastEndOf(ended);
    const data = previousUntil === undefined ? {} : { previousUntil };
    const done = await recordWork(ports, stream, context, [{ type: 'WebhookSigningRotated', data }]);
    return ok({ ...done, replayed: false });
  });
}

function rotated(
  { randomness, clock }: Pick<ConnectionPorts, 'randomness' | 'clock'>,
  before: ConnectionSecret,
  rotation: string,
  given: string | undefined,
): ConnectionSecret {
  const webhookSecret = given ?? `whsec_${Buffer.from(randomness.bytes(32)).toString('base64')}`;
  // It is taken to be of the endpoint that the provider has on record, as the one before was.
  const next = { webhookSecret, endpoint: before.endpoint };
  return { ...replacing(before, next, { nowMs: clock.now().getTime() }), rotation };
}

function register(ports: ConnectionPorts, provider: ProviderName, secret: ConnectionSecret, url: string) {
  const { webhookSecret } = secret;
  invariant(webhookSecret !== undefined, 'a rotation has drawn a secret');
  return ports.providers.of(provider, secret).registerWebhook?.({ url, secret: webhookSecret });
}
