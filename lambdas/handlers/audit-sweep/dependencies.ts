import { dynamoDbClient, s3Client } from '../../adapters/clients';
import { newDynamoAuditHeads } from '../../adapters/dynamodb/dynamo-audit-heads';
import { newDynamoJournalReader } from '../../adapters/dynamodb/dynamo-journal';
import { newDynamoSweepCheckpoint } from '../../adapters/dynamodb/dynamo-sweep-checkpoint';
import { newDynamoJournalScan } from '../../adapters/dynamodb/journal-scan';
import { newS3WormLog } from '../../adapters/s3/s3-worm-log';
import type { SweepPorts } from '../../domain/audit';
import { systemClock, systemSleep } from '../../kernel/clock';
import { systemRandomness } from '../../kernel/ids';
import type { Log } from '../../middleware/log';
import { newLog } from '../../middleware/log';
import type { Metrics } from '../../middleware/metrics';
import { newMetrics } from '../../middleware/metrics';
import { readConfig } from './config';

export interface AuditSweepDependencies extends SweepPorts {
  readonly log: Log;
  readonly metrics: Metrics;
}

export function bindDependencies(): AuditSweepDependencies {
  const { journalTable, coordinationTable, wormBucket } = readConfig();
  const client = dynamoDbClient();
  const clock = systemClock;
  const sleep = systemSleep;
  return {
    journal: newDynamoJournalReader({ client, journalTable }),
    scan: newDynamoJournalScan({ client, journalTable }),
    checkpoint: newDynamoSweepCheckpoint({ client, coordinationTable }),
    heads: newDynamoAuditHeads({ client, coordinationTable, clock, sleep }),
    worm: newS3WormLog({ client: s3Client(), bucket: wormBucket, sleep }),
    clock,
    sleep,
    randomness: systemRandomness,
    log: newLog(),
    metrics: newMetrics(),
  };
}
