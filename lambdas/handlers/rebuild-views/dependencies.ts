import { dynamoDbClient } from '../../adapters/clients';
import { newDynamoJournalReader } from '../../adapters/dynamodb/dynamo-journal';
import { newDynamoLeases } from '../../adapters/dynamodb/dynamo-leases';
import { newDynamoViewWriter } from '../../adapters/dynamodb/dynamo-views';
import { newDynamoJournalScan } from '../../adapters/dynamodb/journal-scan';
import type { RebuildPorts } from '../../domain/rebuild-views';
import type { Clock } from '../../kernel/clock';
import { systemClock } from '../../kernel/clock';
import { systemRandomness } from '../../kernel/ids';
import type { Leases } from '../../kernel/lease';
import { platform } from '../../kernel/journal';
import type { Log } from '../../middleware/log';
import { newLog } from '../../middleware/log';
import { readConfig } from './config';

export interface RebuildViewsDependencies extends RebuildPorts {
  readonly leases: Leases;
  readonly clock: Clock;
  readonly log: Log;
}

export function bindDependencies(): RebuildViewsDependencies {
  const { journalTable, viewsTable, coordinationTable } = readConfig();
  const client = dynamoDbClient();
  return {
    scan: newDynamoJournalScan({ client, journalTable }),
    journal: newDynamoJournalReader({ client, journalTable }),
    views: newDynamoViewWriter({ client, viewsTable }),
    leases: newDynamoLeases({
      client,
      coordinationTable,
      owner: platform,
      clock: systemClock,
      randomness: systemRandomness,
    }),
    clock: systemClock,
    log: newLog(),
  };
}
