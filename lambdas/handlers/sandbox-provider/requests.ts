import * as z from 'zod';

/** What the sandbox's API takes. Unknown fields are refused, as a strict provider would. */

const id = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/);

export const operationId = id;

const amount = { amount: z.int().min(1).max(2_000_000_000_000), currency: z.string().regex(/^[A-Z]{3}$/) };

export const authorizationBody = z.strictObject({
  paymentId: id,
  ...amount,
  token: z.string().min(1).max(128),
  capture: z.enum(['automatic', 'manual']),
  pageBaseUrl: z.url({ protocol: /^https?$/ }).max(500),
});

export const followUpBody = z.strictObject({ paymentId: id, reference: z.string().min(1).max(64), ...amount });

export const dashboardBody = z.strictObject({ paymentId: id, ...amount });

export const payoutBody = z.strictObject({ currency: amount.currency });

export const linesAfter = z.coerce.number().int().min(0).max(1_000);

export const endpointBody = z.strictObject({
  url: z.url({ protocol: /^https?$/ }).max(500),
  secret: z.string().regex(/^whsec_[A-Za-z0-9+/]{32,}={0,2}$/),
});
