export {
  apiKeyEntity,
  apiKeyStream,
  apiKeyViews,
  keyStatus,
  parseListedKey,
  revocationReasons,
  type ApiKey,
  type ListedKey,
} from './api-key';
export { changeKey, maxOverlapSeconds, revokeKey, rotateKey, type ChangeKeyRefusal } from './change-key';
export { issueKey, type IssueKeyRefusal, type KeyIssuer, type KeyLimits } from './issue-key';
export { admitKey, refusalsOfTheRightSecret, type KeyRefusal } from './key-access';
export { keySecretHash, keyToken, newKeySecret, readKeyToken, type PresentedKey } from './key-token';
export type { KeyUse, KeyUses } from './ports';
