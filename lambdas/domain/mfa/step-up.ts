import type { CommandPorts } from '../../kernel/command';
import { err, ok } from '../../kernel/result';
import type { Result } from '../../kernel/result';
import type { StepUpMethod, StepUps } from './ports';
import { hasFactor } from './second-factors';
import type { SecondFactors } from './second-factors';

/** Who shows or changes a factor, in which session. */
export interface Presenter {
  readonly user: string;
  readonly session: string;
  /** When they signed in; sessions that do not tell are taken for the oldest. */
  readonly signedInAtMs?: number;
}

export interface StepUpPorts extends CommandPorts {
  readonly stepUps: StepUps;
}

export interface Verified {
  readonly verifiedAt: Date;
}

/**
 * This session, and no other, counts as stepped up. `verifiedAt` is taken before the factor is read: a reset that comes between
 * reading and recording revokes what began before it.
 */
export async function stepUpSession(
  { stepUps }: StepUpPorts,
  { user, session }: Presenter,
  method: StepUpMethod,
  verifiedAt: Date,
): Promise<Result<Verified, never>> {
  // A crash before this costs the person one code.
  await stepUps.record(user, session, { verifiedAtMs: verifiedAt.getTime(), method });
  return ok({ verifiedAt });
}

export interface AddingPorts extends StepUpPorts {
  /** How long a verified factor holds, in seconds. */
  readonly stepUpWindowSeconds: number;
}

export type AdditionRefusal =
  | { readonly reason: 'step-up-needed' }
  /** The session is from before the last reset: it may be the very one that the reset was about. */
  | { readonly reason: 'signed-in-before-reset' };

/**
 * What decides whether this session may add a factor: the first one it may, every further one only while it is stepped up, and
 * after a reset only who has signed in since. A stolen session could otherwise enrol a factor of the thief's. Ask it at every step
 * of an addition, since the first factor or a reset may come in between.
 */
export async function newAdditionGuard(
  { stepUps, clock, stepUpWindowSeconds }: AddingPorts,
  { user, session, signedInAtMs }: Presenter,
): Promise<(factors: SecondFactors | undefined) => Result<void, AdditionRefusal>> {
  const done = await stepUps.read(user, session);
  const isFresh = done !== undefined && clock.now().getTime() - done.verifiedAtMs <= stepUpWindowSeconds * 1000;
  return (factors) => {
    const resetAt = factors?.resetAt;
    if (resetAt !== undefined && (signedInAtMs ?? 0) <= Date.parse(resetAt)) {
      return err({ reason: 'signed-in-before-reset' });
    }
    return hasFactor(factors) && !isFresh ? err({ reason: 'step-up-needed' }) : ok(undefined);
  };
}
