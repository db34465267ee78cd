import { cognitoClient, dynamoDbClient } from '../../adapters/clients';
import { newCognitoDirectory } from '../../adapters/cognito/cognito-directory';
import { newDynamoJournal } from '../../adapters/dynamodb/dynamo-journal';
import type { Directory } from '../../domain/identity';
import { systemClock, systemSleep } from '../../kernel/clock';
import type { CommandPorts } from '../../kernel/command';
import { newCommitIds, systemRandomness } from '../../kernel/ids';
import type { Log } from '../../middleware/log';
import { newLog } from '../../middleware/log';
import { readConfig } from './config';

export interface PlatformAdminsDependencies extends CommandPorts {
  readonly directory: Directory;
  readonly log: Log;
}

export function bindDependencies(): PlatformAdminsDependencies {
  const { journalTable, viewsTable, userPoolId } = readConfig();
  return {
    // It appends without guards, so it is given no coordination table.
    journal: newDynamoJournal({ client: dynamoDbClient(), journalTable, viewsTable, coordinationTable: '' }),
    directory: newCognitoDirectory({ client: cognitoClient(), userPoolId }),
    clock: systemClock,
    sleep: systemSleep,
    randomness: systemRandomness,
    commitIds: newCommitIds(systemClock, systemRandomness),
    log: newLog(),
  };
}
