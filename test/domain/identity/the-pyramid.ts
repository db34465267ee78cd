import type { Invitation, Member, Permission } from '../../../lambdas/domain/identity';
import type { Act, Done, Snapshot } from './a-tenant-of-actors';
import { superAdmin } from './a-tenant-of-actors';

/** The pyramid, written out once more and without the code that it judges. */
const rank: Readonly<Record<string, number>> = { auditor: 1, admin: 2, owner: 3, 'super-admin': 4 };

const readOnly = [
  'tenant:read',
  'members:read',
  'connections:read',
  'payments:read',
  'settlements:read',
  'ledger:read',
  'webhooks:read',
  'audit:read',
];

const adminsToo = [
  'payments:create',
  'payments:capture',
  'payments:cancel',
  'payments:refund',
  'payments:resolve',
  'settlements:create',
  'webhooks:redrive',
];

const ownersOnly = ['members:manage', 'connections:manage', 'policy:manage', 'api-keys:manage'];

const hour = 3_600_000;

/** Whoever acts: how high they stand, and what they can give. */
interface Power {
  readonly rank: number;
  holds(permission: Permission): boolean;
}

function powerOf(actor: string, before: Snapshot): Power | undefined {
  if (actor === 'platform') return { rank: 4, holds: () => true };
  const member = before.members.get(actor);
  if (member?.status !== 'active') return undefined;
  return { rank: rank[member.role] ?? 0, holds: (permission) => member.permissions.includes(permission) };
}

/** Whether what an act has changed is what the pyramid allows. It compares all of the tenant before and after. */
export function judge(act: Act, done: Done, before: Snapshot, after: Snapshot): void {
  const active = [...after.members.values()].filter(({ role, status }) => role === 'owner' && status === 'active');
  expect(active.length).toBeGreaterThan(0);
  expect([...after.owners].sort()).toEqual(active.map(({ userId }) => userId).sort());
  for (const member of after.members.values()) expectWithinRole(member);

  const changed = [...new Set([...before.members.keys(), ...after.members.keys()])].filter(
    (user) => JSON.stringify(before.members.get(user)) !== JSON.stringify(after.members.get(user)),
  );
  if (act.kind === 'pass') {
    // Time takes only the guest away.
    expect(changed.filter((user) => before.members.get(user)?.role !== 'super-admin')).toEqual([]);
    for (const user of changed) expect(after.members.has(user)).toBe(false);
    return;
  }
  if (!done.ok) expect(after.commits).toBe(before.commits);
  // A guest's hour may end between any two acts.
  const touched = changed.filter(
    (user) => !(isOverAt(before.members.get(user), after.now) && !after.members.has(user)),
  );
  if (!done.ok) expect(touched).toEqual([]);
  if (!done.ok || after.commits === before.commits) return;

  switch (act.kind) {
    case 'grant':
    case 'suspend':
    case 'reactivate':
    case 'remove':
      judgeChange(act, done.subject ?? act.user ?? '', before, after, touched);
      return;
    case 'accept':
      judgeAcceptance(done, before, after, touched);
      return;
    case 'take':
      judgeTransfer(done, before, after, touched);
      return;
    case 'break-glass': {
      const guest = after.members.get(superAdmin);
      expect(touched).toEqual([superAdmin]);
      expect(before.members.has(superAdmin)).toBe(false);
      expect(guest).toMatchObject({ role: 'super-admin', status: 'active' });
      expect(Date.parse(guest?.until ?? '')).toBeLessThanOrEqual(after.now.getTime() + hour);
      return;
    }
    case 'mend-glass':
      expect(before.members.get(superAdmin)?.role).toBe('super-admin');
      expect(touched).toEqual([superAdmin]);
      expect(after.members.has(superAdmin)).toBe(false);
      return;
    case 'invite':
    case 'resend': {
      expect(touched).toEqual([]);
      const power = powerOf(done.by, before);
      const sent = after.invitations.get(done.subject ?? '');
      expect(power?.rank).toBeGreaterThan(rank[sent?.role ?? ''] ?? 9);
      expect(sent?.permissions.filter((permission) => power?.holds(permission) !== true)).toEqual([]);
      expectOneOpenAnAddress(after);
      judgeOthers(done.subject ?? '', sent, before, after);
      return;
    }
    case 'revoke':
      expect(touched).toEqual([]);
      expect(powerOf(done.by, before)?.rank).toBeGreaterThan(
        rank[before.invitations.get(done.subject ?? '')?.role ?? ''] ?? 9,
      );
      return;
    case 'offer':
      expect(touched).toEqual([]);
      expect(before.members.get(done.by)).toMatchObject({ role: 'owner', status: 'active' });
      return;
    case 'withdraw':
      expect(touched).toEqual([]);
      expect(before.transfer?.from).toBe(done.by);
  }
}

