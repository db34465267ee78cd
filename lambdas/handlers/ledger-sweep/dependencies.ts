import { dynamoDbClient, s3Client, sqsClient } from '../../adapters/clients';
import { newDynamoAuditHeads } from '../../adapters/dynamodb/dynamo-audit-heads';
import { newDynamoLedger } from '../../adapters/dynamodb/dynamo-ledger';
import { newDynamoLists } from '../../adapters/dynamodb/dynamo-views';
import { newS3WormLog } from '../../adapters/s3/s3-worm-log';
import { newSqsLedgerWaker } from '../../adapters/sqs/sqs-ledger-waker';
import type { SweepLedgersPorts } from '../../domain/ledger';
import { systemClock, systemSleep } from '../../kernel/clock';
import type { Log } from '../../middleware/log';
import { newLog } from '../../middleware/log';
import type { Metrics } from '../../middleware/metrics';
import { newMetrics } from '../../middleware/metrics';
import { readConfig } from './config';

export interface LedgerSweepDependencies extends SweepLedgersPorts {
  readonly log: Log;
  readonly metrics: Metrics;
}

export function bindDependencies(): LedgerSweepDependencies {
  const { viewsTable, coordinationTable, wormBucket, ledgerQueueUrl } = readConfig();
  const client = dynamoDbClient();
  const clock = systemClock;
  const sleep = systemSleep;
  return {
    views: newDynamoLists({ client, viewsTable }),
    heads: newDynamoAuditHeads({ client, coordinationTable, clock, sleep }),
    worm: newS3WormLog({ client: s3Client(), bucket: wormBucket, sleep }),
    store: newDynamoLedger({ client, viewsTable }),
    waker: newSqsLedgerWaker({ client: sqsClient(), queueUrl: ledgerQueueUrl, sleep }),
    clock,
    log: newLog(),
    metrics: newMetrics(),
  };
}
