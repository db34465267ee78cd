import { createHmac, timingSafeEqual } from 'node:crypto';

import { fieldsOf, MalformedData } from '../../reading';
import type { Fields } from '../../reading';

/** What Adyen signs of a notification item, as it is signed. Nothing else of an item may be believed. */
export interface SignedItem {
  readonly pspReference: string;
  readonly originalReference: string;
  readonly merchantAccountCode: string;
  readonly merchantReference: string;
  readonly value: string;
  readonly currency: string;
  readonly eventCode: string;
  readonly success: string;
}

export type SignatureVerdict = 'genuine' | 'signature-missing' | 'signature-wrong';

const leastKeyBytes = 24;

/**
 * The keys of secrets in hex [Adyen: verify HMAC signatures]. One that is none, or is too short to protect anything, opens nothing:
 * decoded carelessly it would be an empty key, which anybody has.
 */
export function hmacKeysOf(secrets: readonly string[]): readonly Buffer[] {
  return secrets.filter((secret) => isHmacKey(secret)).map((secret) => Buffer.from(secret, 'hex'));
}

export function isHmacKey(secret: string): boolean {
  return /^(?:[0-9A-Fa-f]{2})+$/.test(secret) && secret.length >= 2 * leastKeyBytes;
}

/** Base64 of HMAC-SHA256 over the eight fields with `:` between them; empty where there is none [Adyen: verify HMAC signatures]. */
export function signatureOf(item: SignedItem, key: Buffer): string {
  return createHmac('sha256', key).update(signedTextOf(item), 'utf8').digest('base64');
}

export function signedTextOf(item: SignedItem): string {
  const { pspReference, originalReference, merchantAccountCode, merchantReference } = item;
  const { value, currency, eventCode, success } = item;
  return [
    pspReference,
    originalReference,
    merchantAccountCode,
    merchantReference,
    value,
    currency,
    eventCode,
    success,
  ].join(':');
}

/**
 * Checks one item. Adyen escapes nothing in what it signs, so that a colon could be moved from one field into the next under the
 * same signature: only the merchant reference may hold any, which leaves one way of reading the signed text.
 */
export function verifyItem(item: Fields, keys: readonly Buffer[]): SignatureVerdict {
  const given = signatureGiven(item);
  if (given === undefined) return 'signature-missing';
  const signed = readSigned(item);
  const { merchantReference: _free, ...rest } = signed;
  if (Object.values(rest).some((text) => text.includes(':'))) return 'signature-wrong';
  // Every key is tried, so that the time taken does not tell which one matched.
  const matches = keys.map((key) => sameText(given, signatureOf(signed, key)));
  return matches.includes(true) ? 'genuine' : 'signature-wrong';
}

/** Throws MalformedData where a signed field has a form in which Adyen does not write it. */
export function readSigned(item: Fields): SignedItem {
  const amount = item.amount === undefined || item.amount === null ? {} : fieldsOf(item.amount, 'amount');
  return {
    pspReference: textOrNone(item, 'pspReference'),
    originalReference: textOrNone(item, 'originalReference'),
    merchantAccountCode: textOrNone(item, 'merchantAccountCode'),
    merchantReference: textOrNone(item, 'merchantReference'),
    value: wholeNumberOrNone(amount, 'value'),
    currency: textOrNone(amount, 'currency'),
    eventCode: textOrNone(item, 'eventCode'),
    success: typeof item.success === 'boolean' ? String(item.success) : textOrNone(item, 'success'),
  };
}

function signatureGiven(item: Fields): string | undefined {
  const { additionalData } = item;
  if (additionalData === undefined || additionalData === null) return undefined;
  const { hmacSignature } = fieldsOf(additionalData, 'additionalData');
  return typeof hmacSignature === 'string' ? hmacSignature : undefined;
}

function textOrNone(fields: Fields, name: string): string {
  const value = fields[name];
  if (value === undefined || value === null) return '';
  if (typeof value !== 'string') throw new MalformedData(`${name} is no text`);
  return value;
}

function wholeNumberOrNone(fields: Fields, name: string): string {
  const value = fields[name];
  if (value === undefined || value === null) return '';
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw new MalformedData(`${name} is no integer`);
  return String(value);
}

/** Texts are compared and not decoded bytes: base64 has several spellings of the same bytes, and only one is right. */
function sameText(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}
