import { createHmac, timingSafeEqual } from 'node:crypto';

import type { RawDelivery, WebhookRefusal } from '../../domain/providers/provider';
import { err, ok } from '../../kernel/result';
import type { Result } from '../../kernel/result';

/** Either way from now [Standard Webhooks: five minutes]. */
const toleranceMs = 300_000;

const leastSecretBytes = 24;

/**
 * Verifies a delivery signed by the symmetric scheme of Standard Webhooks: HMAC-SHA256 over `id.timestamp.body`, base64, behind
 * `v1,`; several signatures may stand in the header, and several secrets may be valid.
 *
 * It works on the raw bytes. (The published library turns them into text first, which maps different broken UTF-8 to the same
 * text, and reads timestamps like `12ab`; see decision 0021.)
 */
export function verifyStandardWebhook(
  { headers, body }: RawDelivery,
  secrets: readonly string[],
  nowMs: number,
): Result<void, WebhookRefusal> {
  const id = headers['webhook-id'];
  const timestamp = headers['webhook-timestamp'];
  const signatures = headers['webhook-signature'];
  if (id === undefined || timestamp === undefined || signatures === undefined) return err('signature-missing');
  // An id with a dot could move bytes between id, timestamp and body without changing what is signed.
  if (!/^[A-Za-z0-9_-]{1,128}$/.test(id) || !/^\d{10,11}$/.test(timestamp)) return err('signature-wrong');

  const given = signatures.split(' ').slice(0, 10);
  const expected = secrets.map((secret) => signatureOf(keyOf(secret), `${id}.${timestamp}.`, body));
  // Every pair is compared, so that the time taken tells nothing of which secret or signature matched.
  const matches = given.flatMap((each) => expected.map((signature) => sameText(each, signature)));
  if (!matches.includes(true)) return err('signature-wrong');
  if (Math.abs(nowMs - Number(timestamp) * 1000) > toleranceMs) return err('timestamp-outside-tolerance');
  return ok(undefined);
}

/** Signs a body of ours by the same scheme, for a delivery that shall be believed. */
export function signStandardWebhook(id: string, body: Uint8Array, secret: string, now: Date): RawDelivery {
  const timestamp = String(Math.floor(now.getTime() / 1000));
  return {
    headers: {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      'webhook-signature': signatureOf(keyOf(secret), `${id}.${timestamp}.`, body),
    },
    body,
  };
}

function signatureOf(key: Buffer, head: string, body: Uint8Array): string {
  return `v1,${createHmac('sha256', key).update(head).update(body).digest('base64')}`;
}

/** Texts are compared and not decoded bytes: base64 has several spellings of the same bytes, and only one is right. */
function sameText(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}

/** Throws on a secret that is too short to protect anything: it must never have been stored. */
function keyOf(secret: string): Buffer {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  if (key.length < leastSecretBytes) throw new Error('a webhook secret has fewer than 24 bytes');
  return key;
}
