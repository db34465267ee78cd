import { dynamoDbClient, sqsClient } from '../../adapters/clients';
import { systemClock, systemSleep } from '../../kernel/clock';
import type { Sleep } from '../../kernel/clock';
import { newLog } from '../../middleware/log';
import type { Log } from '../../middleware/log';
import { newDynamoSandboxStore } from '../../sandbox/adapters/dynamo-sandbox-store';
import { newSqsSandboxQueue } from '../../sandbox/adapters/sqs-sandbox-queue';
import type { SandboxPorts } from '../../sandbox/service';
import { readConfig } from './config';

export interface SandboxProviderDeps extends Omit<SandboxPorts, 'requestId'> {
  readonly sleep: Sleep;
  readonly log: Log;
}

export function bindDependencies(config = readConfig()): SandboxProviderDeps {
  return {
    store: newDynamoSandboxStore({ client: dynamoDbClient(), table: config.sandboxTable }),
    queue: newSqsSandboxQueue({ client: sqsClient(), queueUrl: config.queueUrl, sleep: systemSleep }),
    clock: systemClock,
    sleep: systemSleep,
    log: newLog(),
  };
}
