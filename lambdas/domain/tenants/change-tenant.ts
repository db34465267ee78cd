import type { CommandContext, CommandPorts, CommandRefusal, Executed } from '../../kernel/command';
import { execute } from '../../kernel/command';
import { redactText } from '../../kernel/redaction';
import { err, ok } from '../../kernel/result';
import type { Result } from '../../kernel/result';
import { tenantEntity, tenantStream } from './tenant';
import type { Tenant, TenantEvent } from './tenant';

export type TenantRefusal =
  | { readonly reason: 'tenant-absent' }
  | { readonly reason: 'already-suspended' }
  | { readonly reason: 'not-suspended' };

type Changed = Result<Executed<Tenant>, TenantRefusal | CommandRefusal>;

/** From the next request on, no member gets in: the gate is written in the transaction of the commit. */
export function suspendTenant(
  ports: CommandPorts,
  tenantId: string,
  reason: string,
  context: CommandContext,
  ifMatch?: number,
): Promise<Changed> {
  return change(ports, tenantId, context, ifMatch, (tenant) => decideSuspension(tenant, reason));
}

export function reactivateTenant(
  ports: CommandPorts,
  tenantId: string,
  context: CommandContext,
  ifMatch?: number,
): Promise<Changed> {
  return change(ports, tenantId, context, ifMatch, decideReactivation);
}

/** A new name for people; nothing is found by it. The name it has already changes nothing. */
export function renameTenant(
  ports: CommandPorts,
  tenantId: string,
  name: string,
  context: CommandContext,
  ifMatch?: number,
): Promise<Changed> {
  return change(ports, tenantId, context, ifMatch, (tenant) => decideName(tenant, name));
}

type Decision = Result<readonly TenantEvent[], TenantRefusal>;

export function decideSuspension(tenant: Tenant | undefined, reason: string): Decision {
  if (tenant === undefined) return err({ reason: 'tenant-absent' });
  if (tenant.status === 'suspended') return err({ reason: 'already-suspended' });
  return ok([{ type: 'TenantSuspended', data: { reason: redactText(reason) } }]);
}

export function decideName(tenant: Tenant | undefined, name: string): Decision {
  if (tenant === undefined) return err({ reason: 'tenant-absent' });
  const redacted = redactText(name);
  return ok(redacted === tenant.name ? [] : [{ type: 'TenantRenamed', data: { name: redacted } }]);
}

export function decideReactivation(tenant: Tenant | undefined): Decision {
  if (tenant === undefined) return err({ reason: 'tenant-absent' });
  if (tenant.status === 'active') return err({ reason: 'not-suspended' });
  return ok([{ type: 'TenantReactivated', data: {} }]);
}

function change(
  ports: CommandPorts,
  tenantId: string,
  context: CommandContext,
  ifMatch: number | undefined,
  decide: (tenant: Tenant | undefined) => Decision,
): Promise<Changed> {
  const options = ifMatch === undefined ? {} : { ifMatch };
  return execute<Tenant, TenantEvent, TenantRefusal>(
    ports,
    tenantEntity,
    tenantStream(tenantId),
    context,
    decide,
    options,
  );
}
