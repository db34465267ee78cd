import type { CommandContext, CommandPorts, CommandRefusal } from '../../kernel/command';
import { execute } from '../../kernel/command';
import { redactText } from '../../kernel/redaction';
import { err, ok } from '../../kernel/result';
import type { Result } from '../../kernel/result';
import type { RecoveryCounters, StepUps, TotpCounters } from './ports';
import { factorsEntity, factorsStream } from './second-factors';
import type { FactorsEvent, SecondFactors } from './second-factors';

export interface ResetPorts extends CommandPorts {
  readonly counters: TotpCounters;
  readonly recoveryCounters: RecoveryCounters;
  readonly stepUps: StepUps;
}

export type ResetRefusal = { readonly reason: 'nothing-to-reset' };

/** More than the clocks of two functions differ. */
const clockSkewMs = 1_000;

/**
 * Takes all factors of a person away, recovery codes and locks with them; what the person had verified counts no more, in any
 * session. Who may do this is decided by the caller. `evidence` names how the person was identified, and never holds a secret.
 *
 * It may be repeated: whatever a crash left out is done then.
 */
export async function resetFactors(
  ports: ResetPorts,
  user: string,
  evidence: string,
  context: CommandContext,
): Promise<Result<void, ResetRefusal | CommandRefusal>> {
  const reset = await execute<SecondFactors, FactorsEvent, ResetRefusal>(
    ports,
    factorsEntity,
    factorsStream(user),
    context,
    (factors) => {
      if (factors === undefined) return err({ reason: 'nothing-to-reset' });
      return ok(isEmpty(factors) ? [] : [{ type: 'SecondFactorsReset', data: { evidence: redactText(evidence) } }]);
    },
  );
  if (!reset.ok) return reset;
  // A crash after the commit leaves step-ups that count until their window ends; the reset is answered with an error and repeated.
  // The mark is later than the commit, and a step-up is dated from before its factor was read: none slips through.
  await ports.stepUps.revoke(user, ports.clock.now().getTime() + clockSkewMs);
  // A crash after this leaves a lock on factors that are gone; repeating the reset lifts it.
  await ports.counters.reset(user);
  await ports.recoveryCounters.reset(user);
  return ok(undefined);
}

function isEmpty(factors: SecondFactors): boolean {
  const { totp, enrolment, recoveryCodes, passkeys } = factors;
  return totp === undefined && enrolment === undefined && recoveryCodes === undefined && passkeys.length === 0;
}
