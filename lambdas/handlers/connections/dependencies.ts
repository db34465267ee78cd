import { secretsManagerClient } from '../../adapters/clients';
import { newProviderClients } from '../../adapters/providers/provider-clients';
import { newConnectionSecrets } from '../../adapters/secrets/connection-secrets';
import { perTenant } from '../../adapters/sts/tenant-credentials';
import type { ConnectionSecrets, ProviderClients } from '../../domain/providers/ports';
import type { ProviderName } from '../../domain/providers/provider';
import type { CursorSigner } from '../../kernel/cursor';
import type { BoundService } from '../service-dependencies';
import { bindCursors, bindTenantPlane } from '../service-dependencies';
import { readConfig } from './config';

export interface ConnectionsDependencies extends BoundService {
  readonly cursors: () => Promise<CursorSigner>;
  readonly secrets: ConnectionSecrets;
  readonly providers: ProviderClients;
  /** The providers that this stage can talk to. */
  readonly offered: readonly ProviderName[];
  /** Base of the addresses that providers send webhooks to. */
  readonly webhookUrl: string;
}

export function bindDependencies(): ConnectionsDependencies {
  const config = readConfig();
  const plane = bindTenantPlane(config);
  return {
    ...plane,
    cursors: bindCursors(config.cursorSecretArn),
    secrets: newConnectionSecrets({
      clientOf: perTenant(plane.tenantCredentials, secretsManagerClient),
      prefix: config.connectionSecretPrefix,
      keyArn: config.secretsKeyArn,
      clock: plane.clock,
      randomness: plane.randomness,
    }),
    providers: newProviderClients({
      endpoints: config.sandboxUrl === undefined ? {} : { sandbox: config.sandboxUrl },
    }),
    offered: config.sandboxUrl === undefined ? [] : ['sandbox'],
    webhookUrl: config.webhookUrl,
  };
}
