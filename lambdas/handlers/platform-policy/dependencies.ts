import type { CursorSigner } from '../../kernel/cursor';
import type { BoundService } from '../service-dependencies';
import { bindCursors, bindPlatformPlane } from '../service-dependencies';
import { readConfig } from './config';

export interface PlatformPolicyDependencies extends BoundService {
  readonly cursors: () => Promise<CursorSigner>;
}

export function bindDependencies(): PlatformPolicyDependencies {
  const config = readConfig();
  return { ...bindPlatformPlane(config, 'none'), cursors: bindCursors(config.cursorSecretArn) };
}
