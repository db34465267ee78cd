import type { CommandContext, CommandPorts, CommandRefusal, Executed } from '../../kernel/command';
import { execute } from '../../kernel/command';
import { err, ok } from '../../kernel/result';
import type { Result } from '../../kernel/result';
import { factorsEntity, factorsStream } from './second-factors';
import type { FactorsEvent, SecondFactors } from './second-factors';

export type RemovalRefusal =
  | { readonly reason: 'factor-absent' }
  /** Nobody ends without a factor by their own hand: whoever has taken over a session could. A reset by a superior does that. */
  | { readonly reason: 'last-factor' };

type Removed = Promise<Result<Executed<SecondFactors>, RemovalRefusal | CommandRefusal>>;

/** Removes the authenticator app. A passkey must stay. */
export function removeTotp(ports: CommandPorts, user: string, context: CommandContext): Removed {
  return remove(ports, user, context, (factors) => {
    if (factors?.totp === undefined) return err({ reason: 'factor-absent' });
    return factors.passkeys.length > 0 ? ok([{ type: 'TotpRemoved', data: {} }]) : err({ reason: 'last-factor' });
  });
}

/** Removes a passkey. Another one, or the authenticator app, must stay. */
export function removePasskey(ports: CommandPorts, user: string, passkeyId: string, context: CommandContext): Removed {
  return remove(ports, user, context, (factors) => {
    if (factors?.passkeys.some(({ id }) => id === passkeyId) !== true) return err({ reason: 'factor-absent' });
    return factors.totp !== undefined || factors.passkeys.length > 1
      ? ok([{ type: 'PasskeyRemoved', data: { id: passkeyId } }])
      : err({ reason: 'last-factor' });
  });
}

function remove(
  ports: CommandPorts,
  user: string,
  context: CommandContext,
  decide: (factors: SecondFactors | undefined) => Result<readonly FactorsEvent[], RemovalRefusal>,
): Removed {
  return execute<SecondFactors, FactorsEvent, RemovalRefusal>(
    ports,
    factorsEntity,
    factorsStream(user),
    context,
    decide,
  );
}
