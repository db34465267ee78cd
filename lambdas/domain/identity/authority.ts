import { err, ok } from '../../kernel/result';
import type { Result } from '../../kernel/result';
import type { MemberRole } from './member';
import { isAbove, rolePermissions } from './permissions';
import type { Permission, Role } from './permissions';

/** Who grants: a Super Admin, or a member with what the member holds. */
export type Granter = 'super-admin' | { readonly role: MemberRole; readonly permissions: readonly Permission[] };

/** A Super Admin answers for what they did as one, also when they were there as a guest. */
export function levelOf(granter: Granter): 'super-admin' | 'member' {
  return granter === 'super-admin' || granter.role === 'super-admin' ? 'super-admin' : 'member';
}

export interface Grant {
  readonly role: Role;
  readonly permissions: readonly Permission[];
}

export type GrantRefusal =
  /** The role is not strictly below the granter's: an Owner makes Admins, and no Owners. */
  | NotAbove
  /** More than the role may hold. */
  | { readonly reason: 'beyond-role'; readonly permissions: readonly Permission[] }
  /** More than the granter holds. */
  | { readonly reason: 'beyond-own'; readonly permissions: readonly Permission[] };

export type NotAbove = { readonly reason: 'not-above' };

/** Nobody acts on themselves, whatever they are. */
export type Oneself = { readonly reason: 'oneself' };

/**
 * The pyramid of authority: everyone acts only on those strictly below and grants only what they hold. Without a wish, a grant is
 * what the role may hold, as far as the granter holds it.
 */
export function decideGrant(granter: Granter, role: Role, wish?: readonly Permission[]): Result<Grant, GrantRefusal> {
  if (!standsAbove(granter, role)) return err({ reason: 'not-above' });
  const holds = (permission: Permission): boolean =>
    granter === 'super-admin' || granter.permissions.includes(permission);
  const ceiling = rolePermissions[role];
  if (wish === undefined) return ok({ role, permissions: ceiling.filter(holds) });

  const beyondRole = wish.filter((permission) => !ceiling.includes(permission));
  if (beyondRole.length > 0) return err({ reason: 'beyond-role', permissions: beyondRole });
  const beyondOwn = wish.filter((permission) => !holds(permission));
  if (beyondOwn.length > 0) return err({ reason: 'beyond-own', permissions: beyondOwn });
  return ok({ role, permissions: ceiling.filter((permission) => wish.includes(permission)) });
}

/** Whether `actor` may act on this person at all. */
export function decideReach(
  granter: Granter,
  actor: string,
  target: { readonly userId: string; readonly role: MemberRole },
): Result<void, NotAbove | Oneself> {
  if (target.userId === actor) return err({ reason: 'oneself' });
  return standsAbove(granter, target.role) ? ok(undefined) : err({ reason: 'not-above' });
}

/** A Super Admin who is there as a guest stands above Owners; above Super Admins stands nobody. */
export function standsAbove(granter: Granter, role: MemberRole): boolean {
  return role !== 'super-admin' && isAbove(granter === 'super-admin' ? granter : granter.role, role);
}
