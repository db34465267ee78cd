import type { CommandContext, CommandPorts, CommandRefusal } from '../../kernel/command';
import { execute } from '../../kernel/command';
import { err, ok } from '../../kernel/result';
import type { Result } from '../../kernel/result';
import type { Sealer } from '../../kernel/sealing';
import { newTotpSecret } from './totp';
import { beginEnrolment, totpContext, totpEntity, totpStream } from './totp-factor';
import type { TotpRefusal } from './totp-factor';

/** Begins to enrol an authenticator app. The secret is in the answer and nowhere else in clear. */
export async function enrolTotp(
  ports: CommandPorts & { readonly sealer: Sealer },
  user: string,
  context: CommandContext,
): Promise<Result<{ readonly secret: string; readonly expiresAt: string }, TotpRefusal | CommandRefusal>> {
  const secret = newTotpSecret(ports.randomness);
  const sealed = await ports.sealer.seal(secret, totpContext(user));
  const begun = await execute(ports, totpEntity, totpStream(user), context, (factor) =>
    beginEnrolment(factor, sealed, ports.clock.now()),
  );
  if (!begun.ok) return begun;
  const { state } = begun.value;
  return state.sealed === sealed ? ok({ secret, expiresAt: state.expiresAt }) : err({ reason: 'contended' });
}
