import { dynamoDbClient, sqsClient, stsClient } from '../../adapters/clients';
import { newDynamoJournal } from '../../adapters/dynamodb/dynamo-journal';
import { newDynamoLeases } from '../../adapters/dynamodb/dynamo-leases';
import { newDynamoViews } from '../../adapters/dynamodb/dynamo-views';
import { newSqsRedriveQueue } from '../../adapters/sqs/sqs-redrive-queue';
import type { SqsVisibility } from '../../adapters/sqs/sqs-visibility';
import { newSqsVisibility } from '../../adapters/sqs/sqs-visibility';
import { newSqsWebhookQueue } from '../../adapters/sqs/sqs-webhook-queue';
import { newTenantCredentials, perTenant } from '../../adapters/sts/tenant-credentials';
import type { RunRedrivePorts } from '../../domain/webhooks';
import type { RedriveQueue } from '../../domain/webhooks/ports';
import type { Clock } from '../../kernel/clock';
import { systemClock, systemSleep } from '../../kernel/clock';
import type { Randomness } from '../../kernel/ids';
import { newCommitIds, systemRandomness } from '../../kernel/ids';
import { newLog } from '../../middleware/log';
import type { Log } from '../../middleware/log';
import { readConfig } from './config';

export interface WebhookRedriveDeps {
  /** What a redrive of one tenant works with, by its tenant role. */
  readonly portsOf: (tenant: string) => RunRedrivePorts;
  /** Its own queue: what is not done is put at its end. */
  readonly jobs: RedriveQueue;
  readonly visibility: SqsVisibility;
  readonly clock: Clock;
  readonly randomness: Randomness;
  readonly log: Log;
}

export function bindDependencies(): WebhookRedriveDeps {
  const { journalTable, viewsTable, coordinationTable, tenantRoleArn, queueUrl, redrivesQueueUrl } = readConfig();
  const clock = systemClock;
  const sleep = systemSleep;
  const randomness = systemRandomness;
  const commitIds = newCommitIds(clock, randomness);
  const credentials = newTenantCredentials({ client: stsClient(), roleArn: tenantRoleArn, clock });
  const own = { client: sqsClient(), queueUrl: redrivesQueueUrl };
  return {
    portsOf: perTenant(credentials, (source, tenant) => {
      const client = dynamoDbClient(source);
      return {
        journal: newDynamoJournal({ client, journalTable, viewsTable, coordinationTable }),
        views: newDynamoViews({ client, viewsTable, journalTable, sleep }),
        leases: newDynamoLeases({ client, coordinationTable, owner: { tenant }, clock, randomness }),
        queue: newSqsWebhookQueue({ client: sqsClient(source), queueUrl, sleep }),
        clock,
        commitIds,
        randomness,
        sleep,
      };
    }),
    jobs: newSqsRedriveQueue({ ...own, sleep }),
    visibility: newSqsVisibility(own),
    clock,
    randomness,
    log: newLog(),
  };
}
