import type { CommandContext, CommandPorts, CommandRefusal, Executed } from '../../kernel/command';
import { execute } from '../../kernel/command';
import type { StreamId } from '../../kernel/journal';
import { err, ok } from '../../kernel/result';
import type { Result } from '../../kernel/result';
import { ownPolicyOf, securityPolicyEntity } from './policy-entity';
import type { PolicyEvent, PolicyState } from './policy-entity';

/** Nothing is set that could lock anybody out. */
export type NoAddresses = { readonly reason: 'no-addresses' };

/**
 * Takes back the allowed addresses that one side has set, and nothing else: for those whom they lock out of the route that would
 * change them. It comes from above: for a tenant from a Super Admin, for the platform from the operator.
 */
export function resetAddresses(
  ports: CommandPorts,
  stream: StreamId,
  reason: string,
  context: CommandContext,
): Promise<Result<Executed<PolicyState>, NoAddresses | CommandRefusal>> {
  return execute<PolicyState, PolicyEvent, NoAddresses>(ports, securityPolicyEntity, stream, context, (state) =>
    ownPolicyOf(state).consoleIpAllowlist === undefined
      ? err({ reason: 'no-addresses' })
      : ok([{ type: 'AllowedAddressesReset', data: { reason } }]),
  );
}
