import * as z from 'zod';

import type { CommitFacts, Entity, Head } from '../../kernel/entity';
import { InvariantViolation } from '../../kernel/invariant';
import type { DomainEvent, Owner, ViewWrite } from '../../kernel/journal';
import { platform } from '../../kernel/journal';
import type { ViewRecord } from '../../kernel/views';
import { isPermission, roles } from './permissions';
import type { Permission, Role } from './permissions';

/** A person's place in a tenant. The stream is named by the user's subject id, so there is one a user and tenant. */
export interface Member {
  readonly userId: string;
  readonly tenantId: string;
  readonly role: MemberRole;
  readonly permissions: readonly Permission[];
  readonly status: MemberStatus;
  /** When they joined, the last time if they have been removed and invited again. */
  readonly createdAt: string;
  readonly suspendedReason?: string | undefined;
  readonly removedAt?: string | undefined;
  /** When the place of a guest ends. */
  readonly until?: string | undefined;
}

/** A member's role, or that of a Super Admin who has broken the glass: a guest for an hour. */
export type MemberRole = Role | 'super-admin';

export const memberRoles = [...roles, 'super-admin'] as const satisfies readonly MemberRole[];

/** `suspended` and `removed` members are refused; a removed one as if there had never been one. */
export const memberStatuses = ['active', 'suspended', 'removed'] as const;

export type MemberStatus = (typeof memberStatuses)[number];

/** What admission needs of a member: the parsed view record. */
export type Membership = Pick<Member, 'userId' | 'role' | 'permissions' | 'status' | 'until'>;

const permissionList = z.array(z.string().refine(isPermission)).readonly();

const memberEvent = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('MemberJoined'),
    data: z.object({ role: z.enum(roles), permissions: permissionList, invitationId: z.string() }),
  }),
  z.object({
    type: z.literal('MemberGrantChanged'),
    data: z.object({ role: z.enum(roles), permissions: permissionList }),
  }),
  z.object({ type: z.literal('MemberSuspended'), data: z.object({ reason: z.string() }) }),
  z.object({ type: z.literal('MemberReactivated'), data: z.object({}) }),
  z.object({ type: z.literal('MemberRemoved'), data: z.object({ reason: z.string().exactOptional() }) }),
  z.object({
    type: z.literal('BreakGlassOpened'),
    data: z.object({ reason: z.string(), permissions: permissionList, until: z.string() }),
  }),
  z.object({ type: z.literal('BreakGlassClosed'), data: z.object({}) }),
]);

export type MemberEvent = z.output<typeof memberEvent>;

export const memberEntity: Entity<Member, MemberEvent> = {
  kind: 'member',
  evolve: (state, event, facts) => {
    switch (event.type) {
      case 'MemberJoined':
        return placeOf(state, event.data.role, event.data.permissions, facts);
      case 'BreakGlassOpened':
        return {
          ...placeOf(isGuest(state) ? undefined : state, 'super-admin', event.data.permissions, facts),
          until: event.data.until,
        };
      case 'BreakGlassClosed':
        if (state === undefined || !isGuest(state))
          throw new InvariantViolation('a glass is closed that was not broken');
        return { ...state, status: 'removed', removedAt: facts.at };
      case 'MemberGrantChanged':
        return { ...aMember(state), role: event.data.role, permissions: event.data.permissions };
      case 'MemberSuspended':
        return { ...aMember(state), status: 'suspended', suspendedReason: event.data.reason };
      case 'MemberReactivated': {
        const { suspendedReason: _, ...rest } = aMember(state);
        return { ...rest, status: 'active' };
      }
      case 'MemberRemoved':
        return { ...aMember(state), status: 'removed', removedAt: facts.at };
    }
  },
  parseEvent: (event: DomainEvent) => memberEvent.parse(event),
  audited: ({ role, permissions, status, until }) => ({ role, permissions, status, until }),
  immediateViews: (state, head) => [memberView(state, head)],
};

/** A Super Admin who has broken the glass, whether or not their hour is over. */
export function isGuest(member: Member | undefined): boolean {
  return member?.role === 'super-admin' && member.status !== 'removed';
}

/** Whether this person belongs to the tenant now: active or suspended, and no guest whose time is over. */
export function hasPlace(member: Member | undefined, now: Date): member is Member {
  if (member === undefined || member.status === 'removed') return false;
  return member.until === undefined || now.getTime() < Date.parse(member.until);
}

function placeOf(
  before: Member | undefined,
  role: MemberRole,
  permissions: readonly Permission[],
  { at, stream }: CommitFacts,
): Member {
  if (hasPlace(before, new Date(at))) throw new InvariantViolation('who has a place in a tenant is given another');
  return { userId: stream.id, tenantId: tenantOf(stream.owner), role, permissions, status: 'active', createdAt: at };
}

function aMember(state: Member | undefined): Member {
  if (state === undefined || state.status === 'removed' || isGuest(state)) {
    throw new InvariantViolation('what happens to a member happens to who is one');
  }
  return state;
}

/** The member in the tenant's list, and the membership in the user's own (`GET /v1/me`), which lies with the platform. */
export function memberViews(state: Member, head: Head): readonly ViewWrite[] {
  return [
    memberView(state, head),
    {
      type: 'record',
      entity: { owner: platform, kind: 'membership', id: `${state.tenantId}.${state.userId}` },
      version: head.version,
      data: {
        tenantId: state.tenantId,
        role: state.role,
        permissions: state.permissions,
        status: state.status,
        ...(state.until === undefined ? {} : { until: state.until }),
      },
      ...(state.status === 'removed' ? {} : { listed: { at: state.createdAt, under: state.userId } }),
    },
  ];
}

const membershipView = z.object({
  userId: z.string(),
  role: z.enum(memberRoles),
  permissions: permissionList,
  status: z.enum(memberStatuses),
  until: z.string().optional(),
});

const memberViewData = membershipView.extend({
  tenantId: z.string(),
  createdAt: z.string(),
  suspendedReason: z.string().optional(),
});

/** Reads a record of the tenant's list of members. */
export function parseMemberView(data: unknown): Member {
  return memberViewData.parse(data);
}

const listedMembership = membershipView.omit({ userId: true }).extend({ tenantId: z.string() });

/** Reads a record of a user's own list of memberships. */
export function parseListedMembership(data: unknown): Omit<Membership, 'userId'> & { readonly tenantId: string } {
  return listedMembership.parse(data);
}

/** Reads the member's view record. It throws on a record that is none: admission then fails closed. */
export function parseMembership(record: ViewRecord): Membership {
  return membershipView.parse(record.data);
}

/** The record stays when a member is removed, so that admission knows; no list shows it. */
function memberView(state: Member, head: Head): ViewWrite {
  const record = { type: 'record', entity: head.stream, version: head.version, data: state } as const;
  return state.status === 'removed' ? record : { ...record, listed: { at: state.createdAt } };
}

function tenantOf(owner: Owner): string {
  if (owner === 'platform') throw new InvariantViolation('a member belongs to a tenant');
  return owner.tenant;
}
