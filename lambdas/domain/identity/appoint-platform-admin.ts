import type { CommandContext, CommandPorts, CommandRefusal, Executed } from '../../kernel/command';
import { executeJointly, openPart } from '../../kernel/joint-command';
import { err, ok } from '../../kernel/result';
import type { Result } from '../../kernel/result';
import { glassesEntity, glassesStream } from './glasses';
import { platformAdminEntity, platformAdminStream } from './platform-admin';
import type { PlatformAdmin, PlatformAdminEvent } from './platform-admin';
import { platformRosterEntity, platformRosterStream } from './platform-roster';

export type AppointmentRefusal =
  /** The first Super Admin comes by `bootstrapPlatform`. */
  { readonly reason: 'not-bootstrapped' } | { readonly reason: 'already-super-admin' };

/** Makes a person a Super Admin, also one who was removed before. The roster and the person change in one transaction. */
export function appointPlatformAdmin(
  ports: CommandPorts,
  user: string,
  context: CommandContext,
): Promise<Result<Executed<PlatformAdmin>, AppointmentRefusal | CommandRefusal>> {
  const admin = openPart(platformAdminEntity, platformAdminStream(user));
  const roster = openPart(platformRosterEntity, platformRosterStream);
  const glasses = openPart(glassesEntity, glassesStream(user));
  return executeJointly<PlatformAdmin, PlatformAdminEvent, AppointmentRefusal>(
    ports,
    [admin, roster, glasses],
    context,
    () => {
      if (roster.state() === undefined) return err({ reason: 'not-bootstrapped' });
      if (admin.state()?.status === 'active') return err({ reason: 'already-super-admin' });
      admin.decide([{ type: 'PlatformAdminAppointed', data: {} }]);
      roster.decide([{ type: 'SuperAdminListed', data: { user } }]);
      if (glasses.state()?.barred === true) glasses.decide([{ type: 'GlassesAllowed', data: {} }]);
      return ok(undefined);
    },
  );
}
