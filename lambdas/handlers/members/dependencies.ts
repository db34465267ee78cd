import { kmsClient } from '../../adapters/clients';
import { newKmsMac } from '../../adapters/kms/kms-mac';
import { newKmsSealer } from '../../adapters/kms/kms-sealer';
import { perTenant } from '../../adapters/sts/tenant-credentials';
import type { CursorSigner } from '../../kernel/cursor';
import type { KeyedMac, Sealer } from '../../kernel/sealing';
import type { BoundService } from '../service-dependencies';
import { bindCursors, bindTenantPlane } from '../service-dependencies';
import { readConfig } from './config';

export interface MembersDependencies extends BoundService {
  readonly cursors: () => Promise<CursorSigner>;
  /** Hides an invited address, by the tenant role. */
  readonly hiding: (tenant: string) => { readonly sealer: Sealer; readonly macs: KeyedMac };
  /**
   * Checks codes by the function's own role: an invitation token proves a tenant before that tenant's role is assumed. It makes no
   * token, by neither role: the notifier alone may.
   */
  readonly checking: { readonly tokens: Pick<KeyedMac, 'verify'>; readonly addresses: Pick<KeyedMac, 'verify'> };
}

export function bindDependencies(): MembersDependencies {
  const config = readConfig();
  const plane = bindTenantPlane(config);
  return {
    ...plane,
    cursors: bindCursors(config.cursorSecretArn),
    hiding: perTenant(plane.tenantCredentials, (source) => {
      const client = kmsClient(source);
      return {
        sealer: newKmsSealer({ client, keyArn: config.sealingKeyArn }),
        macs: newKmsMac({ client, keyArn: config.addressKeyArn }),
      };
    }),
    checking: {
      tokens: newKmsMac({ client: kmsClient(), keyArn: config.tokenKeyArn }),
      addresses: newKmsMac({ client: kmsClient(), keyArn: config.addressKeyArn }),
    },
  };
}
