import { execute } from '../../kernel/command';
import type { CommandContext, CommandPorts } from '../../kernel/command';
import { fold } from '../../kernel/entity';
import type { Loaded } from '../../kernel/entity';
import { deriveToken, isId } from '../../kernel/ids';
import { err, ok } from '../../kernel/result';
import { paymentEntity, paymentStream, settlementReport, takesSettlement } from '../payments';
import type { Payment, PaymentEvent } from '../payments';
import { paidOutOf } from '../providers/provider';
import type { AccountLine, PayoutLine, PayoutPage, PayoutRefusal, Provider } from '../providers/provider';
import { askForLines, decideToAsk } from './ask-for-lines';
import { claimBatches } from './claim-batches';
import { awaitsLines, settlementEntity, settlementStream } from './settlement';
import type { PayoutSettlement, Settlement } from './settlement';
import type { AccountSums, SettlementEvent } from './settlement-events';

export interface ImportPayoutPorts extends CommandPorts {
  /** The client of a connection; undefined when there is none any more. */
  providerOf(connectionId: string): Promise<Provider | undefined>;
}

export type Imported =
  | { readonly result: 'complete' | 'nothing-to-import' }
  /** More pages than there was time for. */
  | { readonly result: 'unfinished' }
  /** To be tried again: the provider cannot say yet, or cannot be reached. */
  | { readonly result: 'not-yet'; readonly reason: PayoutRefusal };

/** Lines that are brought to their payments at once. */
const linesAtOnce = 5;

/**
 * Brings the lines of a payout to the payments they are about, page by page. Every line is recorded under a key of its own, so that
 * a page may be repeated; how far it got stands in the settlement's stream, so that a run that ended anywhere is taken up there.
 */
export async function importPayout(
  ports: ImportPayoutPorts,
  context: CommandContext,
  target: { readonly tenant: string; readonly settlementId: string },
  hasTime: () => boolean,
): Promise<Imported> {
  const stream = settlementStream(target.tenant, target.settlementId);
  // One client for all pages: a report that is fetched whole is fetched once.
  let provider: Provider | undefined;
  for (;;) {
    const loaded = fold(settlementEntity, await ports.journal.read(stream));
    const { state } = loaded;
    // A message that was given up and is delivered again by hand.
    if (state?.source === 'payout' && state.lines.state === 'failed' && decideToAsk(state).ok) {
      await askForLines(ports, { ...context, command: { name: context.command.name } }, target);
      continue;
    }
    if (state === undefined || !awaitsLines(state)) return { result: 'nothing-to-import' };
    if (!hasTime()) return { result: 'unfinished' };

    provider ??= await ports.providerOf(state.connectionId);
    // A connection without a client at this moment may have one again, and a provider may publish a report before it serves it.
    if (provider === undefined) return { result: 'not-yet', reason: 'provider-unreachable' };
    if (provider.payoutLines === undefined) {
      await append(ports, context, { loaded, seen: state }, [
        { type: 'LinesUnavailable', data: { reason: 'not-supported' } },
      ]);
      return { result: 'complete' };
    }
    const { payoutId, lines } = state;
    const page = await provider.payoutLines({ payoutId, ...(lines.next === undefined ? {} : { cursor: lines.next }) });
    if (!page.ok) return { result: 'not-yet', reason: page.error };
    // A crash after this leaves the batches with this settlement, which takes them up again.
    if (page.value.batches !== undefined) {
      const taken = await claimBatches(ports, context, state, page.value.batches);
      if (taken === 'refused') return { result: 'complete' };
    }
    const currency = page.value.payout?.amount.currency ?? state.report?.currency;
    const done = await recordLines(ports, context, state, page.value.lines, currency);
    // A crash before this write repeats the page, whose lines are known by then; after it the next page is asked for.
    await append(ports, context, { loaded, seen: state }, [
      ...amountOf(state, page.value),
      { type: 'LinesImported', data: { page: lines.pages + 1, ...done, ...nextOf(page.value) } },
    ]);
    if (page.value.next === undefined) return { result: 'complete' };
  }
}

/** What a report says was paid out. */
function amountOf({ connectionId, payoutId }: PayoutSettlement, { payout }: PayoutPage): readonly SettlementEvent[] {
  if (payout === undefined) return [];
  const { amount, arrivesOn } = payout;
  const day = arrivesOn === undefined ? {} : { arrivesOn };
  return [{ type: 'PayoutReported', data: { connectionId, payoutId, status: 'paid', ...amount, ...day } }];
}

function nextOf({ next }: PayoutPage): { readonly next?: string } {
  return next === undefined ? {} : { next };
}

interface Tally {
  readonly matched: number;
  readonly unmatched: number;
  readonly net: number;
  readonly account?: AccountSums;
}

