export type { CodeRefusal } from './check-code';
export { enrolTotp } from './enrol-totp';
export type { AttemptGate, StepUp, StepUps, TotpCounters } from './ports';
export { totpUri } from './totp';
export { mfaViews, totpEntity, totpStatus, totpStream, type TotpFactor, type TotpRefusal } from './totp-factor';
export { confirmTotp, verifyTotp, type VerifyTotpPorts } from './verify-totp';
