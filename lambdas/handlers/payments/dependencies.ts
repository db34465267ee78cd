import { secretsManagerClient } from '../../adapters/clients';
import { newProviderClients } from '../../adapters/providers/provider-clients';
import { referenceReaders } from '../../adapters/providers/typed-references';
import { newConnectionSecrets } from '../../adapters/secrets/connection-secrets';
import { perTenant } from '../../adapters/sts/tenant-credentials';
import type { ConnectionSecrets, ProviderClients } from '../../domain/providers/ports';
import type { ReferenceReaders } from '../../domain/providers/provider';
import type { CursorSigner } from '../../kernel/cursor';
import { tellingRefusedCredentials } from '../refused-credentials';
import type { BoundService } from '../service-dependencies';
import { bindCursors, bindTenantPlane } from '../service-dependencies';
import { readConfig } from './config';

export interface PaymentsDependencies extends BoundService {
  readonly cursors: () => Promise<CursorSigner>;
  readonly secrets: Pick<ConnectionSecrets, 'read'>;
  readonly providers: ProviderClients;
  readonly references: ReferenceReaders;
}

export function bindDependencies(): PaymentsDependencies {
  const config = readConfig();
  const plane = bindTenantPlane(config);
  return {
    ...plane,
    cursors: bindCursors(config.cursorSecretArn),
    secrets: newConnectionSecrets({
      clientOf: perTenant(plane.tenantCredentials, secretsManagerClient),
      prefix: config.connectionSecretPrefix,
      clock: plane.clock,
      randomness: plane.randomness,
    }),
    providers: newProviderClients({
      endpoints: config.providerEndpoints,
      onCredentialsRefused: tellingRefusedCredentials(plane),
    }),
    references: referenceReaders,
  };
}
