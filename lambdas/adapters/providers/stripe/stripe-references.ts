import type { ReadReference } from '../../../domain/providers/provider';
import { err, ok } from '../../../kernel/result';

/**
 * What our references of Stripe's are, by kind (`stripe-outcomes.ts`): of an authorization and of its cancellation the PaymentIntent, of a
 * capture its charge, of a refund the refund. `py_` and `pyr_` are charges and refunds of means other than cards.
 */
const forms = {
  authorize: { prefixes: ['pi'], wanted: 'the id of the PaymentIntent, pi_…' },
  cancel: { prefixes: ['pi'], wanted: 'the id of the PaymentIntent, pi_…' },
  capture: { prefixes: ['ch', 'py'], wanted: 'the id of the charge, ch_… or py_…' },
  refund: { prefixes: ['re', 'pyr'], wanted: 'the id of the refund, re_… or pyr_…' },
} as const;

export const readStripeReference: ReadReference = (kind, text) => {
  const { prefixes, wanted } = forms[kind];
  const [, prefix] = /^([a-z]{2,3})_[A-Za-z0-9]{1,120}$/.exec(text) ?? [];
  return prefixes.some((each) => each === prefix) ? ok(text) : err({ wanted });
};
