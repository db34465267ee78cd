import { dynamoDbClient } from '../../adapters/clients';
import { systemClock } from '../../kernel/clock';
import type { Clock } from '../../kernel/clock';
import { newLog } from '../../middleware/log';
import type { Log } from '../../middleware/log';
import { newDynamoSandboxStore } from '../../sandbox/adapters/dynamo-sandbox-store';
import type { SandboxStore } from '../../sandbox/store';
import { readConfig } from './config';

export interface SandboxWebhooksDeps {
  readonly store: Pick<SandboxStore, 'endpoints'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly fetch: typeof fetch;
  /** The only place that webhooks may go to: anybody can open an account, and nobody shall use it to call elsewhere. */
  readonly webhookUrl: string;
}

export function bindDependencies(config = readConfig()): SandboxWebhooksDeps {
  return {
    store: newDynamoSandboxStore({ client: dynamoDbClient(), table: config.sandboxTable }),
    clock: systemClock,
    log: newLog(),
    fetch,
    webhookUrl: config.webhookUrl,
  };
}
