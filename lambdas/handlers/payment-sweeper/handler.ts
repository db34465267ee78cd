import { lookUpPayment, sweepPayments } from '../../domain/payments';
import type { Informant, OpenPayment, Payment } from '../../domain/payments';
import type { CommandContext } from '../../kernel/command';
import { errorFields } from '../../middleware/log';
import type { PaymentSweeperDependencies } from './dependencies';
import { bindDependencies } from './dependencies';

/** A payment that was begun is looked up and journaled within this time; what does not fit any more is left to the next run. */
const reservedMs = 20_000;

/** [Lambda: context object] */
interface Run {
  readonly awsRequestId: string;
  getRemainingTimeInMillis(): number;
}

/**
 * Asks providers what became of operations that nobody has told the outcome of: requests that were not answered, requests that
 * crashed, customers who never came back, webhooks that were lost. One tenant's trouble is not the others'.
 */
export function newPaymentSweeper(deps: PaymentSweeperDependencies): (event: unknown, run: Run) => Promise<void> {
  return async (_event, run) => {
    const { log, metrics } = deps;
    const report = await sweepPayments({
      list: deps.list,
      clock: deps.clock,
      hasTime: () => run.getRemainingTimeInMillis() > reservedMs,
      lookUp: (open) => lookUp(deps, open, run.awsRequestId),
    });
    for (const { payment, error } of report.failures) {
      const { tenant: tenantId, paymentId } = payment;
      metrics.count('LookupFailed');
      log.error('an open payment could not be looked up', { tenantId, paymentId, ...errorFields(error) });
    }
    if (report.isBehind) metrics.count('SweepBehind');
    log.info('swept the open payments', { count: report.due, left: report.left, failed: report.failures.length });
    metrics.flush();
  };
}

async function lookUp(deps: PaymentSweeperDependencies, { tenant, paymentId }: OpenPayment, requestId: string) {
  const ports = { ...deps, journal: deps.journalOf(tenant) };
  const context: CommandContext = {
    actor: { user: 'payment-sweeper', level: 'system' },
    request: { id: requestId, route: 'payment-sweeper' },
    command: { name: 'payments.lookUp' },
  };
  const looked = await lookUpPayment(ports, context, { tenant, paymentId }, (payment) => informantOf(deps, payment));
  for (let count = 0; count < looked.unresolved; count += 1) {
    deps.metrics.count('OperationUnresolved');
    deps.log.error('the provider never told what became of an operation', { tenantId: tenant, paymentId });
  }
  return looked;
}

/**
 * Undefined where no client can be had: nobody can be asked, and only a webhook can tell. It counts as a look-up that told nothing, so
 * that the payment moves on in the schedule and is a person's in the end, whatever ails its connection.
 */
async function informantOf(
  { secrets, providers, metrics, log }: PaymentSweeperDependencies,
  { tenant, connectionId, provider, id: paymentId }: Payment,
): Promise<Informant | undefined> {
  try {
    const secret = await secrets.read(tenant, connectionId);
    if (secret === undefined) return undefined;
    return { provider: providers.of(provider, secret), accountDoubtedAt: secret.accountDoubtedAt };
  } catch (error) {
    metrics.count('LookupFailed');
    log.error('no client to look a payment up with', {
      tenantId: tenant,
      connectionId,
      paymentId,
      ...errorFields(error),
    });
    return undefined;
  }
}

export const handler = newPaymentSweeper(bindDependencies());
