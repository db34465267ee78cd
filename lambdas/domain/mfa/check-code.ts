import type { Clock } from '../../kernel/clock';
import { err, ok } from '../../kernel/result';
import type { Result } from '../../kernel/result';
import type { Sealer } from '../../kernel/sealing';
import type { ClosedGate, TotpCounters } from './ports';
import { stepOfCode } from './totp';
import { factorsContext } from './second-factors';

export interface CodePorts {
  readonly counters: TotpCounters;
  readonly sealer: Sealer;
  readonly clock: Clock;
}

export type CodeRefusal =
  /** Wrong, too old, or used before: the three are told alike. */
  | { readonly reason: 'code-refused' }
  | { readonly reason: 'locked'; readonly retryAfterMs: number }
  | { readonly reason: 'disabled' };

/**
 * Checks a code against a sealed secret, once. The attempt is counted before the code is looked at, so parallel guesses are all
 * counted; a right code is used up before it counts for anything, so of two uses of it one wins.
 */
export async function checkCode(
  ports: CodePorts,
  user: string,
  sealed: string,
  code: string,
): Promise<Result<void, CodeRefusal>> {
  const now = ports.clock.now();
  // A crash after this leaves one attempt counted: the strict side.
  const gate = await ports.counters.beginAttempt(user, now.getTime());
  if (!gate.allowed) return err(closed(gate));
  const secret = await ports.sealer.open(sealed, factorsContext(user));
  const step = await stepOfCode(secret, code, now);
  if (step === undefined || step <= gate.lastStep) return err({ reason: 'code-refused' });
  // A crash after this leaves the code used up and nothing gained: the person takes the next one.
  return (await ports.counters.useStep(user, step)) ? ok(undefined) : err({ reason: 'code-refused' });
}

/** Why no code is looked at. */
export function closed(gate: ClosedGate): CodeRefusal {
  return gate.reason === 'locked' ? { reason: 'locked', retryAfterMs: gate.retryAfterMs } : { reason: 'disabled' };
}
