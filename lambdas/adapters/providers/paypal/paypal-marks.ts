/** Ids of ours that travel in PayPal's `custom_id` and `invoice_id` (127 characters each), and come back in its answers and webhooks. */
export interface Mark {
  readonly paymentId: string;
  readonly operationId: string;
  readonly kind: MarkedKind;
}

export type MarkedKind = 'authorize' | 'capture' | 'refund';

/**
 * The kind is named for captures and refunds, since PayPal lets what is made in its dashboard inherit the ids of what it is made
 * from: a refund that carries the mark of an authorization or a capture was not asked for by us.
 */
export function markOf({ paymentId, operationId, kind }: Mark): string {
  return kind === 'authorize' ? `${paymentId}.${operationId}` : `${paymentId}.${operationId}.${kind}`;
}

/** Undefined for whatever we have not written: ids of another system that sells through the same account. */
export function readMark(value: unknown): Mark | undefined {
  if (typeof value !== 'string') return undefined;
  const [, paymentId, operationId, kind] =
    /^(pay_[a-z0-9]{1,40})\.(op_[a-z0-9]{1,40})(?:\.(capture|refund))?$/.exec(value) ?? [];
  if (paymentId === undefined || operationId === undefined) return undefined;
  return { paymentId, operationId, kind: kind === 'capture' || kind === 'refund' ? kind : 'authorize' };
}
