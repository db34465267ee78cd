import { dynamoDbClient } from '../../adapters/clients';
import { newDynamoTotpCounters } from '../../adapters/dynamodb/dynamo-totp-counters';
import type { TotpCounters } from '../../domain/mfa';
import type { BoundService } from '../service-dependencies';
import { bindTenantPlane } from '../service-dependencies';
import { readConfig } from './config';

export interface MfaResetsDependencies extends BoundService {
  readonly counters: TotpCounters;
}

export function bindDependencies(): MfaResetsDependencies {
  const config = readConfig();
  const service = bindTenantPlane(config);
  return {
    ...service,
    counters: newDynamoTotpCounters({
      client: dynamoDbClient(),
      coordinationTable: config.coordinationTable,
      randomness: service.randomness,
    }),
  };
}