async function recordLines(
  ports: ImportPayoutPorts,
  context: CommandContext,
  settlement: PayoutSettlement,
  lines: readonly PayoutLine[],
  currency: string | undefined,
): Promise<Tally> {
  // What cannot be told in the payout's currency stays unmatched, and in sight.
  const isOfAccount = (line: PayoutLine): boolean => {
    const { currency: booked } = netOf(line);
    return (
      line.account !== undefined && booked === currency && booked === (settlement.lines.account?.currency ?? booked)
    );
  };
  const account = accountSums(lines.filter(isOfAccount));
  let tally: Tally = { matched: 0, unmatched: 0, net: 0, ...(account === undefined ? {} : { account }) };
  const others = lines.filter((line) => !isOfAccount(line));
  for (const group of byPayment(others, linesAtOnce)) {
    const matched = await Promise.all(group.map((own) => recordInTurn(ports, context, settlement, own)));
    for (const [index, own] of group.entries()) {
      for (const [position, line] of own.entries()) {
        tally =
          matched[index]?.[position] === true
            ? { ...tally, matched: tally.matched + 1, net: tally.net + netOfLine(line, currency) }
            : { ...tally, unmatched: tally.unmatched + 1 };
      }
    }
  }
  return tally;
}

/** Lines of one payment go one after the other: side by side they would only lose to each other at its stream. */
async function recordInTurn(
  ports: ImportPayoutPorts,
  context: CommandContext,
  settlement: PayoutSettlement,
  lines: readonly PayoutLine[],
): Promise<readonly boolean[]> {
  const matched: boolean[] = [];
  for (const line of lines) matched.push(await recordLine(ports, context, settlement, line));
  return matched;
}

function byPayment(lines: readonly PayoutLine[], size: number): readonly (readonly (readonly PayoutLine[])[])[] {
  const payments = new Map<string, PayoutLine[]>();
  for (const line of lines) {
    const own = payments.get(line.paymentId ?? '') ?? [];
    payments.set(line.paymentId ?? '', [...own, line]);
  }
  const all = [...payments.values()];
  return Array.from({ length: Math.ceil(all.length / size) }, (_, index) =>
    all.slice(index * size, (index + 1) * size),
  );
}

/** Whether the line is about a payment of ours that was made through this very connection. */
async function recordLine(
  ports: ImportPayoutPorts,
  context: CommandContext,
  { tenant, connectionId, id, payoutId }: PayoutSettlement,
  { paymentId, ...line }: PayoutLine,
): Promise<boolean> {
  if (line.account !== undefined || paymentId === undefined || !isId('payment', paymentId)) return false;
  const key = deriveToken([id, line.settlementId]);
  const recorded = await execute<Payment, PaymentEvent, { readonly reason: 'not-ours' }>(
    ports,
    paymentEntity,
    paymentStream(tenant, paymentId),
    { ...context, command: { name: context.command.name, key } },
    (payment) => {
      if (payment?.connectionId !== connectionId || !takesSettlement(payment, line.settlementId)) {
        return err({ reason: 'not-ours' });
      }
      return ok([{ type: 'SettlementReported', data: settlementReport({ ...line, payoutId }) }]);
    },
  );
  if (recorded.ok) return true;
  if (recorded.error.reason === 'not-ours') return false;
  throw new Error(`could not record a line of a payout: ${recorded.error.reason}`);
}

/** What the line adds to the payout, as far as it is in its currency. */
function netOfLine(line: PayoutLine, currency: string | undefined): number {
  const paidOut = netOf(line);
  return currency === paidOut.currency ? paidOut.net : 0;
}

function netOf({ kind, amount: gross, paidOut: told }: PayoutLine): {
  readonly net: number;
  readonly currency: string;
} {
  return paidOutOf({ kind, ...gross, ...(told === undefined ? {} : { paidOut: told }) });
}

/** Sums of lines of the account, which are in one currency. */
function accountSums(lines: readonly PayoutLine[]): AccountSums | undefined {
  const [first] = lines;
  if (first === undefined) return undefined;
  const sumOf = (sort: AccountLine): number =>
    lines.filter(({ account }) => account === sort).reduce((sum, line) => sum + netOf(line).net, 0);
  return {
    lines: lines.length,
    currency: netOf(first).currency,
    // What was kept is positive, and not the negative zero.
    fees: 0 - sumOf('fee'),
    returned: sumOf('returned'),
    carried: sumOf('carried'),
    other: sumOf('other'),
  };
}

async function append(
  ports: ImportPayoutPorts,
  context: CommandContext,
  { loaded, seen }: { readonly loaded: Loaded<Settlement>; readonly seen: PayoutSettlement },
  events: readonly SettlementEvent[],
): Promise<void> {
  const { pages, requests } = seen.lines;
  const key = deriveToken([seen.id, String(pages + 1), ...(requests === 0 ? [] : [String(requests)])]);
  const appended = await execute<Settlement, SettlementEvent, never>(
    ports,
    settlementEntity,
    settlementStream(seen.tenant, seen.id),
    { ...context, command: { name: context.command.name, key } },
    // Another run may have recorded the page meanwhile.
    (now) => ok(now?.source === 'payout' && now.lines.pages === pages && awaitsLines(now) ? events : []),
    { loaded },
  );
  if (!appended.ok) throw new Error(`could not record a page of a payout: ${appended.error.reason}`);
}
