import * as z from 'zod';

import type { Entity, Head } from '../../kernel/entity';
import { InvariantViolation } from '../../kernel/invariant';
import type { DomainEvent, StreamId, ViewWrite } from '../../kernel/journal';
import { platform } from '../../kernel/journal';
import type { ViewRecord } from '../../kernel/views';

/** A Super Admin: above all tenants, member of none. */
export interface PlatformAdmin {
  readonly userId: string;
  readonly status: 'active';
  readonly since: string;
}

export type PlatformAdminEvent = { readonly type: 'PlatformAdminAppointed'; readonly data: object };

const platformAdminEvent = z.object({ type: z.literal('PlatformAdminAppointed'), data: z.object({}) });

export const platformAdminEntity: Entity<PlatformAdmin, PlatformAdminEvent> = {
  kind: 'platform-admin',
  evolve: (state, _event, { at, stream }) => {
    if (state !== undefined) throw new InvariantViolation('a Super Admin is appointed once');
    return { userId: stream.id, status: 'active', since: at };
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

const viewData = z.object({ status: z.string() });

/** Whether a record of `platformAdminStream` gives the standing of a Super Admin now. */
export function isActivePlatformAdmin(record: ViewRecord): boolean {
  return viewData.parse(record.data).status === 'active';
}
