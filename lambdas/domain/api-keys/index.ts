export { admitKey, apiKeyStream, type KeyAccess, type KeyRefusal } from './key-access';
export { readKeyToken, type PresentedKey } from './key-token';
