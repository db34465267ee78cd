import type { Commit, DomainEvent } from '../../kernel/journal';
import type { apiKeyEntity } from '../api-keys';
import type { invitationEntity, platformAdminEntity } from '../identity';
import { memberEntity, ownershipTransferEntity } from '../identity';
import type { factorsEntity } from '../mfa';
import type { securityPolicyEntity } from '../policies';
import type { NoticeName } from './notices';
import { notices } from './notices';
import type { NoticeNotification, Notification } from './ports';

/** Whom an event concerns: the person whose stream it is in, one whom it names, or the Owners of the tenant. */
interface Reaction {
  readonly notice: NoticeName;
  readonly tell: 'whose-stream' | 'owners' | { readonly user: string };
}

/** Every event of an entity: an event that is new does not compile until it is decided who is told of it. */
type Reactions<E extends { parseEvent(event: DomainEvent): DomainEvent }> = Readonly<
  Record<ReturnType<E['parseEvent']>['type'], ((event: DomainEvent) => Reaction) | null>
>;

const toThem = (notice: NoticeName) => (): Reaction => ({ notice, tell: 'whose-stream' });

const toOwners = (notice: NoticeName) => (): Reaction => ({ notice, tell: 'owners' });

/** Who joins has just accepted. */
const ofMember: Reactions<typeof memberEntity> = {
  MemberJoined: null,
  MemberGrantChanged: (event) => ({ notice: grantNotice(event), tell: 'whose-stream' }),
  MemberSuspended: toThem('member-suspended'),
  MemberReactivated: toThem('member-reactivated'),
  MemberRemoved: toThem('member-removed'),
  BreakGlassOpened: toOwners('glass-broken'),
  BreakGlassClosed: toOwners('glass-closed'),
};

/** A transfer changes the grants of both, and both are told of that. */
const ofOwnership: Reactions<typeof ownershipTransferEntity> = {
  OwnershipOffered: (event) => ({ notice: 'ownership-offered', tell: { user: offeredTo(event) } }),
  OwnershipTransferred: null,
  OwnershipOfferWithdrawn: null,
};

/** An enrolment is nothing before it is confirmed. */
const ofFactors: Reactions<typeof factorsEntity> = {
  TotpEnrolmentBegun: null,
  TotpConfirmed: toThem('factor-added'),
  TotpRemoved: toThem('factor-removed'),
  RecoveryCodesMade: toThem('recovery-codes-made'),
  RecoveryCodeUsed: toThem('recovery-code-used'),
  PasskeyRegistered: toThem('factor-added'),
  PasskeyRemoved: toThem('factor-removed'),
  SecondFactorsReset: toThem('second-factors-reset'),
};

/** What a change of name or addresses allows was allowed before, or is less. */
const ofApiKey: Reactions<typeof apiKeyEntity> = {
  ApiKeyIssued: toOwners('api-key-issued'),
  ApiKeyRotated: toOwners('api-key-rotated'),
  ApiKeyChanged: null,
  ApiKeyRevoked: toOwners('api-key-revoked'),
};

const ofPlatformAdmin: Reactions<typeof platformAdminEntity> = {
  PlatformAdminAppointed: toThem('super-admin-appointed'),
  PlatformAdminRemoved: toThem('super-admin-removed'),
};

/** What an Owner changes they need not be told; what was taken from above they do. */
const ofPolicy: Reactions<typeof securityPolicyEntity> = {
  SecurityPolicyChanged: null,
  AllowedAddressesReset: toOwners('addresses-reset'),
};

/** By the kind of the stream, then by the event. Of what is not here, nobody is told. */
const reactions: Readonly<Record<string, Readonly<Record<string, ((event: DomainEvent) => Reaction) | null>>>> = {
  member: ofMember,
  'ownership-transfer': ofOwnership,
  mfa: ofFactors,
  'api-key': ofApiKey,
  'platform-admin': ofPlatformAdmin,
  'security-policy': ofPolicy,
};

/** Sent again, an invitation is mailed as it then is: an earlier mail opens nothing any more. */
const isMailed: Readonly<Record<ReturnType<(typeof invitationEntity)['parseEvent']>['type'], boolean>> = {
  InvitationIssued: true,
  InvitationResent: true,
  InvitationRevoked: false,
  InvitationAccepted: false,
};

/**
 * What people must be told because of a commit. Reactions come at least once: the batch that a commit came in may be delivered
 * again, so a notification carries the commit's id, and whoever acts on it acts once an id.
 */
export function reactionsTo(commit: Commit): readonly Notification[] {
  const { stream, commitId, request, events } = commit;
  if (stream.kind === 'invitation') {
    if (stream.owner === 'platform' || !events.some(({ type }) => has(isMailed, type) && isMailed[type])) return [];
    const { tenant } = stream.owner;
    return [{ kind: 'invitation-issued', tenant, invitationId: stream.id, commitId, requestId: request.id }];
  }
  const ofKind = has(reactions, stream.kind) ? reactions[stream.kind] : undefined;
  if (ofKind === undefined) return [];
  const told = events.flatMap((event) => {
    const reaction = has(ofKind, event.type) ? ofKind[event.type]?.(event) : undefined;
    if (reaction === undefined) return [];
    // The platform's own policy is of no tenant: it has no Owners.
    return reaction.tell === 'owners' && stream.owner === 'platform' ? [] : [noticeOf(commit, reaction)];
  });
  // Once each, though a commit may hold the same event twice.
  return told.filter(({ notice }, index) => told.findIndex((other) => other.notice === notice) === index);
}

function noticeOf({ stream, commitId, request, at, actor }: Commit, { notice, tell }: Reaction): NoticeNotification {
  const isOwnAct = actor.user === stream.id;
  // Where one's own account was used is the person's to know; where somebody above them was when they acted is not.
  const showsAddress = isOwnAct || notices[notice].cause !== 'by-a-superior';
  return {
    kind: 'notice',
    notice,
    tell: tell === 'whose-stream' ? { user: stream.id } : tell,
    ...(stream.owner === 'platform' ? {} : { tenant: stream.owner.tenant }),
    ...(stream.kind === 'api-key' ? { about: stream.id } : {}),
    at,
    ...(showsAddress && request.ip !== undefined ? { ip: request.ip } : {}),
    commitId,
    requestId: request.id,
  };
}

function grantNotice(event: DomainEvent): NoticeName {
  const changed = memberEntity.parseEvent(event);
  return changed.type === 'MemberGrantChanged' && changed.data.role === 'owner' ? 'owner-made' : 'role-changed';
}

function offeredTo(event: DomainEvent): string {
  const offered = ownershipTransferEntity.parseEvent(event);
  if (offered.type !== 'OwnershipOffered') throw new TypeError(`${offered.type} is no offer`);
  return offered.data.to;
}

function has<T extends object>(record: T, name: string): name is keyof T & string {
  return Object.hasOwn(record, name);
}
