import type { StepUps } from '../../domain/mfa';
import type { CommandContext } from '../../kernel/command';
import { platform } from '../../kernel/journal';
import { noteFailure, observationBy } from '../../middleware/observations';
import type { Problem } from '../../middleware/problem';
import { signInAgain } from '../../middleware/sign-in';
import { stepUpRequired } from '../../middleware/step-up';
import type { MeDependencies } from './dependencies';
import type { MfaRefusal } from './problems';
import { problemOf } from './problems';

export interface Witness {
  /** Step-ups that are remembered before they count. */
  stepUps(context: CommandContext): StepUps;
  /** The answer to a refusal, once it is remembered with its reason. */
  refused(context: CommandContext, refusal: MfaRefusal): Promise<{ readonly problem: Problem }>;
}

/**
 * Every use of a second factor is remembered [PCI DSS 10.2.1.5]: an accepted one before the session counts as stepped up, so that
 * no step-up can stand without its record; a refused one with its reason, and never with the code. Where it cannot be, the request
 * fails: who guesses learns nothing then, not even that the guess was wrong.
 */
export function newWitness(deps: MeDependencies): Witness {
  const observe = async (
    context: CommandContext,
    type: 'MfaVerified' | 'MfaRefused' | 'StepUpRefused' | 'AccessRefused',
    data: object,
  ): Promise<void> => {
    const seen = observationBy(deps, context, {
      owner: platform,
      type,
      outcome: type === 'MfaVerified' ? 'succeeded' : 'refused',
      data,
    });
    try {
      await deps.platform.journal.observe(seen);
    } catch (error) {
      noteFailure(deps, seen, error);
      throw error;
    }
  };

  return {
    stepUps: (context) => ({
      read: (user, session) => deps.stepUps.read(user, session),
      revoke: (user, untilMs) => deps.stepUps.revoke(user, untilMs),
      record: async (user, session, stepUp) => {
        // A crash after this leaves an accepted code that opened nothing; the person enters the next one.
        await observe(context, 'MfaVerified', { method: stepUp.method });
        await deps.stepUps.record(user, session, stepUp);
        deps.metrics.count('MfaVerified');
      },
    }),

    refused: async (context, refusal) => {
      if (refusal.reason === 'step-up-needed') {
        deps.metrics.count('StepUpRefused');
        await observe(context, 'StepUpRefused', { reason: 'another-factor' });
        return { problem: stepUpRequired(deps.policies.lastKnown().stepUpWindowSeconds) };
      }
      if (refusal.reason === 'signed-in-before-reset') {
        deps.metrics.count('AccessRefused');
        await observe(context, 'AccessRefused', { reason: refusal.reason });
        return { problem: signInAgain('Your second factors were reset after you signed in.') };
      }
      deps.metrics.count('MfaRefused');
      await observe(context, 'MfaRefused', { reason: refusal.reason });
      return { problem: problemOf(refusal) };
    },
  };
}
