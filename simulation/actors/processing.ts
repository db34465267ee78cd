import '../function-env';
import { newSqsVisibility } from '../../lambdas/adapters/sqs/sqs-visibility';
import { newWebhookProcessor } from '../../lambdas/handlers/webhook-processor/handler';
import type { PartialBatchResponse } from '../../lambdas/middleware/batches';
import { maxReceiveCount, names, processorLimitMs } from '../cloud/cloud';
import type { FunctionSpec } from '../functions';
import { metricsTelling, silentLog } from '../telemetry';
import type { World } from '../world';

const processor: FunctionSpec<object, PartialBatchResponse> = {
  name: 'webhook-processor',
  limitMs: processorLimitMs,
  build: ({ clients, ports }) =>
    newWebhookProcessor({
      ...ports,
      journalOf: () => ports.journal,
      // The sandbox names the payment in every event: nobody is asked.
      providerOf: () => Promise.resolve(undefined),
      visibility: newSqsVisibility({ client: clients.sqs, queueUrl: names.queueUrl }),
      maxReceiveCount,
      log: silentLog,
      metrics: metricsTelling(() => undefined),
    }),
};

/** The queue's event source: batches to the processor, several at once, and what it does not report as failed is deleted. */
export function newProcessing(world: World): { messageSent(): void } {
  const invoke = world.functions.define(processor);
  const { scheduler, choices } = world;
  let batches = 0;
  let armedForMs = Infinity;

  const arm = (): void => {
    const nextMs = world.cloud.queue.nextVisibleAtMs();
    if (nextMs === undefined) return;
    const nowMs = scheduler.clock.now().getTime();
    const waitMs = Math.max(0, nextMs - nowMs) + choices.integer(0, 400, 'poll', batches);
    if (nowMs + waitMs >= armedForMs) return;
    armedForMs = nowMs + waitMs;
    scheduler.after(waitMs, poll);
  };

  const poll = (): void => {
    armedForMs = Infinity;
    batches += 1;
    const messages = world.cloud.queue.receive(choices.integer(1, 10, 'batch', batches));
    if (messages.length > 0) {
      const Records = messages.map(({ id, receipt, body, receiveCount }) => ({
        messageId: id,
        receiptHandle: receipt,
        body,
        attributes: { ApproximateReceiveCount: String(receiveCount) },
      }));
      const receipts = messages.map(({ id, receipt }) => ({ id, receipt }));
      invoke(
        `batch-${String(batches)}`,
        { Records },
        {
          done: ({ batchItemFailures }) => {
            const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
            for (const { id, receipt } of receipts) if (!failed.has(id)) world.cloud.queue.delete(id, receipt);
            arm();
          },
          died: arm,
          threw: arm,
        },
      );
    }
    arm();
  };

  return { messageSent: arm };
}
