import { dynamoDbClient } from '../../adapters/clients';
import { newDynamoObservations } from '../../adapters/dynamodb/dynamo-journal';
import type { Clock, Sleep } from '../../kernel/clock';
import { systemClock, systemSleep } from '../../kernel/clock';
import type { CommitIds } from '../../kernel/ids';
import { newCommitIds, systemRandomness } from '../../kernel/ids';
import type { Journal } from '../../kernel/journal';
import type { Log } from '../../middleware/log';
import { newLog } from '../../middleware/log';
import type { Metrics } from '../../middleware/metrics';
import { newMetrics } from '../../middleware/metrics';
import { readConfig } from './config';

export interface PostAuthenticationDependencies {
  readonly journal: Pick<Journal, 'observe'>;
  readonly commitIds: CommitIds;
  readonly clock: Clock;
  readonly sleep: Sleep;
  readonly log: Log;
  readonly metrics: Metrics;
}

export function bindDependencies(): PostAuthenticationDependencies {
  const { journalTable } = readConfig();
  return {
    journal: newDynamoObservations({ client: dynamoDbClient(), journalTable }),
    commitIds: newCommitIds(systemClock, systemRandomness),
    clock: systemClock,
    sleep: systemSleep,
    log: newLog(),
    metrics: newMetrics(),
  };
}
