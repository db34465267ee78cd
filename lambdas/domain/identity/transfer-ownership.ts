import type { CommandContext, CommandPorts, CommandRefusal, Executed } from '../../kernel/command';
import { execute } from '../../kernel/command';
import { fold } from '../../kernel/entity';
import { executeJointly, openPart } from '../../kernel/joint-command';
import { err, ok } from '../../kernel/result';
import type { Result } from '../../kernel/result';
import { memberOf } from '../../kernel/views';
import type { NotAbove, Oneself } from './authority';
import { hasPlace, memberEntity } from './member';
import { decidePace } from './mail-pace';
import type { TooManyMails } from './mail-pace';
import type { Member } from './member';
import { decideOwners, isActiveOwner, ownersEntity, ownersStream } from './owners';
import type { LastOwner } from './owners';
import {
  offerOwnership,
  ownershipStatus,
  ownershipTransferEntity,
  ownershipTransferStream,
} from './ownership-transfer';
import type { OwnershipEvent, OwnershipTransfer } from './ownership-transfer';
import { rolePermissions } from './permissions';

export type OfferRefusal =
  | NotAbove
  | Oneself
  /** Not an active member, or an Owner already. */
  | { readonly reason: 'recipient-not-eligible' }
  /** Another Owner's offer is open. */
  | { readonly reason: 'offer-open' }
  | TooManyMails;

/** First step: an Owner, and nobody else, offers their own place to an active member. A new offer replaces their former one. */
export function offerOwnershipTo(
  ports: CommandPorts,
  { tenant, to }: { readonly tenant: string; readonly to: string },
  context: CommandContext,
): Promise<Result<Executed<OwnershipTransfer>, OfferRefusal | CommandRefusal>> {
  const from = context.actor.user;
  const transfer = openPart(ownershipTransferEntity, ownershipTransferStream(tenant));
  return executeJointly<OwnershipTransfer, OwnershipEvent, OfferRefusal>(ports, [transfer], context, async () => {
    const now = ports.clock.now();
    if (from === to) return err({ reason: 'oneself' });
    const [owner, recipient] = await Promise.all([memberIn(ports, tenant, from), memberIn(ports, tenant, to)]);
    if (!isActiveOwner(owner)) return err({ reason: 'not-above' });
    if (!isEligible(recipient, now)) return err({ reason: 'recipient-not-eligible' });

    const open = transfer.state();
    const isOthers = open !== undefined && open.from !== from && ownershipStatus(open, now) === 'pending';
    if (isOthers && isActiveOwner(await memberIn(ports, tenant, open.from))) return err({ reason: 'offer-open' });
    const mailed = open?.offers.filter((offer) => offer.to === to) ?? [];
    const pace = decidePace(
      mailed.map(({ at }) => at),
      now,
    );
    if (!pace.ok) return pace;
    transfer.decide([offerOwnership(from, to, now)]);
    return ok(undefined);
  });
}

export type OfferAbsent = { readonly reason: 'offer-absent' };

export type TransferRefusal =
  | OfferAbsent
  | { readonly reason: 'offer-withdrawn' }
  | { readonly reason: 'offer-expired' }
  /** One of the two is no longer what they were when it was offered. */
  | { readonly reason: 'offer-void' };

/**
 * Second step: the member accepts. In one transaction they become Owner, with what the former Owner held and no more, and the
 * former Owner becomes Admin, with what an Admin may hold of it. A tenant has as many Owners after it as before.
 */
export async function acceptOwnership(
  ports: CommandPorts,
  tenant: string,
  context: CommandContext,
): Promise<Result<Executed<OwnershipTransfer>, TransferRefusal | LastOwner | CommandRefusal>> {
  const to = context.actor.user;
  const stream = ownershipTransferStream(tenant);
  const known = fold(ownershipTransferEntity, await ports.journal.read(stream)).state;
  if (known?.to !== to) return err({ reason: 'offer-absent' });

  const transfer = openPart(ownershipTransferEntity, stream);
  const giver = openPart(memberEntity, memberOf(tenant, known.from));
  const taker = openPart(memberEntity, memberOf(tenant, to));
  const owners = openPart(ownersEntity, ownersStream(tenant));
  type Refusal = TransferRefusal | LastOwner;
  return executeJointly<OwnershipTransfer, OwnershipEvent, Refusal>(
    ports,
    [transfer, giver, taker, owners],
    context,
    () => {
      const offer = transfer.state();
      // Another offer has taken its place since it was read.
      if (offer?.to !== to || offer.from !== known.from) return err({ reason: 'offer-absent' });
      const now = ports.clock.now();
      switch (ownershipStatus(offer, now)) {
        case 'accepted':
          // The first answer may have been lost.
          return ok(undefined);
        case 'withdrawn':
          return err({ reason: 'offer-withdrawn' });
        case 'expired':
          return err({ reason: 'offer-expired' });
        case 'pending':
      }
      const [from, recipient] = [giver.state(), taker.state()];
      const isStanding =
        isActiveOwner(from) && isEligible(recipient, now) && hasStood(from, offer) && hasStood(recipient, offer);
      if (!isStanding || from === undefined) return err({ reason: 'offer-void' });

      const given = { role: 'owner', permissions: from.permissions } as const;
      const kept = from.permissions.filter((permission) => rolePermissions.admin.includes(permission));
      const left = { role: 'admin', permissions: kept } as const;
      const counted = decideOwners(owners.state(), [
        { before: recipient, after: { ...recipient, ...given } },
        { before: from, after: { ...from, ...left } },
      ]);
      if (!counted.ok) return counted;
      transfer.decide([{ type: 'OwnershipTransferred', data: {} }]);
      taker.decide([{ type: 'MemberGrantChanged', data: given }]);
      giver.decide([{ type: 'MemberGrantChanged', data: left }]);
      owners.decide(counted.value);
      return ok(undefined);
    },
  );
}

/** Only who has made an offer takes it back; once more changes nothing. */
export function withdrawOwnership(
  ports: CommandPorts,
  tenant: string,
  context: CommandContext,
  ifMatch?: number,
): Promise<Result<Executed<OwnershipTransfer>, OfferAbsent | NotAbove | CommandRefusal>> {
  return execute<OwnershipTransfer, OwnershipEvent, OfferAbsent | NotAbove>(
    ports,
    ownershipTransferEntity,
    ownershipTransferStream(tenant),
    context,
    (offer) => {
      if (offer === undefined || offer.ended === 'accepted') return err({ reason: 'offer-absent' });
      if (offer.from !== context.actor.user) return err({ reason: 'not-above' });
      return ok(offer.ended === undefined ? [{ type: 'OwnershipOfferWithdrawn', data: {} }] : []);
    },
    ifMatch === undefined ? {} : { ifMatch },
  );
}

/** Who can become Owner by a transfer: an active member who is none. A guest is no member. */
function isEligible(member: Member | undefined, now: Date): member is Member {
  if (!hasPlace(member, now) || member.status !== 'active') return false;
  return member.role !== 'owner' && member.role !== 'super-admin';
}

/** Whether they have belonged to the tenant since the offer: who was removed and invited again has another place. */
function hasStood(member: Member | undefined, offer: OwnershipTransfer): boolean {
  return member !== undefined && Date.parse(member.createdAt) <= Date.parse(offer.offeredAt);
}

async function memberIn(
  ports: Pick<CommandPorts, 'journal'>,
  tenant: string,
  user: string,
): Promise<Member | undefined> {
  return fold(memberEntity, await ports.journal.read(memberOf(tenant, user))).state;
}
