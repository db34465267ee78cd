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
  'webhooks:read',
  'webhooks:redrive',
  'audit:read',
] as const;

export type Permission = (typeof permissions)[number];

/** The authority of a member in a tenant, highest first. Super Admins stand above all tenants and are members of none. */
export const roles = ['owner', 'admin'] as const;

export type Role = (typeof roles)[number];

/** What each role may hold at most, and holds unless the grant names less. */
export const rolePermissions: Readonly<Record<Role, readonly Permission[]>> = {
  owner: permissions,
  admin: permissions.filter((permission) => permission !== 'members:manage' && permission !== 'connections:manage'),
};

export function isPermission(text: string): text is Permission {
  return permissions.some((permission) => permission === text);
}

/** Whether `role` may act on `other`: only on those strictly below. */
export function isAbove(role: Role | 'super-admin', other: Role): boolean {
  if (role === 'super-admin') return true;
  return roles.indexOf(role) < roles.indexOf(other);
}
