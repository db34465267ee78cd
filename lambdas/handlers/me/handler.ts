import { newService } from '../../middleware/service';
import type { Service } from '../../middleware/service';
import { meRoutes } from '../../routes/me';
import { codeEndpoints } from './code-endpoints';
import type { MeDependencies } from './dependencies';
import { bindDependencies } from './dependencies';
import { passkeyEndpoints } from './passkey-endpoints';
import { whoAmI } from './who-am-i';

/** The caller's own: who they are, and their second factors. */
export function newMe(deps: MeDependencies): Service {
  return newService(meRoutes, { 'me.get': whoAmI(deps), ...codeEndpoints(deps), ...passkeyEndpoints(deps) }, deps);
}

export const handler = newMe(bindDependencies());
