import type { Clock } from '../../kernel/clock';
import type { Owner } from '../../kernel/journal';
import type { JournalPage, JournalScan } from '../../kernel/journal-scan';
import type { SweepCheckpoint } from './ports';
import { atOf, dayOf } from './segment';
import { byOwner } from './shipments';
import { shipCommits } from './ship-commits';
import type { ShipPorts } from './ship-commits';

export interface SweepPorts extends ShipPorts {
  readonly scan: JournalScan;
  readonly checkpoint: SweepCheckpoint;
  readonly clock: Clock;
}

export interface SweepReport {
  readonly pages: number;
  readonly records: number;
  /** Records that no sequencer had shipped, and this sweep did. */
  readonly shipped: number;
  /** Those of them older than 15 minutes: the sequencer did not just lag, it had forgotten them. */
  readonly overdue: number;
  /** Owners of whom something could not be shipped; `AuditCorruption` among the errors needs a person. */
  readonly failures: readonly { readonly owner: Owner; readonly error: unknown }[];
  /** Keys of journal items that nobody can read. */
  readonly unreadable: readonly string[];
  /** Whether the sweep came to the end of the journal; if not, the next one goes on from here. */
  readonly reachedEnd: boolean;
}

const overdueMs = 15 * 60_000;

/** Cursors of observations live 30 days; looking back much less far, the sweep never takes a forgotten cursor for a gap. */
const observationDays = 7;

/**
 * Reading the whole journal every quarter of an hour would cost more than keeping it. A small one is swept whole in each run; a
 * large one a part at a time, so that a lap takes a day: as many runs as the schedule has in one.
 */
const runsPerLap = 96;

const minPagesPerRun = 16;

/**
 * Looks through the journal for what the log lacks, and ships it. The stream forgets after 24 hours and an event source gives up
 * after its retries; the journal does not, so this is what makes the log complete.
 *
 * `hasTime` is asked before each page. What fails for one owner does not keep the sweep from the others: it is reported, and
 * tried again in the next lap. A failure to scan ends the sweep, and the next one begins at the same page.
 */
export async function sweepJournal(ports: SweepPorts, hasTime: () => boolean): Promise<SweepReport> {
  let report: SweepReport = {
    pages: 0,
    records: 0,
    shipped: 0,
    overdue: 0,
    failures: [],
    unreadable: [],
    reachedEnd: false,
  };
  const stood = await ports.checkpoint.read();
  const { lastLapPages } = stood ?? { lastLapPages: undefined };
  const maxPages =
    lastLapPages === undefined ? Infinity : Math.max(minPagesPerRun, Math.ceil(lastLapPages / runsPerLap));
  let after = stood?.after;
  let pages = stood?.pages ?? 0;
  while (report.pages < maxPages && hasTime()) {
    const page = await ports.scan.page(after);
    report = await sweepPage(ports, page, report);
    after = page.next;
    pages += 1;
    const reachedEnd = after === undefined;
    // A crash before this write repeats the page, and finds it shipped. After it the next sweep goes on behind the page; at
    // the end of the journal, it begins anew.
    await ports.checkpoint.write(
      reachedEnd ? { after, pages: 0, lastLapPages: pages } : { after, pages, lastLapPages },
    );
    if (reachedEnd) return { ...report, reachedEnd };
  }
  return report;
}

async function sweepPage(ports: SweepPorts, page: JournalPage, before: SweepReport): Promise<SweepReport> {
  const now = ports.clock.now().getTime();
  const oldestDay = new Date(now - observationDays * 86_400_000).toISOString().slice(0, 10);
  const overdueBefore = new Date(now - overdueMs).toISOString();
  const observations = page.observations.filter((observation) => dayOf(observation) >= oldestDay);

  let { shipped, overdue } = before;
  const failures = [...before.failures];
  for (const { owner, shipment } of byOwner(page.commits, observations)) {
    try {
      const report = await shipCommits(ports, owner, shipment);
      shipped += report.shipped.length;
      overdue += report.shipped.filter((record) => atOf(record) < overdueBefore).length;
    } catch (error) {
      failures.push({ owner, error });
    }
  }
  return {
    pages: before.pages + 1,
    records: before.records + page.commits.length + page.observations.length,
    shipped,
    overdue,
    failures,
    unreadable: [...before.unreadable, ...page.unreadable],
    reachedEnd: false,
  };
}