/** Acted on by somebody strictly above, not by themselves, and given nothing that these do not hold. */
function judgeChange(
  act: Extract<Act, { readonly user: unknown; readonly actor: string }>,
  user: string,
  before: Snapshot,
  after: Snapshot,
  touched: readonly string[],
): void {
  const power = powerOf(act.actor, before);
  const [was, is] = [before.members.get(user), after.members.get(user)];
  expect(touched).toEqual([user]);
  expect(user).not.toBe(act.actor === 'platform' ? superAdmin : act.actor);
  expect(power?.rank).toBeGreaterThan(rank[was?.role ?? ''] ?? 9);
  switch (act.kind) {
    case 'grant':
      expect(power?.rank).toBeGreaterThan(rank[is?.role ?? ''] ?? 9);
      expect(is?.permissions.filter((permission) => power?.holds(permission) !== true)).toEqual([]);
      expect(is?.status).toBe(was?.status);
      return;
    case 'remove':
      expect(is).toBeUndefined();
      return;
    default:
      expect(is).toMatchObject({ role: was?.role, permissions: was?.permissions });
      expect(is?.status).toBe(act.kind === 'suspend' ? 'suspended' : 'active');
  }
}

/** No invitation but the sent one changes, except that a Super Admin's to an Owner ends one to the same address of a lower role. */
function judgeOthers(sentId: string, sent: Invitation | undefined, before: Snapshot, after: Snapshot): void {
  for (const [id, was] of before.invitations) {
    const is = after.invitations.get(id);
    if (id === sentId || JSON.stringify(is) === JSON.stringify(was)) continue;
    expect(sent).toMatchObject({
      role: 'owner',
      sender: { level: 'super-admin' },
      contact: { hash: was.contact.hash },
    });
    expect(rank[was.role]).toBeLessThan(3);
    expect(is).toEqual({ ...was, revokedAt: expect.any(String) });
  }
}

/** They had no place, or a lower one that a Super Admin makes an Owner's, and get what somebody offers who stands above it, holds it, and answers for it today. */
function judgeAcceptance(done: Done, before: Snapshot, after: Snapshot, touched: readonly string[]): void {
  const invitation = before.invitations.get(done.subject ?? '');
  if (invitation === undefined) throw new Error('an invitation from nowhere');
  const { sender, role, permissions } = invitation;
  expect(touched).toEqual([done.by]);
  const was = before.members.get(done.by);
  if (was !== undefined) {
    expect([role, sender.level]).toEqual(['owner', 'super-admin']);
    expect(['admin', 'auditor']).toContain(was.role);
  }
  expect(after.members.get(done.by)).toMatchObject({ role, permissions, status: 'active' });
  expect(invitation).not.toHaveProperty('acceptedBy');
  expect(invitation).not.toHaveProperty('revokedAt');
  expect(after.now.getTime()).toBeLessThan(Date.parse(invitation.issuedAt) + 72 * hour);
  expect(sender.user).not.toBe(done.by);
  const power = powerOf(sender.level === 'super-admin' ? 'platform' : sender.user, before);
  expect(power?.rank).toBeGreaterThan(rank[role] ?? 9);
  expect(permissions.filter((permission) => power?.holds(permission) !== true)).toEqual([]);
}

/** What one Owner held passes to one member, and the Owner keeps less. */
function judgeTransfer(done: Done, before: Snapshot, after: Snapshot, touched: readonly string[]): void {
  const { from = '', to = '' } = before.transfer ?? {};
  const [giver, taker] = [before.members.get(from), before.members.get(to)];
  expect(done.by).toBe(to);
  expect([...touched].sort()).toEqual([from, to].sort());
  expect(giver).toMatchObject({ role: 'owner', status: 'active' });
  expect(taker?.status).toBe('active');
  expect(['admin', 'auditor']).toContain(taker?.role);
  expect(after.now.getTime()).toBeLessThan(Date.parse(before.transfer?.offeredAt ?? '') + 72 * hour);
  expect(after.members.get(to)).toMatchObject({ role: 'owner', permissions: giver?.permissions, status: 'active' });
  const left = after.members.get(from);
  expect(left).toMatchObject({ role: 'admin', status: 'active' });
  expect(left?.permissions.filter((permission) => giver?.permissions.includes(permission) !== true)).toEqual([]);
  expect(after.owners).toHaveLength(before.owners.length);
}

function expectWithinRole({ role, permissions }: Member): void {
  const may = [
    readOnly,
    ['policy:read', 'api-keys:read'],
    rank[role]! > 1 ? adminsToo : [],
    role === 'owner' ? ownersOnly : [],
  ];
  expect(permissions.filter((permission) => !may.flat().includes(permission))).toEqual([]);
}

function expectOneOpenAnAddress({ invitations, now }: Snapshot): void {
  const open = [...invitations.values()].filter(
    ({ acceptedBy, revokedAt, expiresAt }) =>
      acceptedBy === undefined && revokedAt === undefined && now.getTime() < Date.parse(expiresAt),
  );
  expect(new Set(open.map(({ contact }) => contact.hash)).size).toBe(open.length);
}

function isOverAt(member: Member | undefined, now: Date): boolean {
  return member?.until !== undefined && now.getTime() >= Date.parse(member.until);
}
