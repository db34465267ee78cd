export {
  looserThan,
  platformPolicyOf,
  policyOf,
  policySources,
  readOwnPolicy,
  sourcesOf,
  tightened,
  withDefaults,
  type LooserField,
  type PolicySource,
  type PolicySources,
} from './effective-policy';
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
