import { cognitoClient, dynamoDbClient } from '../../adapters/clients';
import { newCognitoDirectory } from '../../adapters/cognito/cognito-directory';
import { newDynamoJournal } from '../../adapters/dynamodb/dynamo-journal';
import { newDynamoStepUps } from '../../adapters/dynamodb/dynamo-step-ups';
import { newDynamoRecoveryCounters } from '../../adapters/dynamodb/dynamo-recovery-counters';
import { newDynamoTotpCounters } from '../../adapters/dynamodb/dynamo-totp-counters';
import { newDynamoViews } from '../../adapters/dynamodb/dynamo-views';
import type { AppointmentPorts, Directory } from '../../domain/identity';
import type { ResetPorts } from '../../domain/mfa';
import { systemClock, systemSleep } from '../../kernel/clock';
import { newCommitIds, systemRandomness } from '../../kernel/ids';
import type { Log } from '../../middleware/log';
import { newLog } from '../../middleware/log';
import { readConfig } from './config';

export interface PlatformAdminsDependencies extends ResetPorts, AppointmentPorts {
  readonly directory: Directory;
  readonly log: Log;
}

export function bindDependencies(): PlatformAdminsDependencies {
  const { journalTable, viewsTable, coordinationTable, userPoolId } = readConfig();
  const client = dynamoDbClient();
  return {
    journal: newDynamoJournal({ client, journalTable, viewsTable, coordinationTable }),
    views: newDynamoViews({ client, viewsTable, journalTable, sleep: systemSleep }),
    counters: newDynamoTotpCounters({ client, coordinationTable, randomness: systemRandomness }),
    recoveryCounters: newDynamoRecoveryCounters({ client, coordinationTable }),
    stepUps: newDynamoStepUps({ client, coordinationTable }),
    directory: newCognitoDirectory({ client: cognitoClient(), userPoolId }),
    clock: systemClock,
    sleep: systemSleep,
    randomness: systemRandomness,
    commitIds: newCommitIds(systemClock, systemRandomness),
    log: newLog(),
  };
}
