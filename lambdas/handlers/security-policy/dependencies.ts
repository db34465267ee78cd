import type { CursorSigner } from '../../kernel/cursor';
import type { BoundService } from '../service-dependencies';
import { bindCursors, bindTenantPlane } from '../service-dependencies';
import { readConfig } from './config';

export interface SecurityPolicyDependencies extends BoundService {
  readonly cursors: () => Promise<CursorSigner>;
}

export function bindDependencies(): SecurityPolicyDependencies {
  const config = readConfig();
  return { ...bindTenantPlane(config), cursors: bindCursors(config.cursorSecretArn) };
}
