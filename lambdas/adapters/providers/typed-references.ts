import type { ReferenceReaders } from '../../domain/providers/provider';
import { readAdyenReference } from './adyen/adyen-references';
import { readPaypalReference } from './paypal/paypal-references';
import { readSandboxReference } from './sandbox/sandbox-references';
import { readStripeReference } from './stripe/stripe-references';

/** How each provider's references are read from what a person copied. */
export const referenceReaders: ReferenceReaders = {
  sandbox: readSandboxReference,
  stripe: readStripeReference,
  adyen: readAdyenReference,
  paypal: readPaypalReference,
};
