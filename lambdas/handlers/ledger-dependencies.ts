import { dynamoDbClient, s3Client } from '../adapters/clients';
import { newDynamoAuditHeads } from '../adapters/dynamodb/dynamo-audit-heads';
import { newDynamoJournalReader } from '../adapters/dynamodb/dynamo-journal';
import { newDynamoLedger } from '../adapters/dynamodb/dynamo-ledger';
import { newS3WormLog } from '../adapters/s3/s3-worm-log';
import type { LedgerStore, ProjectLedgerPorts } from '../domain/ledger';
import { systemClock, systemSleep } from '../kernel/clock';
import { systemRandomness } from '../kernel/ids';

/** What it takes to bring books up to a log: the functions that do are the projector and the rebuild. */
export function bindProjection(config: {
  readonly journalTable: string;
  readonly viewsTable: string;
  readonly coordinationTable: string;
  readonly wormBucket: string;
}): ProjectLedgerPorts & { readonly store: LedgerStore } {
  const { journalTable, viewsTable, coordinationTable, wormBucket } = config;
  const client = dynamoDbClient();
  const sleep = systemSleep;
  return {
    journal: newDynamoJournalReader({ client, journalTable }),
    heads: newDynamoAuditHeads({ client, coordinationTable, clock: systemClock, sleep }),
    worm: newS3WormLog({ client: s3Client(), bucket: wormBucket, sleep }),
    store: newDynamoLedger({ client, viewsTable }),
    sleep,
    randomness: systemRandomness,
  };
}
