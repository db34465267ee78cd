import type { PayoutRecord } from './books';
import { derivedId, eventId } from './names';
import type { SandboxPorts } from './service';
import { tell } from './service';

/** What one transaction takes beside the payout itself, with room to spare [DynamoDB: 100 items a transaction]. */
const maxLines = 90;

const linesAPage = 25;

const dayMs = 86_400_000;

/** Races that a request loses before it gives up. */
const maxAttempts = 6;

export type PaidOut =
  | { readonly result: 'paid-out'; readonly payout: PayoutRecord }
  /** Nothing is due, or more is to be taken back than given. */
  | { readonly result: 'nothing-due' };

/**
 * Pays out what is due in a currency and was not paid out yet, the oldest first, as much as one payout holds. One payout a key:
 * asking again shows the same.
 */
export async function payOut(
  ports: SandboxPorts,
  account: string,
  { key, currency }: { readonly key: string; readonly currency: string },
): Promise<PaidOut> {
  const id = derivedId('po', account, key);
  for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
    const known = await ports.store.payout(account, id);
    if (known !== undefined) return { result: 'paid-out', payout: known };
    const now = ports.clock.now();
    const lines = await ports.store.due(account, currency, now, maxLines);
    const amount = lines.reduce((sum, { net }) => sum + net, 0);
    if (amount <= 0) return { result: 'nothing-due' };
    const arrivesOn = new Date(now.getTime() + dayMs).toISOString().slice(0, 10);
    const payout = { id, currency, amount, arrivesOn, lines };
    // A crash before this write leaves everything due; after it the payout stands, and its webhook may be missing.
    if (!(await ports.store.payOut(account, payout))) continue;
    const told = { id, amount, currency, arrivesOn };
    const event = { id: eventId(id, 'paid'), type: 'payout.paid', occurredAt: now.toISOString(), payout: told };
    await tell(ports, account, [{ event, delaySeconds: 1 }]);
    return { result: 'paid-out', payout };
  }
  throw new Error('lost every race to pay out');
}

/** A page of the lines of a payout. `after` is how many came before; undefined: there is no such payout. */
export async function payoutLines(
  { store }: Pick<SandboxPorts, 'store'>,
  account: string,
  id: string,
  after: number,
): Promise<{ readonly lines: PayoutRecord['lines']; readonly next: number | undefined } | undefined> {
  const payout = await store.payout(account, id);
  if (payout === undefined) return undefined;
  const end = after + linesAPage;
  return { lines: payout.lines.slice(after, end), next: end < payout.lines.length ? end : undefined };
}
