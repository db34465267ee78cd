import { rolePermissions } from '../domain/identity';
import type { Role } from '../domain/identity';
import { defaultSecurityPolicy } from '../domain/policies';
import type { Route } from '../routes/route';

/** Who may call what, as a table for people, from the route table and the roles. */
export function permissionMatrix(routes: readonly Route[]): string {
  const rows = routes.map((route) => [
    `${route.method} ${route.path}`,
    `\`${route.id}\``,
    route.permission === null ? '' : `\`${route.permission}\``,
    mark(route.principal === 'public'),
    mark(route.principal === 'public' || route.principal === 'signed-in'),
    mark(mayCall(route, 'admin')),
    mark(mayCall(route, 'owner')),
    mark(route.principal !== 'tenant-member'),
    stepUpOf(route),
    route.rateClass,
    route.idempotency === 'required' ? 'required' : '',
  ]);
  const header = [
    'route',
    'id',
    'permission',
    'anyone',
    'signed in',
    'Admin',
    'Owner',
    'Super Admin',
    'second factor',
    'rate class',
    'Idempotency-Key',
  ];
  return [
    '# Permission matrix',
    '',
    'Generated from the route table (`lambdas/routes.ts`) by `npm run generate`; do not edit.',
    '',
    'An Owner or Admin may hold less than shown: a grant can narrow what a role may hold. A Super Admin has no access to what lies',
    'within a tenant. "second factor" names the policy flag `require2faFor.…`, in bold where it is on by default.',
    '',
    line(header),
    line(header.map(() => '---')),
    ...rows.map(line),
    '',
  ].join('\n');
}

function mayCall(route: Route, role: Role): boolean {
  if (route.principal === 'tenant-member')
    return route.permission !== null && rolePermissions[role].includes(route.permission);
  return route.principal !== 'platform-admin';
}

function stepUpOf({ stepUp }: Route): string {
  if (stepUp === null) return '';
  if (stepUp === 'always') return '**always**';
  return defaultSecurityPolicy.require2faFor[stepUp] ? `**${stepUp}**` : stepUp;
}

function mark(holds: boolean): string {
  return holds ? '✓' : '';
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}
