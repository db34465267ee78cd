import type { Clock } from '../../kernel/clock';
import type { DueList } from '../../kernel/views';
import type { LookedUp } from './look-up-payment';
import { openPaymentKind, openPaymentLists, parseOpenPayment } from './open-payments';
import type { OpenPayment } from './open-payments';

/** Payments taken from one list at a run. What is left is older, not lost: it comes first at the next run. */
const maxOfList = 250;

/** Payments read of one list at a run, to get past a tenant that has very many: those beyond its share are left where they are. */
const maxReadOfList = 5_000;

const pageSize = 50;

/** Of one tenant in one list at a run. */
const maxOfTenantInList = 50;

/** Of one tenant at a run: a tenant whose provider is down must not take the time of the others. */
const maxOfTenant = 100;

/** After so many failures in a row, a tenant is left alone until the next run. */
const maxFailures = 3;

const paymentsAtOnce = 10;

/** There is a run a minute. */
const behindMs = 15 * 60_000;

export interface SweepPorts {
  readonly list: DueList;
  readonly clock: Clock;
  readonly lookUp: (payment: OpenPayment) => Promise<LookedUp>;
  /** False when the run must end. */
  readonly hasTime: () => boolean;
}

export interface SweepReport {
  /** Payments that were due, as far as they were read. */
  readonly due: number;
  readonly asked: number;
  readonly settled: number;
  readonly unresolved: number;
  /** Left to the next run. */
  readonly left: number;
  /** Whether a payment was due for so long that the runs before should have come to it. */
  readonly isBehind: boolean;
  readonly failures: readonly { readonly payment: OpenPayment; readonly error: unknown }[];
}

/**
 * Looks up all payments that are due, turn by turn of their tenants. The lists may be behind the journal: whether a payment is due is
 * decided over its stream, and what is not is passed by. Runs may overlap, and a run that ends anywhere is continued by the next one.
 */
export async function sweepPayments(ports: SweepPorts): Promise<SweepReport> {
  const found = (await Promise.all(openPaymentLists.map((list) => dueOf(ports, list)))).flat();
  const overdue = new Date(ports.clock.now().getTime() - behindMs).toISOString();
  const isBehind = found.some(({ dueAt }) => dueAt !== undefined && dueAt < overdue);
  const due = inTurns(found);
  const failures: { payment: OpenPayment; error: unknown }[] = [];
  const failuresInARow = new Map<string, number>();
  const totals = { asked: 0, settled: 0, unresolved: 0, done: 0 };
  const queue = due.values();
  const worker = async (): Promise<void> => {
    for (const payment of queue) {
      if (!ports.hasTime()) return;
      const failed = failuresInARow.get(payment.tenant) ?? 0;
      if (failed >= maxFailures) continue;
      try {
        const { asked, settled, unresolved } = await ports.lookUp(payment);
        totals.asked += asked;
        totals.settled += settled;
        totals.unresolved += unresolved;
        totals.done += 1;
        failuresInARow.set(payment.tenant, 0);
      } catch (error) {
        failures.push({ payment, error });
        failuresInARow.set(payment.tenant, (failuresInARow.get(payment.tenant) ?? 0) + 1);
      }
    }
  };
  await Promise.all(Array.from({ length: paymentsAtOnce }, worker));
  const { done, ...counts } = totals;
  return { due: due.length, ...counts, left: due.length - done - failures.length, isBehind, failures };
}

async function dueOf({ list, clock }: Pick<SweepPorts, 'list' | 'clock'>, under: string): Promise<OpenPayment[]> {
  const until = clock.now().toISOString();
  const found: OpenPayment[] = [];
  const ofTenant = new Map<string, number>();
  let read = 0;
  let after: Readonly<Record<string, unknown>> | undefined;
  do {
    const page = await list.due('platform', openPaymentKind, {
      limit: pageSize,
      until,
      under,
      ...(after === undefined ? {} : { after }),
    });
    for (const { data } of page.records) {
      const payment = parseOpenPayment(data);
      const taken = ofTenant.get(payment.tenant) ?? 0;
      if (taken >= maxOfTenantInList) continue;
      ofTenant.set(payment.tenant, taken + 1);
      found.push(payment);
    }
    read += page.records.length;
    after = page.next;
  } while (after !== undefined && found.length < maxOfList && read < maxReadOfList);
  return found;
}

/** The first of every tenant, then the second of every tenant … */
function inTurns(payments: readonly OpenPayment[]): readonly OpenPayment[] {
  const turnOf = new Map<string, number>();
  return payments
    .map((payment) => {
      const turn = turnOf.get(payment.tenant) ?? 0;
      turnOf.set(payment.tenant, turn + 1);
      return { payment, turn };
    })
    .filter(({ turn }) => turn < maxOfTenant)
    .sort((a, b) => a.turn - b.turn)
    .map(({ payment }) => payment);
}
