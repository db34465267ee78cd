import { createHash, randomBytes } from 'node:crypto';

import type { Clock } from './clock';

/** Where randomness comes from: `bytes(n)` gives n bytes fit for secrets. */
export interface Randomness {
  bytes(count: number): Uint8Array;
}

export const systemRandomness: Randomness = { bytes: (count) => randomBytes(count) };

/** Crockford's base 32 [https://www.crockford.com/base32.html], lower case: no i, l, o, u. */
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';

const idLength = 20;

/** The prefixes of public ids: a reader, a log search and a URL can tell what an id names. */
export const idPrefixes = {
  tenant: 'ten',
  invitation: 'inv',
  connection: 'con',
  payment: 'pay',
  operation: 'op',
  webhookEvent: 'whe',
  webhookRedrive: 'whr',
  apiKey: 'key',
  passkey: 'psk',
  settlement: 'set',
} as const;

export type IdKind = keyof typeof idPrefixes;

function encode(bytes: Uint8Array, length: number): string {
  let text = '';
  let buffer = 0;
  let bits = 0;
  for (const byte of bytes) {
    buffer = (buffer << 8) | byte;
    bits += 8;
    while (bits >= 5 && text.length < length) {
      bits -= 5;
      text += alphabet.charAt((buffer >> bits) & 31);
    }
    buffer &= (1 << bits) - 1;
  }
  return text;
}

/** A new id of 100 random bits, e.g. `pay_0123456789abcdefghjk`. All ids of a kind have one length, so none is a prefix of another. */
export function newId(kind: IdKind, randomness: Randomness): string {
  return `${idPrefixes[kind]}_${encode(randomness.bytes(13), idLength)}`;
}

/**
 * The same id for the same parts, always: 100 bits of SHA-256 over the parts, each length-prefixed so that no two lists of
 * parts collide. An entity created under an Idempotency-Key is named this way, so a replay finds it without an index.
 */
export function deriveId(kind: IdKind, parts: readonly string[]): string {
  return `${idPrefixes[kind]}_${encode(digest([kind, ...parts]), idLength)}`;
}

/** 130 bits of SHA-256 over length-prefixed parts, as 26 base-32 characters: for keys and fingerprints inside commits. */
export function deriveToken(parts: readonly string[]): string {
  return encode(digest(parts), 26);
}

/** Whether the text has the exact form of an id of this kind. */
export function isId(kind: IdKind, text: string): boolean {
  return new RegExp(`^${idPrefixes[kind]}_[${alphabet}]{${String(idLength)}}$`).test(text);
}

/** The source of an OpenAPI/zod pattern for ids of this kind. */
export function idPattern(kind: IdKind): RegExp {
  return new RegExp(`^${idPrefixes[kind]}_[${alphabet}]{${String(idLength)}}$`);
}

function digest(parts: readonly string[]): Uint8Array {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${String(Buffer.byteLength(part))}:${part}`);
  return hash.digest();
}

/** Makes ids that sort by time, one a commit or observation: a ULID [https://github.com/ulid/spec], 26 characters. */
export interface CommitIds {
  next(): string;
}

/**
 * ULIDs from a clock: 48 bits of milliseconds, then 80 random bits. Within one process and millisecond the random part is
 * incremented, so the ids of one process always rise.
 */
export function newCommitIds(clock: Clock, randomness: Randomness): CommitIds {
  let lastMs = -1;
  let lastRandom = 0n;
  const limit = 1n << 80n;
  return {
    next: () => {
      const nowMs = Math.max(clock.now().getTime(), lastMs);
      if (nowMs === lastMs) lastRandom = (lastRandom + 1n) % limit;
      else lastRandom = BigInt(`0x${Buffer.from(randomness.bytes(10)).toString('hex')}`);
      lastMs = nowMs;
      return crockford(BigInt(nowMs), 10) + crockford(lastRandom, 16);
    },
  };
}

function crockford(value: bigint, length: number): string {
  let text = '';
  let rest = value;
  for (let index = 0; index < length; index += 1) {
    text = alphabet.charAt(Number(rest & 31n)) + text;
    rest >>= 5n;
  }
  return text.toUpperCase();
}
