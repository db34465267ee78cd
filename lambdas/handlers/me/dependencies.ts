import { dynamoDbClient, kmsClient } from '../../adapters/clients';
import { newDynamoSessionStarts } from '../../adapters/dynamodb/dynamo-session-starts';
import { newDynamoTotpCounters } from '../../adapters/dynamodb/dynamo-totp-counters';
import { newKmsSealer } from '../../adapters/kms/kms-sealer';
import type { SessionStarts } from '../../domain/identity';
import type { TotpCounters } from '../../domain/mfa';
import type { Sealer } from '../../kernel/sealing';
import type { BoundService } from '../service-dependencies';
import { bindPlatformPlane } from '../service-dependencies';
import { readConfig } from './config';

export interface MeDependencies extends BoundService {
  readonly counters: TotpCounters;
  readonly sessionStarts: SessionStarts;
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
    sessionStarts: newDynamoSessionStarts({
      client: dynamoDbClient(),
      coordinationTable: config.coordinationTable,
    }),
    sealer: newKmsSealer({ client: kmsClient(), keyArn: config.sealingKeyArn }),
  };
}
