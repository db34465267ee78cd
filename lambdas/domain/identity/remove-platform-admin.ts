import type { CommandContext, CommandPorts, CommandRefusal, Executed } from '../../kernel/command';
import { maxAttempts } from '../../kernel/command';
import { fold } from '../../kernel/entity';
import { executeJointly, openPart } from '../../kernel/joint-command';
import { redactText } from '../../kernel/redaction';
import { err, ok } from '../../kernel/result';
import type { Result } from '../../kernel/result';
import { memberOf } from '../../kernel/views';
import { isOpen } from './break-glass';
import { glassesEntity, glassesStream, guestOf, noGlasses } from './glasses';
import { memberEntity } from './member';
import { platformAdminEntity, platformAdminStream } from './platform-admin';
import type { PlatformAdmin, PlatformAdminEvent } from './platform-admin';
import { platformRosterEntity, platformRosterStream } from './platform-roster';

export type RemovalRefusal =
  | { readonly reason: 'no-such-super-admin' }
  /** Without one, nobody could provision a tenant or help an Owner again. */
  | { readonly reason: 'last-super-admin' };

/**
 * Ends the standing of a Super Admin, and with it, in the same transaction, whatever they are a guest of. The last one stays,
 * under any race: both removals of a pair write the roster.
 */
export async function removePlatformAdmin(
  ports: CommandPorts,
  user: string,
  reason: string,
  context: CommandContext,
): Promise<Result<Executed<PlatformAdmin>, RemovalRefusal | CommandRefusal>> {
  for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
    const tenants = await placesOf(ports, user);
    const removed = await removeFrom(ports, { user, tenants }, reason, context);
    if (removed.ok) return removed;
    const { error } = removed;
    if (error.reason !== 'guest-elsewhere') return err(error);
  }
  return err({ reason: 'contended' });
}

/** They have broken or mended a glass since it was read which ones are open. */
type GuestElsewhere = { readonly reason: 'guest-elsewhere' };

type Removed = Result<Executed<PlatformAdmin>, RemovalRefusal | GuestElsewhere | CommandRefusal>;

function removeFrom(
  ports: CommandPorts,
  { user, tenants }: { readonly user: string; readonly tenants: readonly string[] },
  reason: string,
  context: CommandContext,
): Promise<Removed> {
  const admin = openPart(platformAdminEntity, platformAdminStream(user));
  const roster = openPart(platformRosterEntity, platformRosterStream);
  const glasses = openPart(glassesEntity, glassesStream(user));
  const guests = tenants.map((tenant) => openPart(memberEntity, memberOf(tenant, user)));
  return executeJointly<PlatformAdmin, PlatformAdminEvent, RemovalRefusal | GuestElsewhere>(
    ports,
    [admin, roster, glasses, ...guests],
    context,
    () => {
      if (admin.state()?.status !== 'active') return err({ reason: 'no-such-super-admin' });
      const others = roster.state()?.users.filter((listed) => listed !== user) ?? [];
      if (others.length === 0) return err({ reason: 'last-super-admin' });
      const now = ports.clock.now();
      const places = guestOf(glasses.state() ?? noGlasses, now.toISOString());
      if (places.some((tenant) => !tenants.includes(tenant))) {
        return err({ reason: 'guest-elsewhere' });
      }
      admin.decide([{ type: 'PlatformAdminRemoved', data: { reason: redactText(reason) } }]);
      roster.decide([{ type: 'SuperAdminStruck', data: { user } }]);
      glasses.decide([{ type: 'GlassesBarred', data: {} }]);
      for (const guest of guests) {
        if (isOpen(guest.state(), now)) guest.decide([{ type: 'BreakGlassClosed', data: {} }]);
      }
      return ok(undefined);
    },
  );
}

async function placesOf(ports: CommandPorts, user: string): Promise<readonly string[]> {
  const { state } = fold(glassesEntity, await ports.journal.read(glassesStream(user)));
  return guestOf(state ?? noGlasses, ports.clock.now().toISOString());
}
