import { sweepLedgers } from '../../domain/ledger';
import { errorFields } from '../../middleware/log';
import type { LedgerSweepDependencies } from './dependencies';
import { bindDependencies } from './dependencies';

/** Wakes the projector for every tenant whose books are behind its log, and counts those for whom that has not helped. */
export function newLedgerSweep(deps: LedgerSweepDependencies): () => Promise<void> {
  return async () => {
    const { log, metrics } = deps;
    const { woken, behind, failures } = await sweepLedgers(deps);
    for (const { tenant, records } of behind) {
      metrics.count('LedgerBehind');
      log.error('the books do not follow the log', { tenantId: tenant, count: records });
    }
    for (const { tenant, error } of failures) {
      log.error('not compared', { tenantId: tenant, ...errorFields(error) });
    }
    log.info('swept the ledgers', { count: woken, failed: failures.length });
    metrics.flush();
    if (failures.length > 0) throw new Error(`${String(failures.length)} ledgers could not be compared; see the log`);
  };
}

export const handler = newLedgerSweep(bindDependencies());
