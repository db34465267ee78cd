import * as z from 'zod';

import { backoffSeconds, runRedrive } from '../../domain/webhooks';
import type { RedriveJob } from '../../domain/webhooks/ports';
import { idPattern } from '../../kernel/ids';
import type { PartialBatchResponse } from '../../middleware/batches';
import { errorFields } from '../../middleware/log';
import { readSqsReceipts } from '../../middleware/sqs-batch';
import type { WebhookRedriveDeps } from './dependencies';
import { bindDependencies } from './dependencies';

/** One invocation works this long on a job; what is left is another message. */
const budgetMs = 60_000;

/** How long a job waits for another of its tenant: as long as a lease that nobody gives back. */
const turnSeconds = 60;

const jobSchema = z.object({
  tenant: z.string().regex(idPattern('tenant')),
  redriveId: z.string().regex(idPattern('webhookRedrive')),
});

/**
 * Works on redrives of many events. A job that is not done when its time is over, or whose tenant has another one running, goes to the
 * end of the queue as a new message; one that fails comes back later, and after several times ends in the dead-letter queue.
 */
export function newWebhookRedrive(deps: WebhookRedriveDeps): (event: unknown) => Promise<PartialBatchResponse> {
  return async (event) => {
    const failed: string[] = [];
    for (const record of readSqsReceipts(event)) {
      const attempt = record.attributes.ApproximateReceiveCount;
      try {
        await work(deps, jobSchema.parse(JSON.parse(record.body)));
      } catch (error) {
        failed.push(record.messageId);
        deps.log.error('a redrive failed', { messageId: record.messageId, attempt, ...errorFields(error) });
        // Without this it comes back all the same, when the queue's own time is over.
        await deps.visibility
          .comeBackIn(record.receiptHandle, backoffSeconds(attempt, deps.randomness))
          .catch(() => undefined);
      }
    }
    return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
  };
}

async function work(deps: WebhookRedriveDeps, job: RedriveJob): Promise<void> {
  const run = await runRedrive(deps.portsOf(job.tenant), job, deps.clock.now().getTime() + budgetMs);
  deps.log.info('worked on a redrive', { tenantId: job.tenant, reason: run });
  // A crash before this leaves the message in the queue; after it there may be two, of which one finds the job done.
  if (run === 'unfinished') await deps.jobs.start(job);
  if (run === 'busy') await deps.jobs.start(job, turnSeconds);
}

export const handler = newWebhookRedrive(bindDependencies());
