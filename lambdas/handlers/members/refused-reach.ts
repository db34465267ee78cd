import type { CommandContext, CommandRefusal } from '../../kernel/command';
import type { Observation } from '../../kernel/journal';
import { observeReach } from '../../middleware/observations';
import type { Problem } from '../../middleware/problem';
import { commandProblem, isCommandRefusal, notFound } from '../../middleware/refusals';
import type {
  AlreadyInvited,
  LastOwner,
  MemberRefusal,
  OfferAbsent,
  OfferRefusal,
  ResendRefusal,
  RevokeRefusal,
  TransferRefusal,
} from '../../domain/identity';
import type { MembersDependencies } from './dependencies';

/** All that the rules about members refuse to a member of the tenant. */
export type Refusal =
  | MemberRefusal
  | AlreadyInvited
  | ResendRefusal
  | RevokeRefusal
  | OfferRefusal
  | OfferAbsent
  | TransferRefusal
  | LastOwner
  | CommandRefusal;

/** What the refused request was about. */
interface Reach {
  readonly tenant: string;
  readonly context: CommandContext;
  readonly entity?: Observation['entity'];
}

/**
 * The answer to a refusal. Where someone reaches for more than they, or the role, may hold, for somebody who is not below them, or
 * for themselves, it is remembered as a refused access [PCI DSS 10.2.1.4].
 */
export function newRefuse(deps: MembersDependencies) {
  return async (refusal: Refusal, { context, ...about }: Reach): Promise<{ readonly problem: Problem }> => {
    if (isReach(refusal)) await observeReach(deps, context, { ...about, reason: refusal.reason });
    return { problem: problemOf(refusal) };
  };
}

function isReach({ reason }: Refusal): boolean {
  return ['not-above', 'oneself', 'beyond-own', 'beyond-role'].includes(reason);
}

function problemOf(refusal: Refusal): Problem {
  if (isCommandRefusal(refusal)) return commandProblem(refusal);
  switch (refusal.reason) {
    case 'member-absent':
    case 'invitation-absent':
    case 'offer-absent':
      return notFound;
    case 'oneself':
      return { slug: 'forbidden', detail: 'Nobody changes their own place. Ask someone above you.' };
    case 'not-above':
      return {
        slug: 'beyond-authority',
        detail: 'You may act only on those, and give only roles, strictly below you.',
      };
    case 'beyond-own':
      return { slug: 'beyond-authority', detail: `You do not hold ${refusal.permissions.join(', ')} yourself.` };
    case 'beyond-role':
      return { slug: 'refused', detail: `This role cannot hold ${refusal.permissions.join(', ')}.` };
    case 'already-suspended':
      return { slug: 'conflict', detail: 'The member is suspended already.' };
    case 'not-suspended':
      return { slug: 'conflict', detail: 'The member is active already.' };
    case 'already-invited':
      return {
        slug: 'conflict',
        detail: 'This address has an open invitation already. Send that one again, or revoke it first.',
      };
    case 'invitation-used':
      return { slug: 'conflict', detail: 'This invitation has been accepted.' };
    case 'invitation-revoked':
      return { slug: 'conflict', detail: 'This invitation has been revoked.' };
    case 'offer-open':
      return {
        slug: 'conflict',
        detail: 'Another Owner has an open offer. It must be accepted, withdrawn or end first.',
      };
    case 'too-many-mails':
      return ruled(
        refusal.reason,
        `This person has been sent as many mails as we send. The next one can be sent at ${refusal.notBefore}.`,
      );
    case 'last-owner':
      return ruled(refusal.reason, 'A tenant keeps at least one active Owner.');
    case 'recipient-not-eligible':
      return ruled(refusal.reason, 'Ownership is offered to an active member who is no Owner.');
    case 'offer-withdrawn':
      return ruled(refusal.reason, 'This offer was withdrawn.');
    case 'offer-expired':
      return ruled(refusal.reason, 'This offer has expired.');
    case 'offer-void':
      return ruled(
        refusal.reason,
        'This offer no longer holds: who made it is no active Owner any more, or you have changed.',
      );
  }
}

function ruled(reason: string, detail: string): Problem {
  return { slug: 'refused', detail, extensions: { reason } };
}
