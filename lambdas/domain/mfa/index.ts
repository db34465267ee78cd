export type { CodePorts, CodeRefusal } from './check-code';
export { enrolTotp, type TotpRefusal } from './enrol-totp';
export {
  beginPasskey,
  beginPasskeyVerification,
  passkeyAlgorithms,
  registerPasskey,
  verifyPasskey,
  type PasskeyPorts,
  type PasskeyRefusal,
} from './passkeys';
export type {
  AssertionResponse,
  AttemptGate,
  ChallengePlace,
  PasskeyChallenges,
  PasskeyCounters,
  PasskeyVerifier,
  RecoveryCounters,
  RegisteredCredential,
  RegistrationResponse,
  StepUp,
  StepUps,
  TotpCounters,
} from './ports';
export { stepUpMethods } from './ports';
export { makeRecoveryCodes, verifyRecoveryCode, type RecoveryCodesRefusal } from './recovery-codes';
export { removePasskey, removeTotp, type RemovalRefusal } from './remove-factor';
export { decideReset, type ResetAuthorityRefusal, type ResetTarget } from './reset-authority';
export { resetFactors, type ResetPorts, type ResetRefusal } from './reset-factors';
export {
  factorsEntity,
  factorsStream,
  mfaViews,
  recoveryCodesLeft,
  totpStatus,
  viewHasFactor,
  type SecondFactors,
} from './second-factors';
export type { AddingPorts, AdditionRefusal, Presenter, StepUpPorts, Verified } from './step-up';
export { totpUri } from './totp';
export { confirmTotp, verifyTotp } from './verify-totp';
