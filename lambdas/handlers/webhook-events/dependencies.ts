import { sqsClient } from '../../adapters/clients';
import { newSqsRedriveQueue } from '../../adapters/sqs/sqs-redrive-queue';
import { newSqsWebhookQueue } from '../../adapters/sqs/sqs-webhook-queue';
import { perTenant } from '../../adapters/sts/tenant-credentials';
import type { RedriveQueue, WebhookQueue } from '../../domain/webhooks/ports';
import type { CursorSigner } from '../../kernel/cursor';
import type { BoundService } from '../service-dependencies';
import { bindCursors, bindTenantPlane } from '../service-dependencies';
import { readConfig } from './config';

export interface WebhookEventsDependencies extends BoundService {
  readonly cursors: () => Promise<CursorSigner>;
  /** The queue of webhook events, by the tenant role. */
  readonly queueOf: (tenant: string) => WebhookQueue;
  /** The queue of redrives of many, by the tenant role. */
  readonly jobsOf: (tenant: string) => RedriveQueue;
}

export function bindDependencies(): WebhookEventsDependencies {
  const config = readConfig();
  const plane = bindTenantPlane(config);
  return {
    ...plane,
    cursors: bindCursors(config.cursorSecretArn),
    queueOf: perTenant(plane.tenantCredentials, (source) =>
      newSqsWebhookQueue({ client: sqsClient(source), queueUrl: config.queueUrl, sleep: plane.sleep }),
    ),
    jobsOf: perTenant(plane.tenantCredentials, (source) =>
      newSqsRedriveQueue({ client: sqsClient(source), queueUrl: config.redrivesQueueUrl, sleep: plane.sleep }),
    ),
  };
}
