import { connectionInGate } from '../../domain/providers';
import type { Provider } from '../../domain/providers/provider';
import { giveUpLines, importPayout, parsePayoutImport } from '../../domain/settlements';
import type { Imported, LinesFailure, PayoutImport } from '../../domain/settlements';
import { backoffSeconds } from '../../domain/webhooks';
import type { CommandContext } from '../../kernel/command';
import { gateOf } from '../../kernel/views';
import type { PartialBatchResponse } from '../../middleware/batches';
import { forEachConcurrently } from '../../middleware/batches';
import { errorFields } from '../../middleware/log';
import { readSqsReceipts } from '../../middleware/sqs-batch';
import type { SqsReceipt } from '../../middleware/sqs-batch';
import type { PayoutImporterDependencies } from './dependencies';
import { bindDependencies } from './dependencies';

/** Of the function's two minutes; a page takes seconds at most. */
const workMs = 90_000;

const payoutsAtOnce = 2;

/**
 * Brings the lines of payouts to their payments. What cannot be had yet comes back with a delay that grows; what there was no time
 * for comes back at once; in the end a message lies in the dead-letter queue, and the settlement shows that its lines were given up.
 */
export function newPayoutImporter(deps: PayoutImporterDependencies): (event: unknown) => Promise<PartialBatchResponse> {
  return async (event) => {
    const records = readSqsReceipts(event);
    const startedAtMs = deps.clock.now().getTime();
    const hasTime = (): boolean => deps.clock.now().getTime() - startedAtMs < workMs;
    const failed: string[] = [];
    await forEachConcurrently(records, payoutsAtOnce, async (record) => {
      if (!(await isDone(deps, record, hasTime))) failed.push(record.messageId);
    });
    deps.metrics.flush();
    return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
  };
}

/** Whether the message is done. It never throws: one message must not decide about another. */
async function isDone(
  deps: PayoutImporterDependencies,
  { messageId, receiptHandle, body, attributes }: SqsReceipt,
  hasTime: () => boolean,
): Promise<boolean> {
  const attempt = attributes.ApproximateReceiveCount;
  let delaySeconds = backoffSeconds(attempt, deps.randomness);
  let asked: PayoutImport | undefined;
  let failure: LinesFailure = 'internal-error';
  try {
    asked = parsePayoutImport(body);
    const imported = await run(deps, asked, hasTime);
    const { requestId, tenant: tenantId, settlementId } = asked;
    deps.log.info('payout looked at', { messageId, attempt, requestId, tenantId, settlementId, ...reasonOf(imported) });
    if (imported.result === 'complete' || imported.result === 'nothing-to-import') return true;
    if (imported.result === 'unfinished') delaySeconds = 0;
    failure = imported.result === 'not-yet' ? imported.reason : imported.result;
  } catch (error) {
    deps.metrics.count('PayoutImportFailed');
    deps.log.error('payout not imported', { messageId, attempt, ...errorFields(error) });
  }
  try {
    // A crash before this, and the settlement shows lines that are awaited: they may be asked for by hand all the same.
    if (asked !== undefined && attempt >= deps.maxReceiveCount) await giveUp(deps, asked, failure);
  } catch (error) {
    deps.log.error('could not say that a payout is given up', { messageId, ...errorFields(error) });
  }
  try {
    await deps.visibility.comeBackIn(receiptHandle, delaySeconds);
  } catch (error) {
    // Without it the queue delivers again by itself, when its visibility timeout is over.
    deps.log.error('could not delay a payout import', { messageId, ...errorFields(error) });
  }
  return false;
}

function run(
  deps: PayoutImporterDependencies,
  { tenant, settlementId, requestId }: PayoutImport,
  hasTime: () => boolean,
): Promise<Imported> {
  const { journal, views } = deps.forTenant(tenant);
  const context = contextOf(requestId);
  const providerOf = async (connectionId: string): Promise<Provider | undefined> => {
    const connection = connectionInGate(await views.slots(gateOf(tenant)), connectionId);
    const secret = await deps.secrets.read(tenant, connectionId);
    return connection === undefined || secret === undefined
      ? undefined
      : deps.providers.of(connection.provider, secret);
  };
  return importPayout({ ...deps, journal, providerOf }, context, { tenant, settlementId }, hasTime);
}

function giveUp(
  deps: PayoutImporterDependencies,
  { tenant, settlementId, requestId }: PayoutImport,
  failure: LinesFailure,
): Promise<void> {
  const { journal } = deps.forTenant(tenant);
  return giveUpLines({ ...deps, journal }, contextOf(requestId), { tenant, settlementId }, failure);
}

function contextOf(requestId: string): CommandContext {
  return {
    actor: { user: 'payout-importer', level: 'system' },
    request: { id: requestId, route: 'payout-imports' },
    command: { name: 'settlements.import' },
  };
}

function reasonOf(imported: Imported): { readonly reason: string } {
  return { reason: imported.result === 'not-yet' ? imported.reason : imported.result };
}

export const handler = newPayoutImporter(bindDependencies());
