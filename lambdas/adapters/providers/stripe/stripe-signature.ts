import { createHmac, timingSafeEqual } from 'node:crypto';

import type { RawDelivery, WebhookRefusal } from '../../../domain/providers/provider';
import { err, ok } from '../../../kernel/result';
import type { Result } from '../../../kernel/result';

/** Either way from now [Stripe: five minutes]. */
const toleranceMs = 300_000;

const leastSecretBytes = 24;

/** More than ever stand there: one for each secret while a rotation overlaps. */
const maxSignatures = 10;

/**
 * Verifies `Stripe-Signature: t=<seconds>,v1=<hex>,…`: HMAC-SHA256 over `<t>.<body>`, keyed with the endpoint's secret as it is
 * written, its prefix included [Stripe: verify webhook signatures manually].
 *
 * It works on the raw bytes. (The official client turns them into text first, which maps different broken UTF-8 to the same text,
 * reads `t=12ab`, takes the last of several `t`, and by itself refuses only what is old; decision 0062.)
 */
export function verifyStripeSignature(
  { headers, body }: RawDelivery,
  secrets: readonly string[],
  nowMs: number,
): Result<void, WebhookRefusal> {
  const header = headers['stripe-signature'];
  if (header === undefined) return err('signature-missing');
  const parts = header.split(',').map((part) => part.trim());
  const timestamps = parts.filter((part) => part.startsWith('t='));
  const given = parts.filter((part) => part.startsWith('v1=')).slice(0, maxSignatures);
  const [timestamp] = timestamps.map((part) => part.slice(2));
  if (timestamp === undefined || given.length === 0) return err('signature-missing');
  if (timestamps.length > 1 || !/^\d{10,11}$/.test(timestamp)) return err('signature-wrong');

  const expected = secrets.map((secret) => `v1=${signatureOf(secret, timestamp, body)}`);
  // Every pair is compared, so that the time taken tells nothing of which secret or signature matched.
  const matches = given.flatMap((each) => expected.map((signature) => sameText(each, signature)));
  if (!matches.includes(true)) return err('signature-wrong');
  if (Math.abs(nowMs - Number(timestamp) * 1000) > toleranceMs) return err('timestamp-outside-tolerance');
  return ok(undefined);
}

/** The header's value for a body sent at this time. */
export function stripeSignature(secret: string, at: Date, body: Uint8Array): string {
  const timestamp = String(Math.floor(at.getTime() / 1000));
  return `t=${timestamp},v1=${signatureOf(secret, timestamp, body)}`;
}

/** Throws on a secret that is too short to protect anything: it must never have been stored. */
function signatureOf(secret: string, timestamp: string, body: Uint8Array): string {
  if (Buffer.byteLength(secret.replace(/^whsec_/, '')) < leastSecretBytes) {
    throw new Error('a webhook secret has fewer than 24 bytes');
  }
  return createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest('hex');
}

/** Texts are compared and not decoded bytes: hex has several spellings of the same bytes, and only one is right. */
function sameText(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}
