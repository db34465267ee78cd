import * as z from 'zod';

import type { CommandContext, CommandPorts, CommandRefusal } from '../../kernel/command';
import { execute, newCommit } from '../../kernel/command';
import type { Entity } from '../../kernel/entity';
import type { DomainEvent, StreamId } from '../../kernel/journal';
import { platform } from '../../kernel/journal';
import { err, ok } from '../../kernel/result';
import type { Result } from '../../kernel/result';
import { platformAdminEntity, platformAdminStream } from './platform-admin';
import type { PlatformAdmin, PlatformAdminEvent } from './platform-admin';

/** The marker that the platform has had its first Super Admin. Its stream never gets a second commit. */
export interface Bootstrap {
  readonly user: string;
}

type BootstrapEvent = { readonly type: 'PlatformBootstrapped'; readonly data: { readonly user: string } };

const bootstrapEvent = z.object({ type: z.literal('PlatformBootstrapped'), data: z.object({ user: z.string() }) });

export const bootstrapEntity: Entity<Bootstrap, BootstrapEvent> = {
  kind: 'bootstrap',
  evolve: (_state, event) => ({ user: event.data.user }),
  parseEvent: (event: DomainEvent) => bootstrapEvent.parse(event),
  audited: ({ user }) => ({ user }),
};

/** The marker is seen by nobody. */
export function bootstrapViews(): readonly never[] {
  return [];
}

const marker: StreamId = { owner: platform, kind: 'bootstrap', id: 'super-admin' };

/**
 * Appoints the first Super Admin, once in the life of the platform: the marker and the appointment are one transaction, so two
 * operators at the same moment make one Super Admin between them.
 */
export async function bootstrapPlatform(
  ports: CommandPorts,
  user: string,
  context: CommandContext,
): Promise<Result<void, { readonly reason: 'already-bootstrapped' } | CommandRefusal>> {
  const appointed: PlatformAdminEvent = { type: 'PlatformAdminAppointed', data: {} };
  const executed = await execute<Bootstrap, BootstrapEvent, { readonly reason: 'already-bootstrapped' }>(
    ports,
    bootstrapEntity,
    marker,
    context,
    (state) =>
      state === undefined
        ? ok([{ type: 'PlatformBootstrapped', data: { user } }])
        : err({ reason: 'already-bootstrapped' }),
    {
      alongside: () => {
        const { commit, state } = newCommit<PlatformAdmin, PlatformAdminEvent>(
          ports,
          platformAdminEntity,
          platformAdminStream(user),
          context,
          { state: undefined, version: 0 },
          [appointed],
        );
        return { commits: [commit], views: platformAdminEntity.immediateViews?.(state, commit) ?? [] };
      },
    },
  );
  return executed.ok ? ok(undefined) : executed;
}
