import type { CommandContext, CommandRefusal, Executed } from '../../kernel/command';
import { execute } from '../../kernel/command';
import { InvariantViolation } from '../../kernel/invariant';
import { redactText } from '../../kernel/redaction';
import { ok } from '../../kernel/result';
import type { Result } from '../../kernel/result';
import type { InviteMemberPorts } from '../identity';
import { decideGrant, firstInvitation, hideContact } from '../identity';
import { tenantEntity, tenantStream } from './tenant';
import type { Tenant, TenantEvent } from './tenant';

/**
 * Provisions a tenant and invites its first Owner, in one transaction: a tenant that nobody could ever enter cannot come to be.
 * Both ids come from the caller's Idempotency-Key, so a repetition finds the tenant that the first run made.
 */
export async function provisionTenant(
  ports: InviteMemberPorts,
  ids: { readonly tenant: string; readonly invitation: string },
  wish: { readonly name: string; readonly ownerEmail: string },
  context: CommandContext,
): Promise<Result<Executed<Tenant>, CommandRefusal>> {
  const grant = decideGrant('super-admin', 'owner');
  if (!grant.ok) throw new InvariantViolation('a Super Admin stands above Owners');
  const contact = await hideContact(wish.ownerEmail, { tenant: ids.tenant, id: ids.invitation }, ports);

  return execute<Tenant, TenantEvent, never>(
    ports,
    tenantEntity,
    tenantStream(ids.tenant),
    context,
    () => ok([{ type: 'TenantProvisioned', data: { name: redactText(wish.name) } }]),
    {
      alongside: () => ({
        commits: firstInvitation(ports, { tenant: ids.tenant, id: ids.invitation }, grant.value, contact, context),
      }),
    },
  );
}
