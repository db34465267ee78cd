import type { Books, Place } from './books';
import { samePlace } from './books';
import { LedgerContended } from './errors';
import type { Generations, LedgerStore } from './ports';
import { projectLedger } from './project-ledger';
import type { ProjectLedgerPorts } from './project-ledger';

export interface RebuildLedgerPorts extends Omit<ProjectLedgerPorts, 'store'> {
  readonly store: LedgerStore;
}

export interface RebuildLedger {
  readonly tenant: string;
  /** Of a rebuild that was begun before; without it a new one begins. */
  readonly generation?: number;
  /** Switch although balances differ: right after a change of the rules by which positions are made, and otherwise never. */
  readonly acceptDifferences: boolean;
}

/** An account whose sums in the new books are not those of the old ones; absent where an account is in one of them only. */
export interface Difference {
  readonly account: string;
  readonly currency: string;
  readonly before: { readonly debit: number; readonly credit: number } | undefined;
  readonly after: { readonly debit: number; readonly credit: number } | undefined;
}

export type Rebuilt =
  /** More of the log than there was time for: go on with this generation. */
  | { readonly result: 'unfinished'; readonly generation: number; readonly place: Place }
  | {
      readonly result: 'switched';
      readonly generation: number;
      readonly place: Place;
      readonly differences: readonly Difference[];
    }
  /** Both stand at one place of the log and do not agree: nothing was switched. */
  | {
      readonly result: 'differs';
      readonly generation: number;
      readonly place: Place;
      readonly differences: readonly Difference[];
    };

const maxMeetings = 20;

/**
 * Makes a tenant's books anew from the beginning of its log, beside those that are read, while the product runs. When both stand at one
 * place they are compared; only then, and at that very place, is the new generation the one that is read.
 */
export async function rebuildLedger(
  ports: RebuildLedgerPorts,
  { tenant, generation, acceptDifferences }: RebuildLedger,
  hasTime: () => boolean,
): Promise<Rebuilt> {
  const { store } = ports;
  const next = generation ?? (await begin(store, tenant)).newest;
  for (let meeting = 0; meeting < maxMeetings; meeting += 1) {
    const made = await projectLedger(ports, tenant, next, hasTime);
    if (!made.reachedHead) return { result: 'unfinished', generation: next, place: made.place };
    const generations = await store.generations(tenant);
    await projectLedger(ports, tenant, generations.live);
    const [before, after] = [await store.books(tenant, generations.live), await store.books(tenant, next)];
    if (!samePlace(before.place, after.place)) continue;

    const { place } = after;
    const differences = differencesBetween(before, after);
    if (differences.length > 0 && !acceptDifferences)
      return { result: 'differs', generation: next, place, differences };
    // A crash before this write leaves a generation that nobody reads; after it the new one is read, and grows.
    if (!(await store.switchTo(tenant, generations, next, place))) continue;
    // What a wake-up brought into the old books while they were switched is brought into the new ones here, or by the sweep.
    await projectLedger(ports, tenant, next);
    // The one before stays, so that nobody's page of a statement ends in nothing; those before it go.
    for (let old = 1; old < next; old += 1) {
      if (old !== generations.live) await store.remove(tenant, old);
    }
    return { result: 'switched', generation: next, place, differences };
  }
  throw new LedgerContended(`the books of ${tenant} and their new generation never met`);
}

async function begin(store: LedgerStore, tenant: string): Promise<Generations> {
  for (let attempt = 0; attempt < maxMeetings; attempt += 1) {
    const begun = await store.beginGeneration(tenant, await store.generations(tenant));
    if (begun !== undefined) return begun;
  }
  throw new LedgerContended(`no generation of the books of ${tenant} could be begun`);
}

function differencesBetween(before: Books, after: Books): readonly Difference[] {
  const nameOf = ({ account, currency }: { readonly account: string; readonly currency: string }): string =>
    `${currency}/${account}`;
  const all = new Map([...before.totals, ...after.totals].map((totals) => [nameOf(totals), totals]));
  return [...all].flatMap(([name, { account, currency }]) => {
    const [was, is] = [before, after].map(({ totals }) => totals.find((each) => nameOf(each) === name));
    if (was?.debit === is?.debit && was?.credit === is?.credit) return [];
    return [{ account, currency, before: sums(was), after: sums(is) }];
  });
}

function sums(totals: Books['totals'][number] | undefined) {
  return totals === undefined ? undefined : { debit: totals.debit, credit: totals.credit };
}
