import { AuditCorruption, sweepJournal } from '../../domain/audit';
import { ownerName } from '../../kernel/journal';
import { errorFields } from '../../middleware/log';
import type { AuditSweepDependencies } from './dependencies';
import { bindDependencies } from './dependencies';

/** A page of a megabyte is shipped within this time; what does not fit any more is left to the next run. */
const reservedMs = 90_000;

/**
 * Looks through the journal for commits that are not in the log, ships them, and pages when the sequencer had forgotten some.
 * It fails when something could not be shipped, after all else is done and the checkpoint has moved on.
 */
export function newAuditSweep(
  deps: AuditSweepDependencies,
): (event: unknown, context: { getRemainingTimeInMillis(): number }) => Promise<void> {
  return async (_event, context) => {
    const { log, metrics } = deps;
    let first = true;
    const report = await sweepJournal(deps, () => {
      const hasTime = first || context.getRemainingTimeInMillis() > reservedMs;
      first = false;
      return hasTime;
    });

    for (const { owner, error } of report.failures) {
      if (error instanceof AuditCorruption) metrics.count('AuditGapFound');
      log.error('not shipped', { tenantId: ownerName(owner), ...errorFields(error) });
    }
    for (const key of report.unreadable) {
      metrics.count('JournalTampered');
      log.error('the journal holds an item that is no commit', { stream: key });
    }
    if (report.overdue > 0) {
      metrics.count('AuditGapFound');
      log.error('the sequencer had forgotten records; they are shipped now', { count: report.overdue });
    }
    log.info(report.reachedEnd ? 'swept to the end of the journal' : 'swept a part of the journal', {
      count: report.records,
      failed: report.failures.length,
    });
    metrics.flush();
    if (report.failures.length > 0) {
      throw new Error(`the sweep could not ship for ${String(report.failures.length)} owners; see its log`);
    }
  };
}

export const handler = newAuditSweep(bindDependencies());
