import { lookUpPayment, nextLookupOf } from '../../lambdas/domain/payments';
import type { LookedUp, Payment } from '../../lambdas/domain/payments';
import { cast } from '../cast';
import type { FunctionSpec } from '../functions';
import type { World } from '../world';

/** The sweeper's schedule. */
const everyMs = 60_000;

/** Asks the provider what became of operations that are open, whenever one is due. */
export function startSweeping(world: World): void {
  const { scheduler, oracle } = world;
  const lookUp: FunctionSpec<Payment, LookedUp> = {
    name: 'payment-lookup',
    limitMs: 60_000,
    build:
      ({ ports, providerOf }) =>
      (payment) => {
        const context = {
          actor: { user: 'payment-sweeper', level: 'system' },
          request: { id: 'sweep', route: 'payment-sweeper' },
          command: { name: 'payments.lookup' },
        } as const;
        const connected = cast.find(({ connectionId }) => connectionId === payment.connectionId);
        return lookUpPayment(ports, context, { tenant: payment.tenant, paymentId: payment.id }, async () =>
          connected === undefined ? undefined : { provider: providerOf(connected) },
        );
      },
  };
  const invoke = world.functions.define(lookUp);
  const busy = new Set<string>();
  let runs = 0;
  let armedForMs = Infinity;

  // Most runs of the schedule find nothing due: they are left out, and time jumps to the next that does.
  const arm = (): void => {
    const nowMs = scheduler.clock.now().getTime();
    const dues = [...oracle.payments.payments.values()]
      .filter(({ id }) => !busy.has(id))
      .flatMap((payment) => nextLookupOf(payment) ?? []);
    const next = dues.sort()[0];
    if (next === undefined) return;
    const dueMs = Math.ceil(Math.max(Date.parse(next), nowMs + 1) / everyMs) * everyMs;
    if (dueMs >= armedForMs) return;
    armedForMs = dueMs;
    scheduler.after(dueMs - nowMs, run);
  };

  const run = (): void => {
    armedForMs = Infinity;
    const now = scheduler.clock.now().toISOString();
    for (const payment of oracle.payments.payments.values()) {
      const next = nextLookupOf(payment);
      if (next === undefined || next > now || busy.has(payment.id)) continue;
      busy.add(payment.id);
      runs += 1;
      const over = (): void => {
        busy.delete(payment.id);
        arm();
      };
      invoke(`lookup-${String(runs)}`, payment, { done: over, died: over, threw: over });
    }
    arm();
  };

  oracle.onPaymentCommit(arm);
}
