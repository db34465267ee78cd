import { dynamoDbClient } from '../../adapters/clients';
import { newDynamoLedgerReader } from '../../adapters/dynamodb/dynamo-ledger';
import { perTenant } from '../../adapters/sts/tenant-credentials';
import type { LedgerReader } from '../../domain/ledger';
import type { CursorSigner } from '../../kernel/cursor';
import type { BoundService } from '../service-dependencies';
import { bindCursors, bindTenantPlane } from '../service-dependencies';
import { readConfig } from './config';

export interface LedgerDependencies extends BoundService {
  readonly cursors: () => Promise<CursorSigner>;
  /** The books of one tenant, by the credentials of the tenant role. */
  ledgerOf(tenant: string): LedgerReader;
}

export function bindDependencies(): LedgerDependencies {
  const config = readConfig();
  const plane = bindTenantPlane(config);
  const { viewsTable } = config;
  return {
    ...plane,
    cursors: bindCursors(config.cursorSecretArn),
    ledgerOf: perTenant(plane.tenantCredentials, (source, tenant) =>
      newDynamoLedgerReader({ client: dynamoDbClient(source), viewsTable, tenant }),
    ),
  };
}
