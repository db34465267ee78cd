import type { AuditHead, AuditRecord, WormLog } from '../../../lambdas/domain/audit/ports';
import { balanced, between } from '../../../lambdas/domain/ledger/position';
import { positionsOf } from '../../../lambdas/domain/ledger/positions';
import type { LedgerStore, Position, ProjectLedgerPorts } from '../../../lambdas/domain/ledger';
import { paymentStream } from '../../../lambdas/domain/payments';
import type { PaymentEvent } from '../../../lambdas/domain/payments';
import { settlementStream } from '../../../lambdas/domain/settlements';
import type { SettlementEvent } from '../../../lambdas/domain/settlements';
import type { Commit, NewCommit, StreamId } from '../../../lambdas/kernel/journal';
import { streamName } from '../../../lambdas/kernel/journal';
import { aCommit } from '../../support/a-commit';
import { emptyHead, newMemoryWormLog } from '../../support/memory-audit';
import { newMemoryLedger } from '../../support/memory-ledger';
import { tenant } from '../payments/a-payment';

export const payment = (id: number): StreamId => paymentStream(tenant, `pay_${String(id).padStart(20, '0')}`);

export const settlement = (id: number): StreamId => settlementStream(tenant, `set_${String(id).padStart(20, '0')}`);

/** Something that stands in no books. */
export const other: StreamId = { owner: { tenant }, kind: 'webhook-event', id: 'whe_00000000000000000001' };

export interface LoggedEvents {
  readonly stream: StreamId;
  readonly events?: readonly (PaymentEvent | SettlementEvent)[];
  /** Of the command. */
  readonly key?: string;
}

/** A tenant's log of these commits, in segments of the given sizes, and the ports of a projection over it. */
export async function aLog(history: readonly LoggedEvents[], sizes: readonly number[] = [3]) {
  const versions = new Map<string, number>();
  const commits = history.map((each): NewCommit => {
    const version = (versions.get(streamName(each.stream)) ?? 0) + 1;
    versions.set(streamName(each.stream), version);
    const { events = [], key } = each;
    return aCommit(each.stream, version, { events, command: { name: 'test', ...(key === undefined ? {} : { key }) } });
  });
  const worm = newMemoryWormLog();
  const at: { head: AuditHead } = { head: emptyHead };
  /** Ships the commits as far as a number of them. */
  const ship = async (count: number): Promise<void> => {
    for (let turn = 0; at.head.nextIndex < count; turn += 1) {
      const end = Math.min(count, at.head.nextIndex + (sizes[turn % sizes.length] ?? 1));
      const records = commits.slice(at.head.nextIndex, end).map((commit): AuditRecord => ({ type: 'commit', commit }));
      const put = await worm.put({
        owner: { tenant },
        firstIndex: at.head.nextIndex,
        previousHash: at.head.previousHash,
        records,
      });
      at.head = { nextIndex: end, previousHash: put.result === 'written' ? put.hash : '' };
    }
  };
  await ship(commits.length);

  const journal = {
    read: async (stream: StreamId): Promise<readonly Commit[]> =>
      commits.filter((commit) => streamName(commit.stream) === streamName(stream)),
  };
  const ledger = newMemoryLedger();
  const portsWith = <Store extends Pick<LedgerStore, 'books' | 'post'>>(
    store: Store,
    log: Pick<WormLog, 'read'> = worm,
  ) => ({
    journal,
    worm: log,
    heads: {
      read: async () => ({ head: at.head, shipped: new Map<string, number>(), shippedObservations: new Set<string>() }),
    },
    store,
    sleep: async () => undefined,
    randomness: { bytes: (count: number) => new Uint8Array(count) },
  });
  return { commits, worm, ledger, ship, portsWith, ports: portsWith(ledger) satisfies ProjectLedgerPorts, journal };
}

/** The balances that the books should have: what all entities stand for, by their newest states. */
export function recomputed(commits: readonly Commit[]): Position {
  const streams = new Map<string, Commit[]>();
  for (const commit of commits) {
    const name = streamName(commit.stream);
    streams.set(name, [...(streams.get(name) ?? []), commit]);
  }
  return balanced([...streams.values()].flatMap((own) => positionsOf(own[0]!.stream.kind, own).at(-1) ?? []));
}

/** Balances of books as a position, to compare. */
export function balancesOf(
  totals: readonly { account: Position[number]['account']; currency: string; debit: number; credit: number }[],
): Position {
  return between(
    [],
    totals.map(({ account, currency, debit, credit }) => ({ account, currency, amount: debit - credit })),
  );
}
