import * as z from 'zod';

import type { Entity, Head } from '../../kernel/entity';
import { InvariantViolation } from '../../kernel/invariant';
import type { DomainEvent, StreamId, ViewWrite } from '../../kernel/journal';
import { platform } from '../../kernel/journal';
import type { ViewRecord } from '../../kernel/views';

/** A Super Admin: above all tenants, member of none. */
export interface PlatformAdmin {
  readonly userId: string;
  readonly status: PlatformAdminStatus;
  /** When the standing began: again, after a removal. */
  readonly since: string;
}

export const platformAdminStatuses = ['active', 'removed'] as const;

export type PlatformAdminStatus = (typeof platformAdminStatuses)[number];

const platformAdminEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('PlatformAdminAppointed'), data: z.object({}) }),
  z.object({ type: z.literal('PlatformAdminRemoved'), data: z.object({ reason: z.string() }) }),
]);

export type PlatformAdminEvent = z.output<typeof platformAdminEvent>;

export const platformAdminEntity: Entity<PlatformAdmin, PlatformAdminEvent> = {
  kind: 'platform-admin',
  evolve: (state, event, { at, stream }) => {
    if (event.type === 'PlatformAdminAppointed') {
      if (state?.status === 'active') throw new InvariantViolation('a Super Admin is appointed once');
      return { userId: stream.id, status: 'active', since: at };
    }
    if (state?.status !== 'active') throw new InvariantViolation(`${event.type} of no Super Admin`);
    return { ...state, status: 'removed' };
  },
  parseEvent: (event: DomainEvent) => platformAdminEvent.parse(event),
  audited: ({ status }) => ({ status }),
  immediateViews: platformAdminViews,
};

export function platformAdminStream(user: string): StreamId {
  return { owner: platform, kind: 'platform-admin', id: user };
}

export function platformAdminViews(state: PlatformAdmin, head: Head): readonly ViewWrite[] {
  return [{ type: 'record', entity: head.stream, version: head.version, data: state, listed: { at: state.since } }];
}

const viewData = z.object({ userId: z.string(), status: z.enum(platformAdminStatuses), since: z.string() });

/** Reads a record of the list of Super Admins. */
export function parsePlatformAdminView(data: unknown): PlatformAdmin {
  return viewData.parse(data);
}

const standing = z.object({ status: z.string() });

/** Whether a record of `platformAdminStream` gives the standing of a Super Admin now. */
export function isActivePlatformAdmin(record: ViewRecord): boolean {
  return standing.parse(record.data).status === 'active';
}
