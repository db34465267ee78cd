export { acceptInvitationAs, type AcceptInvitationRefusal, type Acceptor } from './accept-invitation';
export { decideGrant, type Grant, type GrantRefusal, type Granter } from './authority';
export { bootstrapEntity, bootstrapPlatform, bootstrapViews, type Bootstrap } from './bootstrap-platform';
export { contactContext, hideContact, normaliseEmail, type Contact } from './contact';
export {
  invitationEntity,
  invitationStatus,
  invitationStream,
  invitationViews,
  issueInvitation,
  type Invitation,
  type InvitationEvent,
} from './invitation';
export { invitationToken, readInvitationToken } from './invitation-token';
export { inviteMember, type InviteMemberPorts } from './invite-member';
export {
  memberEntity,
  memberRoles,
  memberViews,
  parseListedMembership,
  parseMembership,
  parseMemberView,
  type Member,
  type MemberRole,
  type Membership,
} from './member';
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
  platformAdminEntity,
  platformAdminStream,
  platformAdminViews,
  type PlatformAdmin,
} from './platform-admin';
export type { Directory, Mail, Mailer } from './ports';
