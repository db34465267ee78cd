import { dynamoDbClient, s3Client, sqsClient } from '../../adapters/clients';
import { newDynamoAuditHeads } from '../../adapters/dynamodb/dynamo-audit-heads';
import { newDynamoJournalReader } from '../../adapters/dynamodb/dynamo-journal';
import { newS3WormLog } from '../../adapters/s3/s3-worm-log';
import { newSqsLedgerWaker } from '../../adapters/sqs/sqs-ledger-waker';
import type { ShipPorts } from '../../domain/audit';
import type { LedgerWaker } from '../../domain/ledger';
import { systemClock, systemSleep } from '../../kernel/clock';
import { systemRandomness } from '../../kernel/ids';
import type { Log } from '../../middleware/log';
import { newLog } from '../../middleware/log';
import type { Metrics } from '../../middleware/metrics';
import { newMetrics } from '../../middleware/metrics';
import { readConfig } from './config';

export interface AuditSequencerDependencies extends ShipPorts {
  readonly ledger: LedgerWaker;
  readonly log: Log;
  readonly metrics: Metrics;
}

export function bindDependencies(): AuditSequencerDependencies {
  const { journalTable, coordinationTable, wormBucket, ledgerQueueUrl } = readConfig();
  const client = dynamoDbClient();
  const clock = systemClock;
  const sleep = systemSleep;
  return {
    journal: newDynamoJournalReader({ client, journalTable }),
    heads: newDynamoAuditHeads({ client, coordinationTable, clock, sleep }),
    worm: newS3WormLog({ client: s3Client(), bucket: wormBucket, sleep }),
    ledger: newSqsLedgerWaker({ client: sqsClient(), queueUrl: ledgerQueueUrl, sleep }),
    sleep,
    randomness: systemRandomness,
    log: newLog(),
    metrics: newMetrics(),
  };
}
