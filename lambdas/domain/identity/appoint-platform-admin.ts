import type { CommandContext, CommandPorts, CommandRefusal, Executed } from '../../kernel/command';
import { executeJointly, openPart } from '../../kernel/joint-command';
import { platform } from '../../kernel/journal';
import { err, ok } from '../../kernel/result';
import type { Result } from '../../kernel/result';
import type { Views } from '../../kernel/views';
import { glassesEntity, glassesStream } from './glasses';
import { parseListedMembership } from './member';
import { platformAdminEntity, platformAdminStream } from './platform-admin';
import type { PlatformAdmin, PlatformAdminEvent } from './platform-admin';
import { platformRosterEntity, platformRosterStream } from './platform-roster';

export type AppointmentRefusal =
  /** The first Super Admin comes by `bootstrapPlatform`. */
  | { readonly reason: 'not-bootstrapped' }
  | { readonly reason: 'already-super-admin' }
  /** They belong to a tenant, even suspended. */
  | { readonly reason: 'member-of-a-tenant' };

export interface AppointmentPorts extends CommandPorts {
  readonly views: Pick<Views, 'list'>;
}

/**
 * Makes a person a Super Admin, also one who was removed before. The roster and the person change in one transaction. Who belongs to
 * a tenant is made none: the list of that is eventually consistent, so this keeps from mistakes, and is no rule under every race.
 */
export async function appointPlatformAdmin(
  ports: AppointmentPorts,
  user: string,
  context: CommandContext,
): Promise<Result<Executed<PlatformAdmin>, AppointmentRefusal | CommandRefusal>> {
  if (await hasPlaceAnywhere(ports, user)) return err({ reason: 'member-of-a-tenant' });
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

/** The places of a guest end by themselves, and with the standing of a Super Admin. */
async function hasPlaceAnywhere({ views }: AppointmentPorts, user: string): Promise<boolean> {
  let after: Readonly<Record<string, unknown>> | undefined;
  do {
    const page = await views.list(platform, 'membership', {
      limit: 100,
      under: user,
      ...(after === undefined ? {} : { after }),
    });
    const memberships = page.records.map(({ data }) => parseListedMembership(data));
    if (memberships.some(({ role, status }) => role !== 'super-admin' && status !== 'removed')) return true;
    after = page.next;
  } while (after !== undefined);
  return false;
}
