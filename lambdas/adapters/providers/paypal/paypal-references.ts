import type { ReadReference } from '../../../domain/providers/provider';
import { err, ok } from '../../../kernel/result';

/** Authorizations, captures and refunds are transactions of PayPal's, of seventeen capital letters and digits [PayPal: transaction id]. */
export const readPaypalReference: ReadReference = (_kind, text) => {
  const reference = text.toUpperCase();
  return /^[A-Z0-9]{17}$/.test(reference)
    ? ok(reference)
    : err({ wanted: "PayPal's transaction id, 17 letters and digits" });
};
