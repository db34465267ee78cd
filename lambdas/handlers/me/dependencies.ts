import { dynamoDbClient, kmsClient } from '../../adapters/clients';
import { newDynamoTotpCounters } from '../../adapters/dynamodb/dynamo-totp-counters';
import { newKmsSealer } from '../../adapters/kms/kms-sealer';
import type { TotpCounters } from '../../domain/mfa';
import type { Sealer } from '../../kernel/sealing';
import type { BoundService } from '../service-dependencies';
import { bindPlatformPlane } from '../service-dependencies';
import { readConfig } from './config';

export interface MeDependencies extends BoundService {
  readonly counters: TotpCounters;
  readonly sealer: Sealer;
}

export function bindDependencies(): MeDependencies {
  const config = readConfig();
  const service = bindPlatformPlane(config, 'none');
  return {
    ...service,
    counters: newDynamoTotpCounters({
      client: dynamoDbClient(),
      coordinationTable: config.coordinationTable,
      randomness: service.randomness,
    }),
    sealer: newKmsSealer({ client: kmsClient(), keyArn: config.sealingKeyArn }),
  };
}
