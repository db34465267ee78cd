import {
  acceptInvitationAs,
  acceptOwnership,
  breakGlass,
  changeMember,
  firstInvitation,
  hasPlace,
  hideContact,
  invitationEntity,
  invitationStream,
  inviteMember,
  memberEntity,
  mendGlass,
  offerOwnershipTo,
  ownersEntity,
  ownersStream,
  ownershipTransferEntity,
  ownershipTransferStream,
  resendInvitation,
  revokeInvitation,
  rolePermissions,
  withdrawOwnership,
} from '../../../lambdas/domain/identity';
import type {
  Granter,
  Invitation,
  Member,
  MemberChange,
  OwnershipTransfer,
  Permission,
  Role,
} from '../../../lambdas/domain/identity';
import type { CommandContext } from '../../../lambdas/kernel/command';
import { fold } from '../../../lambdas/kernel/entity';
import { deriveId, newCommitIds, newId, systemRandomness } from '../../../lambdas/kernel/ids';
import type { Actor } from '../../../lambdas/kernel/journal';
import { memberOf } from '../../../lambdas/kernel/views';
import { newMemoryStore } from '../../support/memory-journal';
import { newMemoryMac, newMemorySealer } from '../../support/memory-keys';

export const people = ['ann', 'bob', 'cyd', 'dan'] as const;

/** A Super Admin, who is also somebody with an address. */
export const superAdmin = 'sue';

export type Act =
  | {
      readonly kind: 'invite';
      readonly actor: string;
      readonly user: string;
      readonly role: Role;
      readonly permissions: readonly Permission[] | undefined;
    }
  | {
      readonly kind: 'grant';
      readonly actor: string;
      readonly user: string;
      readonly role: Role;
      readonly permissions: readonly Permission[] | undefined;
    }
  | { readonly kind: 'accept'; readonly which: number; readonly user: string | undefined; readonly isNewest: boolean }
  | { readonly kind: 'resend' | 'revoke'; readonly actor: string; readonly which: number }
  | { readonly kind: 'suspend' | 'remove' | 'offer'; readonly actor: string; readonly user: string }
  | { readonly kind: 'reactivate'; readonly actor: string; readonly user: string | undefined }
  | { readonly kind: 'take'; readonly user: string | undefined }
  | { readonly kind: 'withdraw'; readonly actor: string | undefined }
  | { readonly kind: 'break-glass' | 'mend-glass' }
  | { readonly kind: 'pass'; readonly hours: number };

/** All that authority in a tenant consists of. Members are those who have a place now. */
export interface Snapshot {
  readonly members: ReadonlyMap<string, Member>;
  readonly owners: readonly string[];
  readonly invitations: ReadonlyMap<string, Invitation>;
  readonly transfer: OwnershipTransfer | undefined;
  readonly now: Date;
  readonly commits: number;
}

/** What became of an act. `subject` is the invitation, or the reactivated person, that was meant. */
export interface Done {
  readonly ok: boolean;
  readonly by: string;
  readonly subject?: string;
}

/** What may be special about a tenant from the beginning: long to come to by chance, and worth starting from. */
export const starts = ['plain', 'narrow-owner', 'super-admin-inside'] as const;

export type Start = (typeof starts)[number];

/**
 * A tenant with two Owners and an Admin, and whatever people then do there by the real use cases on a journal in memory. Admission is as
 * over HTTP, but for the permission of the route: the pyramid must hold whomever the routes let in.
 */
