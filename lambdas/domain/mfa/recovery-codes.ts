import * as z from 'zod';

import type { CommandContext, CommandPorts, CommandRefusal } from '../../kernel/command';
import { execute } from '../../kernel/command';
import { fold } from '../../kernel/entity';
import type { Randomness } from '../../kernel/ids';
import { deriveToken } from '../../kernel/ids';
import { err, ok } from '../../kernel/result';
import type { Result } from '../../kernel/result';
import type { Sealer } from '../../kernel/sealing';
import { closed } from './check-code';
import type { CodeRefusal } from './check-code';
import type { RecoveryCounters } from './ports';
import { factorsEntity, factorsStream, hasFactor, recoveryCodesContext } from './second-factors';
import type { FactorsEvent, RecoveryCodes, SecondFactors } from './second-factors';
import { stepUpSession } from './step-up';
import type { Presenter, StepUpPorts, Verified } from './step-up';

/** Ten codes of 120 bits: beyond guessing, so a plain hash of each is enough [NIST SP 800-63B-4, section 3.1.2.2]. */
const codeCount = 10;
const codeBytes = 15;

/** Crockford's base 32: nothing in it is mistaken for anything else. */
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
const characters = (codeBytes * 8) / 5;

export type RecoveryCodesRefusal = { readonly reason: 'no-recovery-codes' } | { readonly reason: 'not-enrolled' };

/** Makes a new set, which takes the place of an earlier one. The codes are in the answer and nowhere else in clear. */
export async function makeRecoveryCodes(
  ports: CommandPorts & { readonly sealer: Sealer },
  user: string,
  context: CommandContext,
): Promise<Result<readonly string[], RecoveryCodesRefusal | CommandRefusal>> {
  const codes = Array.from({ length: codeCount }, () => newCode(ports.randomness));
  const sealed = await ports.sealer.seal(
    JSON.stringify(codes.map((code) => hashOf(user, code))),
    recoveryCodesContext(user),
  );
  const made = await execute<SecondFactors, FactorsEvent, RecoveryCodesRefusal>(
    ports,
    factorsEntity,
    factorsStream(user),
    context,
    // They stand in for a factor; without one they would be one.
    (factors) =>
      hasFactor(factors)
        ? ok([{ type: 'RecoveryCodesMade', data: { sealed, count: codeCount } }])
        : err({ reason: 'not-enrolled' }),
  );
  return made.ok ? ok(codes) : made;
}

/**
 * Verifies a recovery code, once. The attempt is counted before the code is looked at, apart from those of the authenticator app:
 * whoever guesses at one would shut the other. Which of two uses is the first is decided by the stream.
 */
export async function verifyRecoveryCode(
  ports: StepUpPorts & { readonly recoveryCounters: RecoveryCounters; readonly sealer: Sealer },
  presenter: Presenter,
  code: string,
  context: CommandContext,
): Promise<Result<Verified, RecoveryCodesRefusal | CodeRefusal | CommandRefusal>> {
  const verifiedAt = ports.clock.now();
  const { user } = presenter;
  const stream = factorsStream(user);
  const loaded = fold(factorsEntity, await ports.journal.read(stream));
  const codes = loaded.state?.recoveryCodes;
  if (codes === undefined) return err({ reason: 'no-recovery-codes' });
  // A crash after this leaves one attempt counted: the strict side.
  const gate = await ports.recoveryCounters.beginAttempt(user, verifiedAt.getTime());
  if (!gate.allowed) return err(closed(gate));
  const hashes = z
    .array(z.string())
    .parse(JSON.parse(await ports.sealer.open(codes.sealed, recoveryCodesContext(user))));
  const index = hashes.indexOf(hashOf(user, code));

  const used = await execute<SecondFactors, FactorsEvent, CodeRefusal>(
    ports,
    factorsEntity,
    stream,
    context,
    (factors) => {
      const left = leftAfter(factors?.recoveryCodes, codes.sealed, index);
      return left === undefined
        ? err({ reason: 'code-refused' })
        : ok([{ type: 'RecoveryCodeUsed', data: { index, left } }]);
    },
    { loaded },
  );
  if (!used.ok) return used;
  if (used.value.replayed) return err({ reason: 'code-refused' });
  // A crash after this leaves the code used up and nothing gained: the person takes the next one.
  await ports.recoveryCounters.forgive(user);
  return stepUpSession(ports, presenter, 'recovery-code', verifiedAt);
}

/** How many are left once this one is used; undefined when it is none, was used before, or is of another set. */
function leftAfter(codes: RecoveryCodes | undefined, sealed: string, index: number): number | undefined {
  if (codes?.sealed !== sealed || index < 0 || codes.used.includes(index)) return undefined;
  return codes.count - codes.used.length - 1;
}

function newCode(randomness: Randomness): string {
  let rest = BigInt(`0x${Buffer.from(randomness.bytes(codeBytes)).toString('hex')}`);
  let text = '';
  for (let written = 0; written < characters; written += 1) {
    text = alphabet.charAt(Number(rest & 31n)) + text;
    rest >>= 5n;
  }
  return (text.match(/.{6}/g) ?? []).join('-');
}

/** As people may type it: in capitals, with spaces or without hyphens, O for 0, I or L for 1. */
function hashOf(user: string, code: string): string {
  const plain = code.toLowerCase().replace(/[\s-]/g, '').replaceAll('o', '0').replace(/[il]/g, '1');
  return deriveToken(['recovery-code', user, plain]);
}
