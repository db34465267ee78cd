import type { PayoutImport, PayoutImportQueue } from '../../domain/settlements';
import type { SqsSenderDependencies } from './sqs-sender';
import { newSqsSender } from './sqs-sender';

/** The queue of payouts whose lines are to be imported: a tenant with many waits behind its own. */
export function newSqsPayoutImports(deps: SqsSenderDependencies): PayoutImportQueue {
  const sender = newSqsSender<PayoutImport>(deps);
  return { enqueue: (imports) => sender.send(imports.map((body) => ({ body, group: body.tenant }))) };
}
