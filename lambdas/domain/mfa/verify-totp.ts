import type { CommandContext, CommandPorts, CommandRefusal } from '../../kernel/command';
import { execute } from '../../kernel/command';
import { fold } from '../../kernel/entity';
import { err, ok } from '../../kernel/result';
import type { Result } from '../../kernel/result';
import { checkCode } from './check-code';
import type { CodePorts, CodeRefusal } from './check-code';
import type { StepUps } from './ports';
import { confirmable, totpEntity, totpStream } from './totp-factor';
import type { TotpEvent, TotpFactor, TotpRefusal } from './totp-factor';

export interface VerifyTotpPorts extends CodePorts, CommandPorts {
  readonly stepUps: StepUps;
}

/** Who presents a code, in which session. */
export interface Presenter {
  readonly user: string;
  readonly session: string;
}

type Verified = Result<{ readonly verifiedAt: Date }, TotpRefusal | CodeRefusal | CommandRefusal>;

/** Verifies a code of the active factor: this session, and no other, counts as stepped up from now. */
export async function verifyTotp(
  ports: VerifyTotpPorts,
  { user, session }: Presenter,
  code: string,
): Promise<Verified> {
  const { state: factor } = fold(totpEntity, await ports.journal.read(totpStream(user)));
  if (factor?.status !== 'active') return err({ reason: 'not-enrolled' });
  const checked = await checkCode(ports, user, factor.sealed, code);
  return checked.ok ? stepUp(ports, user, session) : checked;
}

/** Confirms a pending enrolment by its first code. The person has shown the factor, so the session is stepped up as well. */
export async function confirmTotp(
  ports: VerifyTotpPorts,
  { user, session }: Presenter,
  code: string,
  context: CommandContext,
): Promise<Verified> {
  const loaded = fold(totpEntity, await ports.journal.read(totpStream(user)));
  const pending = confirmable(loaded.state, ports.clock.now());
  if (!pending.ok) return pending;
  const checked = await checkCode(ports, user, pending.value.sealed, code);
  if (!checked.ok) return checked;

  const confirmed = await execute<TotpFactor, TotpEvent, TotpRefusal>(
    ports,
    totpEntity,
    totpStream(user),
    context,
    // Begun anew meanwhile: the code was of a secret that no longer counts.
    (factor) =>
      factor?.sealed === pending.value.sealed && factor.status === 'pending'
        ? ok([{ type: 'TotpConfirmed', data: {} }])
        : err({ reason: factor?.status === 'active' ? 'already-active' : 'enrolment-expired' }),
    { loaded },
  );
  return confirmed.ok ? stepUp(ports, user, session) : confirmed;
}

async function stepUp(ports: VerifyTotpPorts, user: string, session: string): Promise<Verified> {
  const verifiedAt = ports.clock.now();
  // A crash before this costs the person one code.
  await ports.stepUps.record(user, session, { verifiedAtMs: verifiedAt.getTime(), method: 'totp' });
  return ok({ verifiedAt });
}
