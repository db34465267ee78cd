import type { CommandContext, CommandRefusal } from '../../kernel/command';
import { execute } from '../../kernel/command';
import { err, ok } from '../../kernel/result';
import type { Result } from '../../kernel/result';
import type { Sealer } from '../../kernel/sealing';
import { factorsContext, factorsEntity, factorsStream } from './second-factors';
import type { FactorsEvent, SecondFactors } from './second-factors';
import { newAdditionGuard } from './step-up';
import type { AddingPorts, AdditionRefusal, Presenter } from './step-up';
import { newTotpSecret } from './totp';

export type TotpRefusal = { readonly reason: 'not-enrolled' } | { readonly reason: 'enrolment-expired' };

const enrolmentMs = 15 * 60 * 1000;

/**
 * Begins to enrol an authenticator app, or begins anew while none is confirmed. Where one is active it stays so until the new one
 * is confirmed and takes its place. The secret is in the answer and nowhere else in clear.
 */
export async function enrolTotp(
  ports: AddingPorts & { readonly sealer: Sealer },
  presenter: Presenter,
  context: CommandContext,
): Promise<Result<{ readonly secret: string; readonly expiresAt: string }, AdditionRefusal | CommandRefusal>> {
  const { user } = presenter;
  const guard = await newAdditionGuard(ports, presenter);
  const secret = newTotpSecret(ports.randomness);
  const sealed = await ports.sealer.seal(secret, factorsContext(user));
  const expiresAt = new Date(ports.clock.now().getTime() + enrolmentMs).toISOString();
  const begun = await execute<SecondFactors, FactorsEvent, AdditionRefusal>(
    ports,
    factorsEntity,
    factorsStream(user),
    context,
    (factors) => {
      const may = guard(factors);
      return may.ok ? ok([{ type: 'TotpEnrolmentBegun', data: { sealed, expiresAt } }]) : may;
    },
  );
  return begun.ok ? ok({ secret, expiresAt }) : begun;
}

/** The enrolment that a code may confirm now; asked before any code is looked at. */
export function confirmable(
  factors: SecondFactors | undefined,
  now: Date,
): Result<NonNullable<SecondFactors['enrolment']>, TotpRefusal> {
  const enrolment = factors?.enrolment;
  if (enrolment === undefined) return err({ reason: 'not-enrolled' });
  return now.getTime() < Date.parse(enrolment.expiresAt) ? ok(enrolment) : err({ reason: 'enrolment-expired' });
}
