import { execute } from '../../kernel/command';
import type { CommandContext, CommandPorts, CommandRefusal, Decision, Executed } from '../../kernel/command';
import { sameMoney } from '../../kernel/money';
import type { Money } from '../../kernel/money';
import { err, ok } from '../../kernel/result';
import type { Result } from '../../kernel/result';
import { redactEvidence } from '../evidence';
import type { GivenEvidence } from '../evidence';
import type { FailureReason, ReferenceReaders } from '../providers/provider';
import { nextLookupAt } from './lookups';
import { countedOperationOf, openOperationsOf } from './operations';
import { differingAmountOf } from './outcome';
import { paymentEntity, paymentStream } from './payment';
import type { Operation, Payment } from './payment';
import type { OutcomeAttested, PaymentEvent } from './payment-events';
import { bearerOf, failedTwinOf } from './references';

/** What a person says became of an operation. `amount` and `providerReference` are what they saw at the provider. */
export type AttestedOutcome =
  | { readonly status: 'succeeded'; readonly providerReference: string; readonly amount: Money }
  | { readonly status: 'failed'; readonly reason: FailureReason };

export interface Resolution {
  readonly operationId: string;
  readonly outcome: AttestedOutcome;
  readonly evidence: GivenEvidence<OutcomeAttested['evidence']['kind']>;
}

export type ResolveRefusal =
  | { readonly reason: 'payment-not-found' }
  | { readonly reason: 'operation-not-found' }
  /** The provider has told, somebody has resolved it, or the payment came to nothing: there is nothing to say any more. */
  | { readonly reason: 'operation-not-open' }
  /** The provider is still asked, ISO 8601. */
  | { readonly reason: 'look-ups-not-exhausted'; readonly nextLookUpAt: string }
  /**
   * The provider did it, in another amount than was asked: that is its word, and no person's word against it closes the operation. Nor
   * does one for it where it names no one amount in the payment's currency.
   */
  | { readonly reason: 'amount-differs' }
  /** The provider did it in another amount than was asked, and not in this one. */
  | { readonly reason: 'reported-amount-differs'; readonly reported: Money }
  /** What was seen is not what was asked for. */
  | { readonly reason: 'attested-amount-differs'; readonly asked: Money }
  /** An operation that was made without us is known by its reference, and it is another one. */
  | { readonly reason: 'attested-reference-differs' }
  /** It is no reference of the provider's for an operation of this kind. `wanted`: its form, for people. */
  | { readonly reason: 'reference-malformed'; readonly wanted: string }
  /** The reference stands for another operation of the payment. */
  | { readonly reason: 'reference-taken'; readonly operationId: string };

/**
 * Closes an operation whose outcome the provider never told, on the word of a person and with evidence; or one that it did in another
 * amount than was asked, where a person accepts that amount. Nothing is sent to the provider.
 * What the provider reports later outweighs it (`attestation.ts`).
 */
export async function resolveOperation(
  ports: CommandPorts & { readonly references: ReferenceReaders },
  context: CommandContext,
  target: { readonly tenant: string; readonly paymentId: string; readonly ifMatch: number | undefined },
  resolution: Resolution,
): Promise<Result<Executed<Payment>, ResolveRefusal | CommandRefusal>> {
  const { tenant, paymentId, ifMatch } = target;
  return execute<Payment, PaymentEvent, ResolveRefusal>(
    ports,
    paymentEntity,
    paymentStream(tenant, paymentId),
    context,
    (payment) => decideResolve(payment, resolution, ports.references),
    ifMatch === undefined ? {} : { ifMatch },
  );
}

export function decideResolve(
  payment: Payment | undefined,
  { operationId, outcome, evidence }: Resolution,
  references: ReferenceReaders,
): Decision<PaymentEvent, ResolveRefusal> {
  if (payment === undefined) return err({ reason: 'payment-not-found' });
  if (countedOperationOf(payment, operationId) === undefined) return err({ reason: 'operation-not-found' });
  const operation = openOperationsOf(payment).find(({ id }) => id === operationId);
  if (operation === undefined) return err({ reason: 'operation-not-open' });
  const reported = differingAmountOf(operation.evidence);
  const isAcceptable = outcome.status === 'succeeded' && reported?.currency === payment.currency;
  if (operation.evidence.mismatched && !isAcceptable) return err({ reason: 'amount-differs' });
  const nextLookUpAt = nextLookupAt(operation);
  if (nextLookUpAt !== undefined) return err({ reason: 'look-ups-not-exhausted', nextLookUpAt });
  const { approvedAt } = operation.evidence;
  const recorded = {
    operationId,
    evidence: redactEvidence(evidence),
    ...(approvedAt === undefined ? {} : { approvedAt }),
  };
  if (outcome.status === 'failed') return ok([{ type: 'OutcomeAttested', data: { ...recorded, outcome } }]);

  const asked = { amount: operation.amount, currency: payment.currency };
  const { amount } = outcome;
  if (reported !== undefined && !sameMoney(amount, reported))
    return err({ reason: 'reported-amount-differs', reported });
  if (reported === undefined && !sameMoney(amount, asked)) return err({ reason: 'attested-amount-differs', asked });
  const reference = referenceOf(
    payment,
    { ...operation, amount: amount.amount },
    outcome.providerReference,
    references,
  );
  if (!reference.ok) return reference;
  const data = { ...recorded, outcome: { status: 'succeeded' as const, reference: reference.value, ...amount } };
  return ok([{ type: 'OutcomeAttested', data }]);
}

/** What a person typed, as the provider's own reports have it, where it can be that of this operation. */
function referenceOf(
  payment: Payment,
  operation: Operation,
  typed: string,
  references: ReferenceReaders,
): Result<string, ResolveRefusal> {
  const { kind, origin, evidence, amount } = operation;
  const known = evidence.reference ?? (origin === 'provider' ? evidence.openReference : undefined);
  const read = typed === known ? ok(typed) : references[payment.provider](kind, typed);
  if (!read.ok) return err({ reason: 'reference-malformed', wanted: read.error.wanted });
  if (known !== undefined && read.value !== known) return err({ reason: 'attested-reference-differs' });
  const movement = { operation, reference: read.value, amount, at: undefined };
  const other = bearerOf(payment, movement) ?? failedTwinOf(payment, movement);
  return other === undefined ? read : err({ reason: 'reference-taken', operationId: other.id });
}
