import { ScureBase32Plugin, generateURI, verify } from 'otplib';

import type { Randomness } from '../../kernel/ids';

/** TOTP as every authenticator app has it [RFC 6238]: SHA-1, six digits, steps of 30 s from the Unix epoch. */
const algorithm = 'sha1';
const digits = 6;
const periodSeconds = 30;

/** 160 bits, the length of the hash [RFC 4226 section 4, R6]. */
const secretBytes = 20;

/** A new secret in base 32, as it is shown and sealed. */
export function newTotpSecret(randomness: Randomness): string {
  return new ScureBase32Plugin().encode(randomness.bytes(secretBytes));
}

/** The key URI that an authenticator app reads. `account` is shown in the app. */
export function totpUri(secret: string, account: string): string {
  return generateURI({ issuer: 'Countinghouse', label: account, secret, algorithm, digits, period: periodSeconds });
}

/**
 * The step whose code this is: the current one, or the one before for a clock that is late or a code typed slowly; never a later
 * one. Undefined when it is the code of neither.
 */
export async function stepOfCode(secret: string, code: string, now: Date): Promise<number | undefined> {
  const result = await verify({
    secret,
    token: code,
    algorithm,
    digits,
    period: periodSeconds,
    epoch: Math.floor(now.getTime() / 1000),
    epochTolerance: [periodSeconds, 0],
  });
  return result.valid && 'timeStep' in result ? result.timeStep : undefined;
}
