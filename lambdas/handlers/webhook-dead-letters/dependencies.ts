import { dynamoDbClient, sqsClient, stsClient } from '../../adapters/clients';
import { newDynamoJournal } from '../../adapters/dynamodb/dynamo-journal';
import type { Letters } from '../../adapters/sqs/sqs-letters';
import { newSqsLetters } from '../../adapters/sqs/sqs-letters';
import { newTenantCredentials, perTenant } from '../../adapters/sts/tenant-credentials';
import { systemClock, systemSleep } from '../../kernel/clock';
import type { CommandPorts } from '../../kernel/command';
import { newCommitIds, systemRandomness } from '../../kernel/ids';
import type { Journal } from '../../kernel/journal';
import { newLog } from '../../middleware/log';
import type { Log } from '../../middleware/log';
import { newMetrics } from '../../middleware/metrics';
import type { Metrics } from '../../middleware/metrics';
import { readConfig } from './config';

export interface WebhookDeadLettersDeps extends Omit<CommandPorts, 'journal'> {
  /** The journal of one tenant, by its tenant role. */
  journalOf(tenant: string): Journal;
  /** The dead-letter queue of webhook events. */
  readonly letters: Letters;
  readonly log: Log;
  readonly metrics: Metrics;
}

export function bindDependencies(): WebhookDeadLettersDeps {
  const { journalTable, viewsTable, tenantRoleArn, queueUrl } = readConfig();
  const clock = systemClock;
  const credentials = newTenantCredentials({ client: stsClient(), roleArn: tenantRoleArn, clock });
  return {
    // No lease guards these commits, so there is no coordination table to look at.
    journalOf: perTenant(credentials, (source) =>
      newDynamoJournal({ client: dynamoDbClient(source), journalTable, viewsTable, coordinationTable: '' }),
    ),
    letters: newSqsLetters({ client: sqsClient(), queueUrl }),
    clock,
    commitIds: newCommitIds(clock, systemRandomness),
    randomness: systemRandomness,
    sleep: systemSleep,
    log: newLog(),
    metrics: newMetrics(),
  };
}
