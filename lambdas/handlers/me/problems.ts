import type { AdditionRefusal, CodeRefusal, PasskeyRefusal } from '../../domain/mfa';
import type { RecoveryCodesRefusal, RemovalRefusal, TotpRefusal } from '../../domain/mfa';
import type { CommandRefusal } from '../../kernel/command';
import type { Problem } from '../../middleware/problem';
import { commandProblem, isCommandRefusal } from '../../middleware/refusals';

export type MfaRefusal =
  TotpRefusal | CodeRefusal | AdditionRefusal | RecoveryCodesRefusal | RemovalRefusal | PasskeyRefusal | CommandRefusal;

/** What the person is told. A code or passkey that was refused is told without the reason. */
export function problemOf(refusal: Exclude<MfaRefusal, AdditionRefusal>): Problem {
  if (isCommandRefusal(refusal)) return commandProblem(refusal);
  switch (refusal.reason) {
    case 'not-enrolled':
      return { slug: 'conflict', detail: 'There is no second factor to use. Enrol one first.' };
    case 'enrolment-expired':
      return { slug: 'conflict', detail: 'The enrolment has expired. Begin it anew.' };
    case 'no-recovery-codes':
      return { slug: 'conflict', detail: 'There are no recovery codes.' };
    case 'code-refused':
      return { slug: 'refused', detail: 'The code is wrong, too old, or used before.' };
    case 'locked':
      return {
        slug: 'second-factor-locked',
        detail: 'Too many wrong codes. Wait as long as Retry-After says.',
        retryAfterSeconds: refusal.retryAfterMs / 1000,
      };
    case 'disabled':
      return {
        slug: 'second-factor-disabled',
        detail: 'Too many wrong codes. Ask someone above you to reset the factor.',
      };
    case 'factor-absent':
      return { slug: 'not-found', detail: 'There is no such second factor.' };
    case 'last-factor':
      return {
        slug: 'conflict',
        detail: 'The last second factor stays. Add another one first, or ask someone above you for a reset.',
      };
    case 'passkey-refused':
    case 'counter-fell':
      return { slug: 'refused', detail: 'The passkey was refused. Begin anew.' };
    case 'passkey-exists':
      return { slug: 'conflict', detail: 'This passkey is registered already.' };
    case 'too-many-passkeys':
      return { slug: 'conflict', detail: 'There are ten passkeys. Remove one first.' };
    case 'no-passkey':
      return { slug: 'conflict', detail: 'There is no passkey to use. Register one first.' };
  }
}
