export { reactivateTenant, renameTenant, suspendTenant, type TenantRefusal } from './change-tenant';
export { provisionTenant } from './provision-tenant';
export {
  parseTenantView,
  tenantEntity,
  tenantStatusOf,
  tenantStream,
  tenantViews,
  type Tenant,
  type TenantEvent,
  type TenantStatus,
} from './tenant';
