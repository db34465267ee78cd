import * as z from 'zod';

import type { Entity } from '../../kernel/entity';
import { InvariantViolation } from '../../kernel/invariant';
import type { DomainEvent, StreamId } from '../../kernel/journal';
import { platform } from '../../kernel/journal';

/**
 * Who the Super Admins are, in one stream: every appointment and removal is decided on it, so of two removals at the same moment
 * one decides again and sees the other. It begins with the first Super Admin, which is why a platform is bootstrapped once.
 */
export interface PlatformRoster {
  readonly users: readonly string[];
}

const rosterEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('PlatformBootstrapped'), data: z.object({ user: z.string() }) }),
  z.object({ type: z.literal('SuperAdminListed'), data: z.object({ user: z.string() }) }),
  z.object({ type: z.literal('SuperAdminStruck'), data: z.object({ user: z.string() }) }),
]);

export type PlatformRosterEvent = z.output<typeof rosterEvent>;

export const platformRosterEntity: Entity<PlatformRoster, PlatformRosterEvent> = {
  // Named for its first commit.
  kind: 'bootstrap',
  evolve: (state, { type, data: { user } }) => {
    if (type === 'PlatformBootstrapped') {
      if (state !== undefined) throw new InvariantViolation('a platform is bootstrapped once');
      return { users: [user] };
    }
    if (state === undefined) throw new InvariantViolation(`${type} before the platform was bootstrapped`);
    const others = state.users.filter((listed) => listed !== user);
    return { users: type === 'SuperAdminListed' ? [...others, user] : others };
  },
  parseEvent: (event: DomainEvent) => rosterEvent.parse(event),
  audited: ({ users }) => ({ superAdmins: users.length }),
};

/** The roster is seen by nobody: each Super Admin has a view of their own. */
export function platformRosterViews(): readonly never[] {
  return [];
}

export const platformRosterStream: StreamId = { owner: platform, kind: 'bootstrap', id: 'super-admin' };
