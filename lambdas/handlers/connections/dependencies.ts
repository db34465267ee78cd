import { secretsManagerClient } from '../../adapters/clients';
import { newProviderClients, newWebhookReaders } from '../../adapters/providers/provider-clients';
import { newConnectionSecrets } from '../../adapters/secrets/connection-secrets';
import { perTenant } from '../../adapters/sts/tenant-credentials';
import type { ProviderMode } from '../../domain/providers/credentials';
import type { ConnectionSecrets, ProviderClients, WebhookReaders } from '../../domain/providers/ports';
import { providerNames } from '../../domain/providers/provider';
import type { ProviderName } from '../../domain/providers/provider';
import type { TestConnectionPorts } from '../../domain/providers';
import type { CursorSigner } from '../../kernel/cursor';
import type { BoundService } from '../service-dependencies';
import { bindCursors, bindTenantPlane } from '../service-dependencies';
import { readConfig } from './config';
import { newTestDelivery } from './test-delivery';

export interface ConnectionsDependencies extends BoundService {
  readonly cursors: () => Promise<CursorSigner>;
  readonly secrets: ConnectionSecrets;
  readonly providers: ProviderClients;
  readonly readers: WebhookReaders;
  readonly deliver: TestConnectionPorts['deliver'];
  /** The providers that this stage can talk to. */
  readonly offered: readonly ProviderName[];
  /** Whether this stage takes credentials that move real money, or those that do not. */
  readonly mode: ProviderMode;
  /** Base of the addresses that providers send webhooks to. */
  readonly webhookUrl: string;
}

export function bindDependencies(): ConnectionsDependencies {
  const config = readConfig();
  const plane = bindTenantPlane(config);
  const options = { endpoints: config.providerEndpoints };
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
    providers: newProviderClients(options),
    readers: newWebhookReaders(options),
    deliver: newTestDelivery(fetch, plane.sleep),
    offered: providerNames.filter((name) => name !== 'sandbox' || config.providerEndpoints.sandbox !== undefined),
    mode: config.providerMode,
    webhookUrl: config.webhookUrl,
  };
}
