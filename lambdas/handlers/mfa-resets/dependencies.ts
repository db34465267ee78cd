import { dynamoDbClient } from '../../adapters/clients';
import { newDynamoRecoveryCounters } from '../../adapters/dynamodb/dynamo-recovery-counters';
import { newDynamoTotpCounters } from '../../adapters/dynamodb/dynamo-totp-counters';
import type { RecoveryCounters, TotpCounters } from '../../domain/mfa';
import type { BoundService } from '../service-dependencies';
import { bindTenantPlane } from '../service-dependencies';
import { readConfig } from './config';

export interface MfaResetsDependencies extends BoundService {
  readonly counters: TotpCounters;
  readonly recoveryCounters: RecoveryCounters;
}

export function bindDependencies(): MfaResetsDependencies {
  const config = readConfig();
  const service = bindTenantPlane(config);
  const coordination = {
    client: dynamoDbClient(),
    coordinationTable: config.coordinationTable,
    randomness: service.randomness,
  };
  return {
    ...service,
    counters: newDynamoTotpCounters(coordination),
    recoveryCounters: newDynamoRecoveryCounters(coordination),
  };
}
