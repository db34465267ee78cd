import { readConfig } from './config';

export interface PreSignUpDependencies {
  /** True outside production: nobody has to read a mailbox to try the product. */
  readonly autoConfirm: boolean;
}

export function bindDependencies(): PreSignUpDependencies {
  return readConfig();
}
