export {
  admitsAddress,
  changePlatformPolicy,
  changeTenantPolicy,
  type ChangedPolicy,
  type PolicyRefusal,
  type WhoChanges,
} from './change-policy';
export {
  looserThan,
  ownShape,
  platformPolicyOf,
  platformPolicyPatch,
  policyOf,
  policyShape,
  policySources,
  readOwnPolicy,
  sourcesOf,
  sourcesShape,
  tenantPolicyPatch,
  tightened,
  withDefaults,
  type LooserField,
  type PolicySource,
  type PolicySources,
} from './effective-policy';
export { ownPolicyOf, securityPolicyEntity, securityPolicyViews, type PolicyState } from './policy-entity';
export { resetAddresses, type NoAddresses } from './reset-addresses';
export { platformPolicyStream, policyKind, tenantPolicyStream } from './policy-stream';
export {
  defaultSecurityPolicy,
  failsClosed,
  rateClasses,
  stepUpPurposes,
  type OwnPolicy,
  type RateClass,
  type SecurityPolicy,
  type StepUpPurpose,
} from './security-policy';
