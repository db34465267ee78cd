import type { CommandContext, CommandPorts, CommandRefusal, Executed } from '../../kernel/command';
import { executeJointly, openPart } from '../../kernel/joint-command';
import type { OpenPart } from '../../kernel/joint-command';
import { redactText } from '../../kernel/redaction';
import { err, ok } from '../../kernel/result';
import type { Result } from '../../kernel/result';
import { memberOf } from '../../kernel/views';
import { glassesEntity, glassesStream, guestOf, noGlasses } from './glasses';
import type { Glasses, GlassesEvent } from './glasses';
import { hasPlace, isGuest, memberEntity } from './member';
import type { Member, MemberEvent } from './member';
import { permissions as allPermissions, readPermissions } from './permissions';
import type { Permission } from './permissions';

/** How long a guest may stay. It is never extended: whoever needs more gives a reason again. */
export const breakGlassMs = 3_600_000;

/** Tenants that one Super Admin is a guest of at once. It also keeps their removal within one transaction. */
export const maxOpenGlasses = 10;

/** What no guest is given: who may do what, and with which credentials, is for the tenant to say; so is taking money. */
const withheld: readonly Permission[] = [
  'members:manage',
  'connections:manage',
  'policy:manage',
  'api-keys:manage',
  'payments:create',
];

/** What a guest may hold at most. Unless more is asked for, they only read. */
export const guestPermissions: readonly Permission[] = allPermissions.filter(
  (permission) => !withheld.includes(permission),
);

export type OpenGlassRefusal =
  /** Who asks is no Super Admin any more. */
  | { readonly reason: 'not-a-super-admin' }
  /** They are a member of the tenant, active or suspended: a suspension is not to be got round. */
  | { readonly reason: 'is-a-member' }
  | { readonly reason: 'glass-open'; readonly until: string }
  | { readonly reason: 'too-many-glasses' }
  | { readonly reason: 'beyond-guest'; readonly permissions: readonly Permission[] };

export type MendGlassRefusal = { readonly reason: 'no-glass-open' };

/**
 * A Super Admin becomes a guest of a tenant for an hour. The guest's membership stands in the tenant's own journal, and thereby in
 * its audit log; beside it, in the same transaction, it is noted with the platform where they are, so that their removal can end it
 * (decision 0044). The caller has seen that the tenant exists, and that they are a Super Admin.
 */
export function breakGlass(
  ports: CommandPorts,
  place: { readonly tenant: string; readonly user: string },
  wish: { readonly reason: string; readonly permissions?: readonly Permission[] | undefined },
  context: CommandContext,
): Promise<Result<Executed<Member>, OpenGlassRefusal | CommandRefusal>> {
  const { guest, glasses } = partsOf(place);
  return executeJointly<Member, MemberEvent, OpenGlassRefusal>(ports, [guest, glasses], context, () => {
    const decided = decideBreakGlass(guest.state(), glasses.state(), wish, ports.clock.now());
    if (!decided.ok) return decided;
    const { permissions, until } = decided.value;
    guest.decide([{ type: 'BreakGlassOpened', data: { reason: redactText(wish.reason), permissions, until } }]);
    glasses.decide([{ type: 'GlassBroken', data: { tenant: place.tenant, until } }]);
    return ok(undefined);
  });
}

/** Ends it before the hour is over. */
export function mendGlass(
  ports: CommandPorts,
  place: { readonly tenant: string; readonly user: string },
  context: CommandContext,
): Promise<Result<Executed<Member>, MendGlassRefusal | CommandRefusal>> {
  const { guest, glasses } = partsOf(place);
  return executeJointly<Member, MemberEvent, MendGlassRefusal>(ports, [guest, glasses], context, () => {
    if (!isOpen(guest.state(), ports.clock.now())) return err({ reason: 'no-glass-open' });
    guest.decide([{ type: 'BreakGlassClosed', data: {} }]);
    glasses.decide([{ type: 'GlassMended', data: { tenant: place.tenant } }]);
    return ok(undefined);
  });
}

/** The rule behind `breakGlass`. */
export function decideBreakGlass(
  guest: Member | undefined,
  glasses: Glasses | undefined,
  wish: { readonly permissions?: readonly Permission[] | undefined },
  now: Date,
): Result<{ readonly permissions: readonly Permission[]; readonly until: string }, OpenGlassRefusal> {
  if (glasses?.barred === true) return err({ reason: 'not-a-super-admin' });
  if (hasPlace(guest, now)) {
    return err(guest.until === undefined ? { reason: 'is-a-member' } : { reason: 'glass-open', until: guest.until });
  }
  const asked = wish.permissions ?? readPermissions;
  const beyond = asked.filter((permission) => !guestPermissions.includes(permission));
  if (beyond.length > 0) return err({ reason: 'beyond-guest', permissions: beyond });
  if (guestOf(glasses ?? noGlasses, now.toISOString()).length >= maxOpenGlasses)
    return err({ reason: 'too-many-glasses' });
  return ok({
    permissions: guestPermissions.filter((permission) => asked.includes(permission)),
    until: new Date(now.getTime() + breakGlassMs).toISOString(),
  });
}

/** Whether the place is a guest's whose hour is not over. */
export function isOpen(guest: Member | undefined, now: Date): boolean {
  return isGuest(guest) && hasPlace(guest, now);
}

function partsOf({ tenant, user }: { readonly tenant: string; readonly user: string }): {
  readonly guest: OpenPart<Member, MemberEvent>;
  readonly glasses: OpenPart<Glasses, GlassesEvent>;
} {
  return {
    guest: openPart(memberEntity, memberOf(tenant, user)),
    glasses: openPart(glassesEntity, glassesStream(user)),
  };
}
