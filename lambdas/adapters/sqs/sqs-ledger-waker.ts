import type { LedgerWaker, WakeUp } from '../../domain/ledger';
import type { SqsSenderDependencies } from './sqs-sender';
import { newSqsSender } from './sqs-sender';

/** Wakes the ledger's projector by its queue, a tenant's share of it its own. */
export function newSqsLedgerWaker(deps: SqsSenderDependencies): LedgerWaker {
  const sender = newSqsSender<WakeUp>(deps);
  return { wake: (tenants) => sender.send(tenants.map((tenant) => ({ body: { tenant }, group: tenant }))) };
}
