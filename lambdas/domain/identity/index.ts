export {
  acceptInvitationAs,
  type AcceptInvitationPorts,
  type AcceptInvitationRefusal,
  type Acceptor,
} from './accept-invitation';
export {
  decideGrant,
  decideReach,
  standsAbove,
  type Grant,
  type Granter,
  type GrantRefusal,
  type NotAbove,
  type Oneself,
} from './authority';
export { appointPlatformAdmin, type AppointmentPorts, type AppointmentRefusal } from './appoint-platform-admin';
export { bootstrapPlatform } from './bootstrap-platform';
export { breakGlass, guestPermissions, mendGlass, type MendGlassRefusal, type OpenGlassRefusal } from './break-glass';
export { changeMember, decideMemberChange, type MemberChange, type MemberRefusal } from './change-member';
export { contactContext, hideContact, normaliseEmail, type Contact } from './contact';
export { glassesEntity, glassesViews } from './glasses';
export {
  resendInvitation,
  revokeInvitation,
  type InvitationAbsent,
  type ResendRefusal,
  type RevokeRefusal,
} from './change-invitation';
export {
  invitationEntity,
  invitationStatus,
  invitationStream,
  invitationViews,
  issueInvitation,
  parseInvitationView,
  summaryOf,
  type Invitation,
  type InvitationEvent,
  type InvitationStatus,
  type InvitationSummary,
  type Sender,
} from './invitation';
export { invitationToken, readInvitationToken, type IssuedInvitation } from './invitation-token';
export {
  invitedAddressEntity,
  invitedAddressStream,
  invitedAddressViews,
  type AlreadyInvited,
  type InvitedAddress,
} from './invited-address';
export type { TooManyMails } from './mail-pace';
export { firstInvitation, inviteMember, type InviteMemberPorts } from './invite-member';
export { listOwners, ownerOf, type ListedOwner } from './list-owners';
export {
  hasPlace,
  isGuest,
  memberEntity,
  memberRoles,
  memberViews,
  parseListedMembership,
  parseMembership,
  parseMemberView,
  type Member,
  type MemberEvent,
  type MemberRole,
  type Membership,
} from './member';
export {
  decideOwners,
  isActiveOwner,
  ownersEntity,
  ownersStream,
  ownersViews,
  type LastOwner,
  type Owners,
  type OwnersEvent,
} from './owners';
export {
  ownershipStatus,
  ownershipTransferEntity,
  ownershipTransferStream,
  ownershipTransferViews,
  type OwnershipStatus,
  type OwnershipTransfer,
} from './ownership-transfer';
export {
  isAbove,
  keyScopes,
  permissions,
  readPermissions,
  rolePermissions,
  roles,
  type KeyScope,
  type Permission,
  type Role,
} from './permissions';
export {
  isActivePlatformAdmin,
  parsePlatformAdminView,
  platformAdminEntity,
  platformAdminStatuses,
  platformAdminStream,
  platformAdminViews,
  type PlatformAdmin,
} from './platform-admin';
export { platformRosterEntity, platformRosterViews } from './platform-roster';
export { removePlatformAdmin, type RemovalRefusal } from './remove-platform-admin';
export type { Directory, Mail, Mailer } from './ports';
export type { SessionStart, SessionStarts } from './session-starts';
export {
  acceptOwnership,
  offerOwnershipTo,
  withdrawOwnership,
  type OfferAbsent,
  type OfferRefusal,
  type TransferRefusal,
} from './transfer-ownership';
