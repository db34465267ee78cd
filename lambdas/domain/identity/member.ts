import * as z from 'zod';

import type { Entity, Head } from '../../kernel/entity';
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
  readonly createdAt: string;
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

export type MemberEvent = {
  readonly type: 'MemberJoined';
  readonly data: { readonly role: Role; readonly permissions: readonly Permission[]; readonly invitationId: string };
};

const permissionList = z.array(z.string().refine(isPermission));

const memberEvent = z.object({
  type: z.literal('MemberJoined'),
  data: z.object({ role: z.enum(roles), permissions: permissionList, invitationId: z.string() }),
});

const membershipView = z.object({
  userId: z.string(),
  role: z.enum(memberRoles),
  permissions: permissionList,
  status: z.enum(memberStatuses),
  until: z.string().optional(),
});

export const memberEntity: Entity<Member, MemberEvent> = {
  kind: 'member',
  evolve: (state, event, { at, stream }) => {
    if (state !== undefined) throw new InvariantViolation('a member joins once');
    return {
      userId: stream.id,
      tenantId: tenantOf(stream.owner),
      role: event.data.role,
      permissions: event.data.permissions,
      status: 'active',
      createdAt: at,
    };
  },
  parseEvent: (event: DomainEvent) => memberEvent.parse(event),
  audited: ({ role, permissions, status }) => ({ role, permissions, status }),
  immediateViews: (state, head) => [memberView(state, head)],
};

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
      },
      listed: { at: state.createdAt, under: state.userId },
    },
  ];
}

const memberViewData = membershipView.extend({ tenantId: z.string(), createdAt: z.string() });

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

function memberView(state: Member, head: Head): ViewWrite {
  return { type: 'record', entity: head.stream, version: head.version, data: state, listed: { at: state.createdAt } };
}

function tenantOf(owner: Owner): string {
  if (owner === 'platform') throw new InvariantViolation('a member belongs to a tenant');
  return owner.tenant;
}
