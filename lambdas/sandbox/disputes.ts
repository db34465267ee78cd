import type { DisputeStatus, PaymentRecord } from './books';
import { behaviourOf } from './tokens';

/** Seconds between a capture and the first step of its dispute, and between its steps. */
const stepSeconds = 2;

export interface DisputeStep {
  readonly status: DisputeStatus;
  /** Rises when a decided dispute is opened again. */
  readonly stage: number;
  readonly occurredAt: string;
  readonly delaySeconds: number;
}

/** How the customer disputes a payment that is captured now: the payment's token says so. */
export function disputeStepsOf({ token }: Pick<PaymentRecord, 'token'>, now: Date): readonly DisputeStep[] {
  let stage = 0;
  return (behaviourOf(token).dispute ?? []).map((status, index) => {
    if (status === 'opened') stage += 1;
    const delaySeconds = stepSeconds * (index + 1);
    const occurredAt = new Date(now.getTime() + (delaySeconds - 1) * 1_000).toISOString();
    return { status, stage, occurredAt, delaySeconds };
  });
}
