import { execute } from '../../kernel/command';
import type { CommandContext, CommandPorts } from '../../kernel/command';
import { fold } from '../../kernel/entity';
import { ok } from '../../kernel/result';
import type { LookupRequest, OperationOutcome, Provider } from '../providers/provider';
import { nextLookupAt, hasRunOut, wasSeen } from './lookups';
import type { LookupFinding } from './lookups';
import { authorizationOf, openOperationsOf } from './operations';
import { toRecorded, withReport } from './outcome';
import { paymentEntity, paymentStream } from './payment';
import type { Operation, Payment } from './payment';
import type { PaymentEvent } from './payment-events';

export type LookUpPorts = CommandPorts;

/** What a look at one payment came to. */
export interface LookedUp {
  /** Operations that the provider was asked about. */
  readonly asked: number;
  /** Of them, those whose outcome is known now. */
  readonly settled: number;
  /** Operations that the provider is asked about no more, though it has told no result. */
  readonly unresolved: number;
}

/** What a provider's answer says of an operation. `unsupported`: nobody could be asked. */
export type Answer = OperationOutcome | { readonly status: 'absent' } | { readonly status: 'unsupported' };

/**
 * An absence is believed from this age of the intent on. The request has left, or nothing has, within the few seconds that we wait
 * for a provider; what it has not seen by then it has not received.
 */
const absentAgeMs = 5 * 60_000;

/** Who is asked about a payment. */
export interface Informant {
  readonly provider: Provider;
  /** See `ConnectionSecret.accountDoubtedAt`. */
  readonly accountDoubtedAt?: string | undefined;
}

/** After credentials were replaced, functions that remember those of before use them for a few minutes. */
const rememberedMs = 5 * 60_000;

/**
 * Asks the provider what became of the operations of a payment that are due, and journals what it says. It never submits anything.
 * Run twice, or at the same time elsewhere, it asks twice and writes once: what is written is decided over the stream as it is then.
 *
 * `informantOf` is undefined where the client cannot be had, for want of credentials say: that counts as an answer that says nothing,
 * so that the payment moves on in the schedule.
 */
export async function lookUpPayment(
  ports: LookUpPorts,
  context: CommandContext,
  target: { readonly tenant: string; readonly paymentId: string },
  informantOf: (payment: Payment) => Promise<Informant | undefined>,
): Promise<LookedUp> {
  const stream = paymentStream(target.tenant, target.paymentId);
  const loaded = fold(paymentEntity, await ports.journal.read(stream));
  const payment = loaded.state;
  const due = payment === undefined ? [] : dueOperationsOf(payment, ports.clock.now());
  if (payment === undefined || due.length === 0) return { asked: 0, settled: 0, unresolved: 0 };

  const informant = await informantOf(payment);
  const answers = await Promise.all(
    due.map(async (operation) => ({ operationId: operation.id, answer: await ask(informant, payment, operation) })),
  );
  // A crash before this write leaves the operations due: the next run asks again, and a question has no effect.
  const written = await execute<Payment, PaymentEvent, never>(
    ports,
    paymentEntity,
    stream,
    context,
    (now) =>
      ok(
        now === undefined
          ? []
          : answers.flatMap(({ operationId, answer }) => decideLookup(now, operationId, answer, ports.clock.now())),
      ),
    { loaded },
  );
  if (!written.ok) throw new Error(`a look-up could not be journaled: ${written.error.reason}`);

  const after = openOperationsOf(written.value.state);
  const isNew = written.value.commits.length > 0;
  return {
    asked: due.length,
    settled: due.filter(({ id }) => !after.some((open) => open.id === id)).length,
    unresolved: isNew ? after.filter((open) => hasRunOut(open) && due.some(({ id }) => id === open.id)).length : 0,
  };
}

/** The open operations whose time to be looked up has come. */
export function dueOperationsOf(payment: Payment, now: Date): readonly Operation[] {
  return openOperationsOf(payment).filter((operation) => isDue(operation, now));
}

