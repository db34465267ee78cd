import { createVerify } from 'node:crypto';
import { crc32 } from 'node:zlib';

import type { RawDelivery, WebhookRefusal } from '../../../domain/providers/provider';
import { err, ok } from '../../../kernel/result';
import type { Result } from '../../../kernel/result';
import type { CertificateRefusal, Certificates } from './paypal-certificates';

/** Either way from now. */
const toleranceMs = 300_000;

/** A delivery that PayPal has signed: the id of the transmission is among what it signed. */
export interface Transmission {
  readonly transmissionId: string;
}

/**
 * Verifies PayPal's signature: RSA with SHA-256 over `transmission id|transmission time|webhook id|CRC-32 of the body` [PayPal: integrate
 * webhooks, self verification]. It works on the raw bytes. `webhookIds` are the ids that the merchant's webhook may have: the signature
 * is bound to one of them.
 *
 * CRC-32 is no cryptographic hash: whoever has seen one genuine delivery can make another body that fits its signature. What is made
 * good for that is decided in `paypal-webhook-reader.ts` and decision 0064.
 */
export async function verifyTransmission(
  certificates: Certificates,
  { headers, body }: RawDelivery,
  webhookIds: readonly string[],
  { nowMs, mayFetch }: { readonly nowMs: number; readonly mayFetch: () => boolean },
): Promise<Result<Transmission, WebhookRefusal>> {
  const id = headers['paypal-transmission-id'];
  const time = headers['paypal-transmission-time'];
  const signature = headers['paypal-transmission-sig'];
  const certificateUrl = headers['paypal-cert-url'];
  const algorithm = headers['paypal-auth-algo'];
  if (
    id === undefined ||
    time === undefined ||
    signature === undefined ||
    certificateUrl === undefined ||
    algorithm === undefined
  ) {
    return err('signature-missing');
  }
  // A separator in a field could move bytes between the fields without changing what is signed.
  if (!/^[A-Za-z0-9-]{1,50}$/.test(id) || algorithm !== 'SHA256withRSA') return err('signature-wrong');
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/.test(time)) return err('signature-wrong');
  const bytes = bytesOf(signature);
  if (bytes === undefined) return err('signature-wrong');

  const key = await certificates.keyAt(certificateUrl, nowMs, mayFetch);
  if (!key.ok) return err(refusals[key.error]);
  const matches = webhookIds
    // The simulator signs for a webhook named WEBHOOK_ID, for whoever asks it to: that is the name of nobody's webhook.
    .filter((webhookId) => /^[A-Za-z0-9]{1,50}$/.test(webhookId))
    .map((webhookId) =>
      createVerify('RSA-SHA256')
        .update(`${id}|${time}|${webhookId}|${String(crc32(body))}`)
        .verify(key.value, bytes),
    );
  if (!matches.includes(true)) return err('signature-wrong');
  if (!(Math.abs(nowMs - Date.parse(time)) <= toleranceMs)) return err('timestamp-outside-tolerance');
  return ok({ transmissionId: id });
}

const refusals = {
  refused: 'signature-wrong',
  unavailable: 'verification-unavailable',
  'not-at-hand': 'unverifiable',
} as const satisfies Record<CertificateRefusal, WebhookRefusal>;

/** Base64 has several spellings of the same bytes, and only one is right. */
function bytesOf(base64: string): Buffer | undefined {
  const bytes = Buffer.from(base64, 'base64');
  return base64.length <= 1024 && bytes.length > 0 && bytes.toString('base64') === base64 ? bytes : undefined;
}
