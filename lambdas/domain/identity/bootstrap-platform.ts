import type { CommandContext, CommandPorts, CommandRefusal } from '../../kernel/command';
import { execute, newCommit } from '../../kernel/command';
import { err, ok } from '../../kernel/result';
import type { Result } from '../../kernel/result';
import { platformAdminEntity, platformAdminStream } from './platform-admin';
import type { PlatformAdmin, PlatformAdminEvent } from './platform-admin';
import { platformRosterEntity, platformRosterStream } from './platform-roster';
import type { PlatformRoster, PlatformRosterEvent } from './platform-roster';

/**
 * Appoints the first Super Admin, once in the life of the platform: the roster begins with the appointment in one transaction, so
 * two operators at the same moment make one Super Admin between them.
 */
export async function bootstrapPlatform(
  ports: CommandPorts,
  user: string,
  context: CommandContext,
): Promise<Result<void, { readonly reason: 'already-bootstrapped' } | CommandRefusal>> {
  const appointed: PlatformAdminEvent = { type: 'PlatformAdminAppointed', data: {} };
  const executed = await execute<PlatformRoster, PlatformRosterEvent, { readonly reason: 'already-bootstrapped' }>(
    ports,
    platformRosterEntity,
    platformRosterStream,
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
