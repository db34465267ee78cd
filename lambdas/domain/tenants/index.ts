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
