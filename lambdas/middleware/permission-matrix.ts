import { keyScopes, permissions, rolePermissions, roles } from '../domain/identity';
import type { Permission, Role } from '../domain/identity';
import { defaultSecurityPolicy } from '../domain/policies';
import type { Route } from '../routes/route';

/** Who may call what, as tables for people, from the route table and the roles. */
export function permissionMatrix(routes: readonly Route[]): string {
  return [
    '# Permission matrix',
    '',
    'Generated from the route table (`lambdas/routes.ts`) and the roles (`lambdas/domain/identity/permissions.ts`) by `npm run generate`;',
    'do not edit. `docs/guides/tenant-permissions.md` says what it means.',
    '',
    '## Who may call what',
    '',
    'A member may hold less than shown: a grant can narrow what a role may hold. A Super Admin has no access to what lies within a tenant,',
    'unless they break the glass. An API key needs the scope that is named, and calls behind `/server`.',
    '',
    ...table(
      ['route', 'id', 'anyone', 'signed in', 'Auditor', 'Admin', 'Owner', 'Super Admin', 'API key scope'],
      routes.map(callersOf),
    ),
    '',
    '## Roles and permissions',
    '',
    'What each role may hold at most, and holds unless a grant names less; and which permissions an API key may have as scopes.',
    '',
    ...table(['permission', ...roles.toReversed().map(nameOf), 'API key'], permissions.map(holdersOf)),
    '',
    '## Classification of routes',
    '',
    '"second factor" names the policy flag `require2faFor.…` that decides, in bold where it is on by default; **always** cannot be switched',
    'off, nor can **once-enrolled**, which asks whoever has a factor. It is asked of people only. "expensive" routes take one of the few',
    'places that a tenant has for them at once.',
    '',
    ...table(
      ['id', 'principal', 'permission', 'API keys', 'second factor', 'rate class', 'expensive', 'Idempotency-Key'],
      routes.map(classOf),
    ),
    '',
  ].join('\n');
}

function callersOf(route: Route): readonly string[] {
  const isForPeople = route.principal === 'public' || route.principal === 'signed-in';
  return [
    `${route.method} ${route.path}`,
    code(route.id),
    mark(route.principal === 'public'),
    mark(isForPeople),
    ...roles.toReversed().map((role) => mark(isForPeople || mayCall(route, role))),
    mark(route.principal !== 'tenant-member'),
    route.apiKeys ? code(route.permission) : '',
  ];
}

function holdersOf(permission: Permission): readonly string[] {
  return [
    code(permission),
    ...roles.toReversed().map((role) => mark(rolePermissions[role].includes(permission))),
    mark(keyScopes.some((scope) => scope === permission)),
  ];
}

function classOf(route: Route): readonly string[] {
  return [
    code(route.id),
    route.principal,
    code(route.permission),
    mark(route.apiKeys),
    stepUpOf(route),
    route.rateClass,
    mark(route.expensive),
    route.idempotency === 'required' ? 'required' : '',
  ];
}

function mayCall({ permission }: Route, role: Role): boolean {
  return permission !== null && rolePermissions[role].includes(permission);
}

function stepUpOf({ stepUp }: Route): string {
  if (stepUp === null) return '';
  if (stepUp === 'always' || stepUp === 'once-enrolled') return `**${stepUp}**`;
  return defaultSecurityPolicy.require2faFor[stepUp] ? `**${stepUp}**` : stepUp;
}

function nameOf(role: Role): string {
  return role.charAt(0).toUpperCase() + role.slice(1);
}

function code(text: string | null): string {
  return text === null ? '' : `\`${text}\``;
}

function mark(holds: boolean): string {
  return holds ? '✓' : '';
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  return [header, header.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
}