export async function anActiveTenant(start: Start) {
  let nowMs = Date.parse('2026-11-22T12:00:00.000Z');
  const clock = { now: () => new Date(nowMs) };
  const store = newMemoryStore();
  const macs = newMemoryMac();
  const ports = {
    journal: store.journal,
    clock,
    commitIds: newCommitIds(clock, systemRandomness),
    randomness: systemRandomness,
    sleep: async () => undefined,
    sealer: newMemorySealer(),
    macs,
  };
  const tenant = deriveId('tenant', ['a']);
  /** Whether the Super Admin is one yet: one who is inside joined before they were appointed. */
  let isAppointed = true;
  const begun = clock.now().toISOString();
  const superAdminSince = async (user: string) => (isAppointed && user === superAdmin ? begun : undefined);
  /** Invitations in the order of their sending, with their addressees. */
  const sent: { readonly id: string; readonly to: string }[] = [];

  const newest = (which: number) => {
    const invitation = sent.at(-1 - (which % sent.length));
    if (invitation === undefined) throw new Error('nothing was sent');
    return invitation;
  };
  const context = (user: string, level: Actor['level']): CommandContext => ({
    actor: { user, level },
    request: { id: 'request', route: 'test' },
    command: { name: 'test' },
  });
  const memberNow = async (user: string): Promise<Member | undefined> => {
    const { state } = fold(memberEntity, await store.journal.read(memberOf(tenant, user)));
    return hasPlace(state, clock.now()) ? state : undefined;
  };
  const addressOf = (user: string) => `${user}@example.com`;

  const offered = async (): Promise<OwnershipTransfer | undefined> =>
    fold(ownershipTransferEntity, await store.journal.read(ownershipTransferStream(tenant))).state;

  const first = { tenant, id: deriveId('invitation', ['first']) };
  const contact = await hideContact(addressOf('ann'), first, ports);
  const grant = { role: 'owner', permissions: rolePermissions.owner } as const;
  await store.journal.append(firstInvitation(ports, first, grant, contact, context(superAdmin, 'super-admin')));
  sent.push({ id: first.id, to: 'ann' });
  await run({ kind: 'accept', which: 0, user: undefined, isNewest: true });
  const inside = start === 'super-admin-inside' ? [['ann', superAdmin, 'auditor', undefined] as const] : [];
  const narrow = start === 'narrow-owner' ? (['members:read', 'payments:read'] as const) : undefined;
  for (const [actor, user, role, permissions] of [
    ['platform', 'bob', 'owner', narrow],
    ['ann', 'cyd', 'admin', undefined],
    ...inside,
  ] as const) {
    isAppointed = user !== superAdmin;
    await run({ kind: 'invite', actor, user, role, permissions });
    await run({ kind: 'accept', which: 0, user: undefined, isNewest: true });
    isAppointed = true;
  }

  /** Who acts, as admission finds them; undefined where they are not let in. */
  async function admitted(
    actor: string,
  ): Promise<{ readonly by: string; readonly granter: Granter; readonly context: CommandContext } | undefined> {
    if (actor === 'platform') {
      return { by: actor, granter: 'super-admin', context: context(superAdmin, 'super-admin') };
    }
    const member = await memberNow(actor);
    return member?.status === 'active'
      ? { by: actor, granter: member, context: context(actor, member.role) }
      : undefined;
  }

  async function run(act: Act): Promise<Done> {
    nowMs += 1;
    switch (act.kind) {
      case 'pass':
        nowMs += act.hours * 3_600_000;
        return { ok: true, by: 'time' };
      case 'accept': {
        const invitation = newest(act.which);
        const user = act.user ?? invitation.to;
        const { state } = fold(invitationEntity, await store.journal.read(invitationStream(tenant, invitation.id)));
        const token = { tenant, invitationId: invitation.id, issue: act.isNewest ? (state?.issue ?? 1) : 1 };
        const acceptor = { user, email: addressOf(user), emailVerified: true };
        const { ok } = await acceptInvitationAs({ ...ports, superAdminSince }, token, acceptor, context(user, 'user'));
        return { ok, by: user, subject: invitation.id };
      }
      case 'take': {
        const who = await admitted(act.user ?? (await offered())?.to ?? 'ann');
        if (who === undefined) return { ok: false, by: 'nobody' };
        return { ok: (await acceptOwnership(ports, tenant, who.context)).ok, by: who.by };
      }
      case 'break-glass':
      case 'mend-glass': {
        // The routes let Super Admins do this, and nobody else.
        const place = { tenant, user: superAdmin };
        const by = context(superAdmin, 'super-admin');
        const broken =
          act.kind === 'break-glass'
            ? await breakGlass(ports, place, { reason: 'help', permissions: ['payments:read', 'members:read'] }, by)
            : await mendGlass(ports, place, by);
        return { ok: broken.ok, by: superAdmin };
      }
      default:
        return runAsMember(act);
    }
  }

  async function runAsMember(act: Extract<Act, { readonly actor: unknown }>): Promise<Done> {
    const actor = act.actor ?? (await offered())?.from ?? 'ann';
    const who = await admitted(actor);
    if (who === undefined) return { ok: false, by: actor };
    const { by, granter } = who;
    const change = (userId: string, wish: MemberChange) =>
      changeMember(ports, { tenant, userId }, granter, wish, who.context);
    switch (act.kind) {
      case 'invite': {
        const id = newId('invitation', systemRandomness);
        const wish = { email: addressOf(act.user), role: act.role, permissions: act.permissions };
        const { ok } = await inviteMember(ports, { tenant, id }, granter, wish, who.context);
        if (ok) sent.push({ id, to: act.user });
        return { ok, by, subject: id };
      }
      case 'resend':
      case 'revoke': {
        const { id } = newest(act.which);
        const send = act.kind === 'resend' ? resendInvitation : revokeInvitation;
        return { ok: (await send(ports, { tenant, id }, granter, who.context)).ok, by, subject: id };
      }
      case 'offer':
        return { ok: (await offerOwnershipTo(ports, { tenant, to: act.user }, who.context)).ok, by };
      case 'withdraw':
        return { ok: (await withdrawOwnership(ports, tenant, who.context)).ok, by };
      case 'grant':
        return { ok: (await change(act.user, act)).ok, by };
      case 'suspend':
        return { ok: (await change(act.user, { kind: 'suspend', reason: 'test' })).ok, by };
      case 'remove':
        return { ok: (await change(act.user, { kind: 'remove' })).ok, by };
      case 'reactivate': {
        const everyone = await Promise.all(people.map(memberNow));
        const user = act.user ?? everyone.find((member) => member?.status === 'suspended')?.userId ?? 'ann';
        return { ok: (await change(user, { kind: 'reactivate' })).ok, by, subject: user };
      }
    }
  }

  return {
    run,
    snapshot: async (): Promise<Snapshot> => {
      const members = new Map<string, Member>();
      for (const user of [...people, superAdmin]) {
        const member = await memberNow(user);
        if (member !== undefined) members.set(user, member);
      }
      const invitations = new Map<string, Invitation>();
      for (const { id } of sent) {
        const { state } = fold(invitationEntity, await store.journal.read(invitationStream(tenant, id)));
        if (state !== undefined) invitations.set(id, state);
      }
      return {
        members,
        invitations,
        owners: fold(ownersEntity, await store.journal.read(ownersStream(tenant))).state?.users ?? [],
        transfer: await offered(),
        now: clock.now(),
        commits: store.commits.length,
      };
    },
  };
}
