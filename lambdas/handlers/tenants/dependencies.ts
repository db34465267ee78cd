import { kmsClient } from '../../adapters/clients';
import { newKmsMac } from '../../adapters/kms/kms-mac';
import { newKmsSealer } from '../../adapters/kms/kms-sealer';
import type { CursorSigner } from '../../kernel/cursor';
import type { KeyedMac, Sealer } from '../../kernel/sealing';
import type { BoundService } from '../service-dependencies';
import { bindCursors, bindPlatformPlane } from '../service-dependencies';
import { readConfig } from './config';

export interface TenantsDependencies extends BoundService {
  readonly cursors: () => Promise<CursorSigner>;
  readonly sealer: Sealer;
  readonly macs: KeyedMac;
}

export function bindDependencies(): TenantsDependencies {
  const config = readConfig();
  const client = kmsClient();
  return {
    ...bindPlatformPlane(config, 'own-role'),
    cursors: bindCursors(config.cursorSecretArn),
    sealer: newKmsSealer({ client, keyArn: config.sealingKeyArn }),
    macs: newKmsMac({ client, keyArn: config.addressKeyArn }),
  };
}
