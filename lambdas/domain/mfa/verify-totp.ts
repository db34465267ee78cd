import type { CommandContext, CommandRefusal } from '../../kernel/command';
import { execute } from '../../kernel/command';
import { fold } from '../../kernel/entity';
import { err, ok } from '../../kernel/result';
import type { Result } from '../../kernel/result';
import { checkCode } from './check-code';
import type { CodePorts, CodeRefusal } from './check-code';
import { confirmable } from './enrol-totp';
import type { TotpRefusal } from './enrol-totp';
import { factorsEntity, factorsStream } from './second-factors';
import type { FactorsEvent, SecondFactors } from './second-factors';
import { newAdditionGuard, stepUpSession } from './step-up';
import type { AddingPorts, AdditionRefusal, Presenter, StepUpPorts, Verified } from './step-up';

export type VerifyTotpPorts = CodePorts & StepUpPorts;

/** Verifies a code of the active authenticator app: this session, and no other, counts as stepped up from now. */
export async function verifyTotp(
  ports: VerifyTotpPorts,
  presenter: Presenter,
  code: string,
): Promise<Result<Verified, TotpRefusal | CodeRefusal>> {
  const verifiedAt = ports.clock.now();
  const { user } = presenter;
  const { state: factors } = fold(factorsEntity, await ports.journal.read(factorsStream(user)));
  if (factors?.totp === undefined) return err({ reason: 'not-enrolled' });
  const checked = await checkCode(ports, user, factors.totp.sealed, code);
  return checked.ok ? stepUpSession(ports, presenter, 'totp', verifiedAt) : checked;
}

/**
 * Confirms a pending enrolment by its first code; an authenticator app that was active until then is so no more. The person has
 * shown the factor, so the session is stepped up as well.
 */
export async function confirmTotp(
  ports: CodePorts & AddingPorts,
  presenter: Presenter,
  code: string,
  context: CommandContext,
): Promise<Result<Verified, TotpRefusal | AdditionRefusal | CodeRefusal | CommandRefusal>> {
  const verifiedAt = ports.clock.now();
  const { user } = presenter;
  const stream = factorsStream(user);
  const [guard, commits] = await Promise.all([newAdditionGuard(ports, presenter), ports.journal.read(stream)]);
  const loaded = fold(factorsEntity, commits);
  const may = guard(loaded.state);
  if (!may.ok) return may;
  const pending = confirmable(loaded.state, verifiedAt);
  if (!pending.ok) return pending;
  const checked = await checkCode(ports, user, pending.value.sealed, code);
  if (!checked.ok) return checked;

  const confirmed = await execute<SecondFactors, FactorsEvent, TotpRefusal | AdditionRefusal>(
    ports,
    factorsEntity,
    stream,
    context,
    (factors) => {
      // Begun anew meanwhile: the code was of a secret that no longer counts.
      if (factors?.enrolment?.sealed !== pending.value.sealed) return err({ reason: 'enrolment-expired' });
      const still = guard(factors);
      return still.ok ? ok([{ type: 'TotpConfirmed', data: {} }]) : still;
    },
    { loaded },
  );
  return confirmed.ok ? stepUpSession(ports, presenter, 'totp', verifiedAt) : confirmed;
}
