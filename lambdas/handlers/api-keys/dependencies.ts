import type { CursorSigner } from '../../kernel/cursor';
import type { BoundService } from '../service-dependencies';
import { bindCursors, bindTenantPlane } from '../service-dependencies';
import { readConfig } from './config';

export interface ApiKeysDependencies extends BoundService {
  readonly cursors: () => Promise<CursorSigner>;
}

export function bindDependencies(): ApiKeysDependencies {
  const config = readConfig();
  return { ...bindTenantPlane(config), cursors: bindCursors(config.cursorSecretArn) };
}
