import type { Choices } from '../choices';
import type { Connected } from '../cast';
import { cast } from '../cast';

/** What people and programs want in a history, before anything goes wrong. */
export interface PlannedPayment {
  readonly index: number;
  readonly by: Connected;
  readonly amount: number;
  readonly currency: string;
  readonly token: string;
  readonly capture: 'automatic' | 'manual';
}

export interface PlannedCommand {
  /** Its place in the plan: what a replay names it by. */
  readonly index: number;
  readonly payment: PlannedPayment;
  readonly kind: 'create' | 'capture' | 'cancel' | 'refund' | 'customer' | 'dashboard';
  /** From the beginning; follow-ups also wait for the creation, unless they are `early`. */
  readonly afterMs: number;
  readonly early: boolean;
  /** Undefined: all that is left. */
  readonly amount: number | undefined;
  /** How many programs send it at once, under one key. */
  readonly twins: number;
}

const tokens = [
  'tok_success',
  'tok_success',
  'tok_success',
  'tok_success',
  'tok_timeout_after_effect',
  'tok_timeout_before_effect',
  'tok_declined',
  'tok_requires_action',
  'tok_duplicate_webhook',
  'tok_late_webhook',
  'tok_out_of_order_webhooks',
  'tok_wrong_amount',
  'tok_disputed',
  'tok_dispute_won',
  'tok_dispute_lost',
  'tok_dispute_reopened',
  'tok_inquiry_disputed',
  'tok_settled',
  'tok_authorization_expires',
  'tok_capture_declined',
  'tok_capture_pending',
  'tok_refund_declined',
  'tok_refund_timeout',
  'tok_refund_timeout',
  'tok_refund_reversed',
] as const;

/** Currencies with no, two and three decimals: amounts are minor units throughout. */
const currencies = ['USD', 'EUR', 'JPY', 'KWD'] as const;

export function planOf(choices: Choices): readonly PlannedCommand[] {
  const commands: PlannedCommand[] = [];
  const add = (command: Omit<PlannedCommand, 'index'>): void =>
    void commands.push({ ...command, index: commands.length });
  const count = choices.integer(1, 3, 'payments');
  for (let index = 0; index < count; index += 1) {
    // Every third is a rush: several refunds at the same moment, of which not all can have room.
    const isRush = choices.chance(0.33, 'rush', index);
    const payment: PlannedPayment = {
      index,
      by: choices.pick(cast, 'by', index),
      amount: choices.pick([1, 100, 1_099, 5_000], 'amount', index),
      currency: choices.pick(currencies, 'currency', index),
      token: isRush
        ? choices.pick(['tok_success', 'tok_refund_timeout'], 'token', index)
        : choices.pick(tokens, 'token', index),
      capture: isRush ? 'automatic' : choices.pick(['automatic', 'manual'], 'capture', index),
    };
    const startMs = choices.integer(0, 5_000, 'start', index);
    const twinsOf = (of: string): number => (choices.chance(0.25, 'twins', index, of) ? 2 : 1);
    add({ payment, kind: 'create', afterMs: startMs, early: true, amount: payment.amount, twins: twinsOf('create') });
    if (payment.token === 'tok_requires_action') {
      if (choices.chance(0.7, 'customer', index)) {
        add({
          payment,
          kind: 'customer',
          afterMs: startMs + choices.integer(0, 120_000, 'customer-at', index),
          early: false,
          amount: undefined,
          twins: 1,
        });
      }
    }
    if (isRush) {
      const refunds = choices.integer(2, 4, 'refunds', index);
      for (let each = 0; each < refunds; each += 1) {
        const amount = Math.max(1, Math.round(payment.amount * 0.6));
        const afterMs = startMs + 1_000 + choices.integer(0, 20, 'rush-at', index, each);
        add({ payment, kind: 'refund', afterMs, early: false, amount, twins: twinsOf(`rush-${String(each)}`) });
      }
    }
    const followUps = choices.integer(0, isRush ? 1 : 5, 'follow-ups', index);
    for (let each = 0; each < followUps; each += 1) {
      const kinds = ['capture', 'refund', 'refund', 'refund', 'cancel', 'dashboard'] as const;
      const first = payment.capture === 'manual' && each === 0;
      const share = choices.pick([1, 0.6, 0.6, 0.5, 0.4, 0.25], 'share', index, each);
      add({
        payment,
        kind: first ? 'capture' : choices.pick(kinds, 'kind', index, each),
        afterMs:
          startMs +
          choices.integer(0, choices.pick([50, 3_000, 30_000], 'spread', index), 'at', index, each) +
          (first ? 0 : 500),
        early: choices.chance(0.1, 'early', index, each),
        amount: choices.chance(0.3, 'whole', index, each) ? undefined : Math.max(1, Math.round(payment.amount * share)),
        twins: twinsOf(String(each)),
      });
    }
  }
  return commands;
}
