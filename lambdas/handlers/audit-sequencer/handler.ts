import { readStreamRecords } from '../../adapters/dynamodb/stream-records';
import type { JournalStreamRecord } from '../../adapters/dynamodb/stream-records';
import { AuditCorruption, byOwner, shipCommits } from '../../domain/audit';
import type { Shipment } from '../../domain/audit';
import { movesMoney } from '../../domain/ledger';
import type { Owner } from '../../kernel/journal';
import { ownerName } from '../../kernel/journal';
import type { PartialBatchResponse } from '../../middleware/batches';
import { forEachConcurrently, retryFromEarliest } from '../../middleware/batches';
import { errorFields } from '../../middleware/log';
import type { AuditSequencerDependencies } from './dependencies';
import { bindDependencies } from './dependencies';

/** Logs of different owners have nothing in common, so they are written side by side. */
const ownersAtOnce = 8;

/**
 * Ships the commits of a batch of the journal's stream, each into its owner's log. What fails for one owner is delivered again,
 * with whatever lies behind it in the shard; the others find theirs shipped then.
 */
export function newAuditSequencer(deps: AuditSequencerDependencies): (event: unknown) => Promise<PartialBatchResponse> {
  return async (event) => {
    const records = readStreamRecords(event);
    reportForeign(deps, records);

    const shipments = byOwner(commitsOf(records), observationsOf(records));
    const failures = await forEachConcurrently(shipments, ownersAtOnce, ({ owner, shipment }) =>
      ship(deps, owner, shipment),
    );

    const failedOwners = new Set(failures.map(({ item }) => ownerName(item.owner)));
    await wakeLedgers(
      deps,
      shipments.filter(({ owner }) => !failedOwners.has(ownerName(owner))),
    );
    deps.metrics.flush();
    return retryFromEarliest(
      records.map(({ sequenceNumber }) => sequenceNumber),
      (index) => {
        const change = records[index]?.change;
        if (change === undefined || change.type === 'tampered') return false;
        return change.type === 'unreadable' || failedOwners.has(ownerName(ownerOf(change.record)));
      },
    );
  };
}

/**
 * Tells the ledger of logs that have grown by what may have moved money; of those, too, that were shipped by a run that died before it
 * could tell. A message that cannot be sent holds up no log: the ledgers' sweep finds what none told of.
 */
async function wakeLedgers(
  { ledger, log }: AuditSequencerDependencies,
  shipments: readonly { readonly owner: Owner; readonly shipment: Shipment }[],
): Promise<void> {
  const tenants = shipments.flatMap(({ owner, shipment }) =>
    owner !== 'platform' && shipment.commits.some(({ stream }) => movesMoney(stream.kind)) ? [owner.tenant] : [],
  );
  if (tenants.length === 0) return;
  try {
    await ledger.wake(tenants);
  } catch (error) {
    log.warn('the ledger was not woken', { count: tenants.length, ...errorFields(error) });
  }
}

async function ship(deps: AuditSequencerDependencies, owner: Owner, shipment: Shipment): Promise<void> {
  try {
    const { shipped, adopted, racesLost } = await shipCommits(deps, owner, shipment);
    deps.log.info('shipped', { tenantId: ownerName(owner), count: shipped.length, attempt: racesLost + 1 });
    if (adopted > 0)
      deps.log.warn('adopted what a run that died had shipped', { tenantId: ownerName(owner), count: adopted });
  } catch (error) {
    if (error instanceof AuditCorruption) deps.metrics.count('AuditGapFound');
    deps.log.error('not shipped', { tenantId: ownerName(owner), ...errorFields(error) });
    throw error;
  }
}

/**
 * The journal is only ever added to, and only by the product. A change or removal is reported and passed over, because what it
 * destroyed is in the log already or will be missed by the next fold; an item that cannot be read is tried again, because it may
 * be a commit of a newer release.
 */
function reportForeign(deps: AuditSequencerDependencies, records: readonly JournalStreamRecord[]): void {
  for (const { change } of records) {
    if (change.type === 'inserted') continue;
    deps.metrics.count('JournalTampered');
    if (change.type === 'tampered') {
      deps.log.error('the journal was tampered with', { stream: change.key, reason: change.how });
    } else {
      deps.log.error('the journal holds an item that is no commit', {
        stream: change.key,
        ...errorFields(change.error),
      });
    }
  }
}

function commitsOf(records: readonly JournalStreamRecord[]) {
  return records.flatMap(({ change }) =>
    change.type === 'inserted' && change.record.type === 'commit' ? [change.record.commit] : [],
  );
}

function observationsOf(records: readonly JournalStreamRecord[]) {
  return records.flatMap(({ change }) =>
    change.type === 'inserted' && change.record.type === 'observation' ? [change.record.observation] : [],
  );
}

function ownerOf(record: Extract<JournalStreamRecord['change'], { type: 'inserted' }>['record']): Owner {
  return record.type === 'commit' ? record.commit.stream.owner : record.observation.owner;
}

export const handler = newAuditSequencer(bindDependencies());
