/** What a member may be allowed to do in a tenant. Routes name one each; a role holds a set; a grant may only narrow it. */
export const permissions = [
  'tenant:read',
  'members:read',
  'members:manage',
  'connections:read',
  'connections:manage',
  'payments:read',
  'payments:create',
  'payments:capture',
  'payments:cancel',
  'payments:refund',
  'payments:resolve',
  'settlements:read',
  'settlements:create',
  'ledger:read',
  'webhooks:read',
  'webhooks:redrive',
  'audit:read',
  'policy:read',
  'policy:manage',
  'api-keys:read',
  'api-keys:manage',
] as const;

export type Permission = (typeof permissions)[number];

/** The authority of a member in a tenant, highest first. Super Admins stand above all tenants and are members of none. */
export const roles = ['owner', 'admin', 'auditor'] as const;

export type Role = (typeof roles)[number];

/** What reads and changes nothing: all that an Auditor may ever hold. */
export const readPermissions: readonly Permission[] = permissions.filter((permission) => permission.endsWith(':read'));

/** What decides who may do what, and with which credentials: kept to Owners. */
const ownersOnly: readonly Permission[] = ['members:manage', 'connections:manage', 'policy:manage', 'api-keys:manage'];

/** What each role may hold at most, and holds unless the grant names less. */
export const rolePermissions: Readonly<Record<Role, readonly Permission[]>> = {
  owner: permissions,
  admin: permissions.filter((permission) => !ownersOnly.includes(permission)),
  auditor: readPermissions,
};

/**
 * What an API key may be given: the work of a shop's own servers. A key manages no people, no credentials, no policies and no
 * keys, so that a stolen one cannot make itself more than it is.
 */
export const keyScopes = [
  'connections:read',
  'payments:read',
  'payments:create',
  'payments:capture',
  'payments:cancel',
  'payments:refund',
  'settlements:read',
  'ledger:read',
  'webhooks:read',
  'audit:read',
] as const satisfies readonly Permission[];

export type KeyScope = (typeof keyScopes)[number];

export function isPermission(text: string): text is Permission {
  return permissions.some((permission) => permission === text);
}

/** Whether `role` may act on `other`: only on those strictly below. */
export function isAbove(role: Role | 'super-admin', other: Role): boolean {
  if (role === 'super-admin') return true;
  return roles.indexOf(role) < roles.indexOf(other);
}
