import { dynamoDbClient, kmsClient } from '../../adapters/clients';
import { newDynamoPasskeyChallenges } from '../../adapters/dynamodb/dynamo-passkey-challenges';
import { newDynamoPasskeyCounters } from '../../adapters/dynamodb/dynamo-passkey-counters';
import { newDynamoSessionStarts } from '../../adapters/dynamodb/dynamo-session-starts';
import { newDynamoRecoveryCounters } from '../../adapters/dynamodb/dynamo-recovery-counters';
import { newDynamoTotpCounters } from '../../adapters/dynamodb/dynamo-totp-counters';
import { newKmsSealer } from '../../adapters/kms/kms-sealer';
import { newPasskeyVerifier } from '../../adapters/webauthn/simple-webauthn';
import type { SessionStarts } from '../../domain/identity';
import type { PasskeyPorts, RecoveryCounters, TotpCounters } from '../../domain/mfa';
import type { Sealer } from '../../kernel/sealing';
import type { BoundService } from '../service-dependencies';
import { bindPlatformPlane } from '../service-dependencies';
import { readConfig } from './config';

export interface MeDependencies extends BoundService, PasskeyPorts {
  readonly counters: TotpCounters;
  readonly recoveryCounters: RecoveryCounters;
  readonly sessionStarts: SessionStarts;
  readonly sealer: Sealer;
}

export function bindDependencies(): MeDependencies {
  const config = readConfig();
  const service = bindPlatformPlane(config, 'none');
  const coordination = {
    client: dynamoDbClient(),
    coordinationTable: config.coordinationTable,
    randomness: service.randomness,
  };
  return {
    ...service,
    counters: newDynamoTotpCounters(coordination),
    recoveryCounters: newDynamoRecoveryCounters(coordination),
    sessionStarts: newDynamoSessionStarts(coordination),
    challenges: newDynamoPasskeyChallenges(coordination),
    passkeyCounters: newDynamoPasskeyCounters(coordination),
    passkeyVerifier: newPasskeyVerifier(config.consoleUrl),
    sealer: newKmsSealer({ client: kmsClient(), keyArn: config.sealingKeyArn }),
  };
}
