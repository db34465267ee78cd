import { LedgerCorruption, parseWakeUp, projectLedger } from '../../domain/ledger';
import type { PartialBatchResponse } from '../../middleware/batches';
import { forEachConcurrently } from '../../middleware/batches';
import { errorFields } from '../../middleware/log';
import { readSqsBodies } from '../../middleware/sqs-batch';
import type { LedgerProjectorDependencies } from './dependencies';
import { bindDependencies } from './dependencies';

const tenantsAtOnce = 5;

/** An object of the log is posted within this time; what does not fit any more is left to another wake-up. */
const reservedMs = 20_000;

/**
 * Brings the books of woken tenants up to their logs. A tenant woken several times in a batch is worked on once; a log too long for one
 * run is gone on with by a wake-up of its own. What fails comes back alone, and lies in the dead-letter queue in the end.
 */
export function newLedgerProjector(
  deps: LedgerProjectorDependencies,
): (event: unknown, context: { getRemainingTimeInMillis(): number }) => Promise<PartialBatchResponse> {
  return async (event, context) => {
    const records = readSqsBodies(event);
    const unreadable: string[] = [];
    const woken = new Map<string, string[]>();
    for (const { messageId, body } of records) {
      try {
        const { tenant } = parseWakeUp(body);
        woken.set(tenant, [...(woken.get(tenant) ?? []), messageId]);
      } catch (error) {
        deps.log.error('no wake-up', { messageId, ...errorFields(error) });
        unreadable.push(messageId);
      }
    }
    const failures = await forEachConcurrently([...woken.keys()], tenantsAtOnce, (tenant) =>
      project(deps, tenant, () => context.getRemainingTimeInMillis() > reservedMs),
    );
    deps.metrics.flush();
    const failed = [...unreadable, ...failures.flatMap(({ item }) => woken.get(item) ?? [])];
    return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
  };
}

async function project(deps: LedgerProjectorDependencies, tenant: string, hasTime: () => boolean): Promise<void> {
  try {
    const { live } = await deps.store.generations(tenant);
    const { entries, reachedHead, racesLost } = await projectLedger(deps, tenant, live, hasTime);
    deps.log.info('posted', { tenantId: tenant, count: entries, attempt: racesLost + 1 });
    // A crash before this send: the wake-up that led here comes again.
    if (!reachedHead) await deps.waker.wake([tenant]);
  } catch (error) {
    if (error instanceof LedgerCorruption) deps.metrics.count('LedgerCorrupt');
    deps.log.error('not posted', { tenantId: tenant, ...errorFields(error) });
    throw error;
  }
}

export const handler = newLedgerProjector(bindDependencies());
