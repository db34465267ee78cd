import { err, ok } from '../../kernel/result';
import type { Result } from '../../kernel/result';
import { isAbove, rolePermissions } from './permissions';
import type { Permission, Role } from './permissions';

/** Who grants: a Super Admin, or a member with what the member holds. */
export type Granter =
  'super-admin' | { readonly role: Role | 'super-admin'; readonly permissions: readonly Permission[] };

export interface Grant {
  readonly role: Role;
  readonly permissions: readonly Permission[];
}

export type GrantRefusal =
  /** The role is not strictly below the granter's: an Owner makes Admins, and no Owners. */
  | { readonly reason: 'not-above' }
  /** More than the role may hold. */
  | { readonly reason: 'beyond-role'; readonly permissions: readonly Permission[] }
  /** More than the granter holds. */
  | { readonly reason: 'beyond-own'; readonly permissions: readonly Permission[] };

/**
 * The pyramid of authority: everyone acts only on those strictly below and grants only what they hold. Without a wish, a grant is
 * what the role may hold, as far as the granter holds it.
 */
export function decideGrant(granter: Granter, role: Role, wish?: readonly Permission[]): Result<Grant, GrantRefusal> {
  const isSuperAdmin = granter === 'super-admin';
  if (!isAbove(isSuperAdmin ? 'super-admin' : granter.role, role)) return err({ reason: 'not-above' });
  const holds = (permission: Permission): boolean => isSuperAdmin || granter.permissions.includes(permission);
  const ceiling = rolePermissions[role];
  if (wish === undefined) return ok({ role, permissions: ceiling.filter(holds) });

  const beyondRole = wish.filter((permission) => !ceiling.includes(permission));
  if (beyondRole.length > 0) return err({ reason: 'beyond-role', permissions: beyondRole });
  const beyondOwn = wish.filter((permission) => !holds(permission));
  if (beyondOwn.length > 0) return err({ reason: 'beyond-own', permissions: beyondOwn });
  return ok({ role, permissions: ceiling.filter((permission) => wish.includes(permission)) });
}
