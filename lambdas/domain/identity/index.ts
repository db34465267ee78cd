export { memberEntity, memberViews, parseMembership, type Member, type Membership } from './member';
export { isAbove, permissions, rolePermissions, roles, type Permission, type Role } from './permissions';
export {
  isActivePlatformAdmin,
  platformAdminEntity,
  platformAdminStream,
  platformAdminViews,
  type PlatformAdmin,
} from './platform-admin';
