import * as z from 'zod';

import type { Entity } from '../../kernel/entity';
import { InvariantViolation } from '../../kernel/invariant';
import type { DomainEvent, StreamId } from '../../kernel/journal';
import { err, ok } from '../../kernel/result';
import type { Result } from '../../kernel/result';
import type { Member } from './member';

/**
 * The active Owners of a tenant. Whatever changes who is one writes this stream in the same transaction as the member's, so that
 * "the last one stays" is decided on all of them at once, under any race.
 */
export interface Owners {
  readonly users: readonly string[];
}

const user = z.object({ user: z.string() });

const ownersEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('OwnerAdded'), data: user }),
  z.object({ type: z.literal('OwnerRemoved'), data: user }),
]);

export type OwnersEvent = z.output<typeof ownersEvent>;

export const ownersEntity: Entity<Owners, OwnersEvent> = {
  kind: 'owners',
  evolve: (state = { users: [] }, event) => {
    const others = state.users.filter((each) => each !== event.data.user);
    const isThere = others.length < state.users.length;
    switch (event.type) {
      case 'OwnerAdded':
        if (isThere) throw new InvariantViolation('an Owner is added twice');
        return { users: [...others, event.data.user] };
      case 'OwnerRemoved':
        if (!isThere || others.length === 0) throw new InvariantViolation('the last Owner, or none, is removed');
        return { users: others };
    }
  },
  parseEvent: (event: DomainEvent) => ownersEvent.parse(event),
  audited: ({ users }) => ({ users }),
};

export function ownersStream(tenant: string): StreamId {
  return { owner: { tenant }, kind: 'owners', id: 'owners' };
}

/** It is read by its stream; no list shows it. */
export function ownersViews(): readonly never[] {
  return [];
}

/** Of a member, what says whether they are an active Owner. */
type Standing = Pick<Member, 'userId' | 'role' | 'status'>;

export type LastOwner = { readonly reason: 'last-owner' };

/** What a change of members means for the owners: those who become Owners come first, so that a transfer leaves one at every step. */
export function decideOwners(
  owners: Owners | undefined,
  changes: readonly { readonly before: Standing | undefined; readonly after: Standing }[],
): Result<readonly OwnersEvent[], LastOwner> {
  const users = owners?.users ?? [];
  const added = changes
    .filter(({ after }) => isActiveOwner(after) && !users.includes(after.userId))
    .map(({ after }) => after.userId);
  const gone = changes.filter(({ before, after }) => isActiveOwner(before) && !isActiveOwner(after));
  const removed = gone.map(({ after }) => after.userId);
  const left = [...users, ...added].filter((each) => !removed.includes(each));
  if (removed.length > 0 && left.length === 0) return err({ reason: 'last-owner' });
  return ok([
    ...added.map((each): OwnersEvent => ({ type: 'OwnerAdded', data: { user: each } })),
    ...removed
      .filter((each) => users.includes(each))
      .map((each): OwnersEvent => ({ type: 'OwnerRemoved', data: { user: each } })),
  ]);
}

export function isActiveOwner(member: Pick<Member, 'role' | 'status'> | undefined): boolean {
  return member?.role === 'owner' && member.status === 'active';
}
