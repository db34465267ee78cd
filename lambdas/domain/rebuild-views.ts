import type { Commit, Journal } from '../kernel/journal';
import type { JournalScan } from '../kernel/journal-scan';
import type { ViewWriter } from '../kernel/views';
import { commitAuditView, observationAuditView } from './audit';
import { projectStream } from './projections';

export interface RebuildPorts {
  readonly scan: JournalScan;
  readonly journal: Pick<Journal, 'read'>;
  readonly views: ViewWriter;
}

/** What a part of a rebuild did. Counts add up over the parts. */
export interface RebuildReport {
  readonly streams: number;
  readonly commits: number;
  readonly observations: number;
  readonly views: number;
  /** Keys of journal items that nobody can read, and so are in no view. */
  readonly unreadable: readonly string[];
  /** Where the next part begins; undefined when the journal is done. */
  readonly next: string | undefined;
}

const streamsAtOnce = 8;

/**
 * Rewrites the views of one page of the journal, through the same projections as the projector. A stream belongs to the page
 * that holds its first commit and is read whole, so that every stream is folded once, wherever pages end.
 *
 * It may run while the product does: the writer keeps what is newer, and what is committed behind the scan is the projector's.
 * Repeating a page changes nothing. Views that no projection makes any more are not removed.
 */
export async function rebuildPage(ports: RebuildPorts, after: string | undefined): Promise<RebuildReport> {
  const page = await ports.scan.page(after);
  const first = page.commits.filter(({ version }) => version === 1);
  let commits = 0;
  let views = 0;
  const rebuild = async ({ stream }: Commit): Promise<void> => {
    const whole = await ports.journal.read(stream);
    const writes = [...projectStream(stream, whole), ...whole.map(commitAuditView)];
    // A crash among these writes leaves the rest as it was; the page is rebuilt again from its beginning.
    await ports.views.write(writes);
    commits += whole.length;
    views += writes.length;
  };
  for (let start = 0; start < first.length; start += streamsAtOnce) {
    await Promise.all(first.slice(start, start + streamsAtOnce).map(rebuild));
  }
  const observed = page.observations.map(observationAuditView);
  await ports.views.write(observed);
  return {
    streams: first.length,
    commits,
    observations: observed.length,
    views: views + observed.length,
    unreadable: page.unreadable,
    next: page.next,
  };
}