/**
 * What is journaled of an answer. A result always; anything else only where a look-up is still due, so that of two runs at the same
 * time one is counted.
 *
 * An operation that the provider has never shown to know, and does not have at two look-ups in a row, the second at least five
 * minutes after its intent, has never arrived: it failed. Should that be wrong, the provider's webhook still tells of a success,
 * which outweighs the failure and calls a person.
 *
 * A result that was on its way while a person attested one is journaled all the same: the provider's word is never lost to a person's.
 */
export function decideLookup(
  payment: Payment,
  operationId: string,
  answer: Answer,
  now: Date,
): readonly PaymentEvent[] {
  const open = openOperationsOf(payment).find(({ id }) => id === operationId);
  const operation = open ?? payment.operations.find((it) => it.id === operationId && it.attestation !== undefined);
  if (operation === undefined) return [];
  const lookedUp = (found: LookupFinding): readonly PaymentEvent[] =>
    open !== undefined && isDue(open, now) ? [{ type: 'OperationLookedUp', data: { operationId, found } }] : [];
  const recorded = (outcome: OperationOutcome): readonly PaymentEvent[] => {
    const report = toRecorded(outcome);
    const asked = { amount: operation.amount, currency: payment.currency };
    const after = withReport(operation.evidence, report, asked);
    const isNews = JSON.stringify(after) !== JSON.stringify(operation.evidence);
    return isNews ? [{ type: 'OutcomeRecorded', data: { operationId, outcome: report } }] : [];
  };
  switch (answer.status) {
    case 'succeeded':
    case 'failed':
    case 'reversed':
      return recorded(answer);
    case 'pending':
    case 'requires_action':
      return [...recorded(answer), ...lookedUp('open')];
    case 'unknown':
    case 'unsupported':
      return lookedUp(answer.status);
    case 'absent': {
      const ageMs = now.getTime() - Date.parse(operation.requestedAt);
      const before = operation.lookups.at(-1)?.found;
      const neverArrived = before === 'absent' && ageMs >= absentAgeMs && !wasSeen(operation.evidence);
      const noted = lookedUp('absent');
      return neverArrived && noted.length > 0
        ? [...noted, ...recorded({ status: 'failed', reason: 'not_received' })]
        : noted;
    }
  }
}

function isDue(operation: Operation, now: Date): boolean {
  const next = nextLookupAt(operation);
  return next !== undefined && Date.parse(next) <= now.getTime();
}

/** An operation that was made without us has no id of ours to ask by. */
async function ask(informant: Informant | undefined, payment: Payment, operation: Operation): Promise<Answer> {
  if (operation.origin === 'provider') return { status: 'unsupported' };
  if (informant === undefined) return { status: 'unknown', detail: 'no client' };
  const { provider } = informant;
  if (!provider.capabilities.includes('lookup')) return { status: 'unsupported' };
  const answer = await provider.lookup(requestOf(payment, operation));
  if (answer.status !== 'absent' || !mayBeElsewhere(informant, operation)) return answer;
  return { status: 'unknown', detail: 'it may be in another account' };
}

/** Whether the operation may have been sent under other credentials than those that the provider is asked with, and to another account. */
function mayBeElsewhere({ accountDoubtedAt }: Informant, { requestedAt }: Operation): boolean {
  if (accountDoubtedAt === undefined) return false;
  return Date.parse(requestedAt) < Date.parse(accountDoubtedAt) + rememberedMs;
}

function requestOf(payment: Payment, operation: Operation): LookupRequest {
  const { id: operationId, kind, amount, requestedAt, evidence } = operation;
  const own = evidence.reference ?? evidence.openReference;
  const ofPayment = kind === 'authorize' ? undefined : authorizationOf(payment).evidence.reference;
  return {
    operationId,
    kind,
    paymentId: payment.id,
    amount: { amount, currency: payment.currency },
    capture: payment.capture,
    requestedAt,
    ...(own === undefined ? {} : { providerReference: own }),
    ...(ofPayment === undefined ? {} : { paymentReference: ofPayment }),
  };
}
