export { policyOf, tightened, type TenantPolicy } from './effective-policy';
export {
  defaultSecurityPolicy,
  failsClosed,
  rateClasses,
  stepUpPurposes,
  type RateClass,
  type SecurityPolicy,
  type StepUpPurpose,
} from './security-policy';
