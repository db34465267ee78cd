import type { Clock } from '../../kernel/clock';
import { platform } from '../../kernel/journal';
import type { Views } from '../../kernel/views';
import type { AuditHeads, WormLog } from '../audit/ports';
import { parseTenantView } from '../tenants';
import type { LedgerStore, LedgerWaker } from './ports';

export interface SweepLedgersPorts {
  readonly views: Pick<Views, 'list'>;
  readonly heads: Pick<AuditHeads, 'read'>;
  readonly worm: Pick<WormLog, 'read'>;
  readonly store: Pick<LedgerStore, 'generations' | 'books'>;
  readonly waker: LedgerWaker;
  readonly clock: Clock;
}

export interface LedgerSweep {
  readonly tenants: number;
  /** Tenants whose books are not at the head of their log: the projector was told. */
  readonly woken: number;
  /** Those of them whose oldest record that is not in the books is older than the sweep before: no wake-up has helped. */
  readonly behind: readonly { readonly tenant: string; readonly records: number }[];
  /** Tenants of whom it could not be told. */
  readonly failures: readonly { readonly tenant: string; readonly error: unknown }[];
}

/** Two runs of the sweep: what is older than that has been told to the projector in vain. */
const behindMs = 30 * 60_000;

const tenantsAtOnce = 8;

/**
 * Compares every tenant's books with its log and wakes the projector where they differ, so that nothing depends on a wake-up that was
 * lost. Commits that move no money wake nobody; the books pass them here.
 */
export async function sweepLedgers(ports: SweepLedgersPorts): Promise<LedgerSweep> {
  let report: LedgerSweep = { tenants: 0, woken: 0, behind: [], failures: [] };
  let after: Readonly<Record<string, unknown>> | undefined;
  do {
    const page = await ports.views.list(platform, 'tenant', { limit: 100, ...(after === undefined ? {} : { after }) });
    const tenants = page.records.map(({ data }) => parseTenantView(data).id);
    for (let start = 0; start < tenants.length; start += tenantsAtOnce) {
      report = await sweepTenants(ports, tenants.slice(start, start + tenantsAtOnce), report);
    }
    after = page.next;
  } while (after !== undefined);
  return report;
}

async function sweepTenants(
  ports: SweepLedgersPorts,
  tenants: readonly string[],
  before: LedgerSweep,
): Promise<LedgerSweep> {
  const found = await Promise.all(
    tenants.map(async (tenant) => {
      try {
        return { tenant, lag: await lagOf(ports, tenant), failure: undefined };
      } catch (error) {
        return { tenant, lag: undefined, failure: { tenant, error } };
      }
    }),
  );
  const lagging = found.flatMap(({ tenant, lag }) => (lag === undefined ? [] : [{ tenant, ...lag }]));
  await ports.waker.wake(lagging.map(({ tenant }) => tenant));
  const oldestAllowed = new Date(ports.clock.now().getTime() - behindMs).toISOString();
  return {
    tenants: before.tenants + tenants.length,
    woken: before.woken + lagging.length,
    behind: [
      ...before.behind,
      ...lagging.filter(({ since }) => since < oldestAllowed).map(({ tenant, records }) => ({ tenant, records })),
    ],
    failures: [...before.failures, ...found.flatMap(({ failure }) => failure ?? [])],
  };
}

/** Records of the log that are not in the books, and when the first of them happened; undefined when there are none. */
async function lagOf(
  { heads, worm, store }: SweepLedgersPorts,
  tenant: string,
): Promise<{ readonly records: number; readonly since: string } | undefined> {
  const { live } = await store.generations(tenant);
  const { place } = await store.books(tenant, live);
  const { head } = await heads.read({ tenant }, [], []);
  if (place.index >= head.nextIndex) return undefined;
  const found = await worm.read({ tenant }, place.object);
  const next = found?.segment.records[place.index - place.object];
  // An object that is missing is the projector's to report; it is behind since ever.
  const since = next === undefined ? '' : next.type === 'commit' ? next.commit.at : next.observation.at;
  return { records: head.nextIndex - place.index, since };
}
