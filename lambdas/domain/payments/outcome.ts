import { sameMoney } from '../../kernel/money';
import type { Money } from '../../kernel/money';
import { failureReasons } from '../providers/provider';
import type { FailureReason, OperationOutcome } from '../providers/provider';
import type { RecordedOutcome } from './payment-events';

export type OperationStatus = 'pending' | 'succeeded' | 'failed' | 'unknown' | 'requires_action';

/**
 * All that was ever reported of one operation, as a set: reports may come in any order and any number of times, and the
 * same reports always leave the same evidence. Where two reports name different values, the smaller one is kept, so that
 * the choice does not depend on which came first.
 */
export interface Evidence {
  /** Reported as done, with the amount that was asked for. */
  readonly succeeded: boolean;
  /** Reported as done, with another amount or currency. */
  readonly mismatched: boolean;
  /** Those other amounts: the first and the last of them in one order, which are the same where there is one. */
  readonly others: { readonly first: Money; readonly last: Money } | undefined;
  readonly failure: FailureReason | undefined;
  /** Reported as undone after it had succeeded. */
  readonly reversed: boolean;
  /** The provider has accepted it, and told no result yet. */
  readonly accepted: boolean;
  /** When the customer approved, ISO 8601 by the provider's clock: the provider waits for us. */
  readonly approvedAt: string | undefined;
  readonly redirectUrl: string | undefined;
  /** The provider gave no usable answer. */
  readonly unknown: boolean;
  readonly reference: string | undefined;
  /** The provider's reference while the outcome is open: it may be another one than that of the result. */
  readonly openReference: string | undefined;
  /** Two reports named two references of the provider: they cannot be about one operation. */
  readonly ambiguous: boolean;
}

export const noEvidence: Evidence = {
  succeeded: false,
  mismatched: false,
  others: undefined,
  failure: undefined,
  reversed: false,
  accepted: false,
  approvedAt: undefined,
  redirectUrl: undefined,
  unknown: false,
  reference: undefined,
  openReference: undefined,
  ambiguous: false,
};

/** Adds a report. Commutative, associative and idempotent. `asked` is what the operation was requested for. */
export function withReport(evidence: Evidence, outcome: RecordedOutcome, asked: Money): Evidence {
  return settled(merge(evidence, outcome, asked));
}

/** Adds the news that the customer has approved. Commutes with all reports. */
export function withApproval(evidence: Evidence, reference: string, approvedAt: string): Evidence {
  return settled({
    ...evidence,
    approvedAt: smaller(evidence.approvedAt, approvedAt),
    openReference: smaller(evidence.openReference, reference),
  });
}

/** What was still open before the decision is of no interest after it, whichever of the two was heard first. */
function settled(evidence: Evidence): Evidence {
  const isDecided = evidence.succeeded || evidence.failure !== undefined;
  if (!isDecided) return evidence;
  const { redirectUrl, openReference, accepted, approvedAt, unknown } = noEvidence;
  return { ...evidence, redirectUrl, openReference, accepted, approvedAt, unknown };
}

function merge(evidence: Evidence, outcome: RecordedOutcome, asked: Money): Evidence {
  switch (outcome.status) {
    case 'succeeded': {
      const matches = outcome.amount === asked.amount && outcome.currency === asked.currency;
      return {
        ...withReference(evidence, outcome.reference),
        succeeded: evidence.succeeded || matches,
        mismatched: evidence.mismatched || !matches,
        others: matches ? evidence.others : withOther(evidence.others, outcome),
      };
    }
    case 'failed':
      return { ...withReference(evidence, outcome.reference), failure: firstReason(evidence.failure, outcome.reason) };
    case 'reversed':
      return {
        ...withReference(evidence, outcome.reference),
        reversed: true,
        failure: firstReason(evidence.failure, outcome.reason),
      };
    case 'requires_action':
      return {
        ...evidence,
        openReference: smaller(evidence.openReference, outcome.reference),
        redirectUrl: smaller(evidence.redirectUrl, outcome.redirectUrl),
      };
    case 'pending':
      return { ...evidence, accepted: true, openReference: smaller(evidence.openReference, outcome.reference) };
    case 'unknown':
      return { ...evidence, unknown: true };
  }
}

/**
 * What the evidence comes to. A success outweighs a failure, unless it is reported as undone: where money may have moved, it is
 * taken to have moved. An amount that differs from what was asked settles nothing: the operation stays open until a person has looked.
 */
export function statusOf(evidence: Evidence): OperationStatus {
  if (evidence.reversed) return 'failed';
  if (evidence.succeeded) return 'succeeded';
  if (evidence.mismatched) return 'unknown';
  if (evidence.failure !== undefined) return 'failed';
  if (evidence.approvedAt !== undefined || evidence.accepted) return 'pending';
  if (evidence.redirectUrl !== undefined) return 'requires_action';
  return evidence.unknown ? 'unknown' : 'pending';
}

/**
 * The amount in which the provider says that it did what was asked for in another: undefined where it names none, several, or two
 * operations.
 */
export function differingAmountOf({ succeeded, mismatched, others, ambiguous }: Evidence): Money | undefined {
  if (succeeded || !mismatched || ambiguous || others === undefined) return undefined;
  return sameMoney(others.first, others.last) ? others.first : undefined;
}

/** Whether the reports contradict what was asked, or one another. */
export function isContradictory(evidence: Evidence): boolean {
  const isUndecided = evidence.succeeded && evidence.failure !== undefined && !evidence.reversed;
  return evidence.mismatched || evidence.ambiguous || isUndecided;
}

/** The provider's answer in the form that the journal keeps. Details are cut: they are for people, not for deciding. */
export function toRecorded(outcome: OperationOutcome): RecordedOutcome {
  switch (outcome.status) {
    case 'succeeded':
      return {
        status: 'succeeded',
        reference: outcome.providerReference,
        amount: outcome.amount.amount,
        currency: outcome.amount.currency,
      };
    case 'failed':
    case 'reversed':
      return {
        status: outcome.status,
        reason: outcome.reason,
        ...(outcome.providerReference === undefined ? {} : { reference: outcome.providerReference }),
      };
    case 'pending':
      return { status: 'pending', reference: outcome.providerReference };
    case 'requires_action':
      return { status: 'requires_action', reference: outcome.providerReference, redirectUrl: outcome.redirectUrl };
    case 'unknown':
      return { status: 'unknown', detail: outcome.detail.slice(0, 60) };
  }
}

function withOther(others: Evidence['others'], { amount, currency }: Money): Evidence['others'] {
  const each = [...(others === undefined ? [] : [others.first, others.last]), { amount, currency }].sort((a, b) =>
    a.currency === b.currency ? a.amount - b.amount : a.currency < b.currency ? -1 : 1,
  );
  const [first, last] = [each[0], each.at(-1)];
  return first === undefined || last === undefined ? undefined : { first, last };
}

function withReference(evidence: Evidence, reference: string | undefined): Evidence {
  if (reference === undefined || evidence.reference === reference) return evidence;
  return {
    ...evidence,
    reference: smaller(evidence.reference, reference),
    ambiguous: evidence.ambiguous || evidence.reference !== undefined,
  };
}

function smaller(a: string | undefined, b: string): string {
  return a === undefined || b < a ? b : a;
}

function firstReason(a: FailureReason | undefined, b: FailureReason): FailureReason {
  return a === undefined || failureReasons.indexOf(b) < failureReasons.indexOf(a) ? b : a;
}
