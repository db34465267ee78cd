import type { CursorSigner } from '../../kernel/cursor';
import type { BoundService } from '../service-dependencies';
import { bindCursors, bindTenantPlane } from '../service-dependencies';
import { readConfig } from './config';

export interface SettlementsDependencies extends BoundService {
  readonly cursors: () => Promise<CursorSigner>;
}

export function bindDependencies(): SettlementsDependencies {
  const config = readConfig();
  return { ...bindTenantPlane(config), cursors: bindCursors(config.cursorSecretArn) };
}
