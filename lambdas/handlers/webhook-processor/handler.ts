import {
  applyWebhook,
  backoffSeconds,
  noteFailure,
  parseWebhookMessage,
  resolveReference,
} from '../../domain/webhooks';
import { paymentIdOf } from '../../domain/providers/provider';
import type { WebhookMessage } from '../../domain/webhooks/ports';
import type { PartialBatchResponse } from '../../middleware/batches';
import { forEachConcurrently } from '../../middleware/batches';
import { errorFields } from '../../middleware/log';
import type { LogFields } from '../../middleware/log';
import { readSqsReceipts } from '../../middleware/sqs-batch';
import type { SqsReceipt } from '../../middleware/sqs-batch';
import type { WebhookProcessorDeps } from './dependencies';
import { bindDependencies } from './dependencies';

/** Payments have nothing to do with one another, so their events are applied side by side. */
const paymentsAtOnce = 10;

interface Delivery {
  readonly record: SqsReceipt;
  readonly message: WebhookMessage;
}

/**
 * Applies queued webhook events. What fails is put back alone, with a delay that grows; the rest of its batch is done. At the
 * queue's limit the event is noted as dead, and the queue moves the message to its dead-letter queue.
 */
export function newWebhookProcessor(deps: WebhookProcessorDeps): (event: unknown) => Promise<PartialBatchResponse> {
  return async (event) => {
    const records = readSqsReceipts(event);
    const failed: string[] = [];
    const deliveries: Delivery[] = [];
    for (const record of records) {
      const message = parseWebhookMessage(record.body);
      if (message.ok) deliveries.push({ record, message: message.value });
      else {
        failed.push(record.messageId);
        await passOn(deps, record);
      }
    }

    await forEachConcurrently([...byPayment(deliveries).values()], paymentsAtOnce, async (group) => {
      for (const delivery of group) {
        if (!(await process(deps, delivery))) failed.push(delivery.record.messageId);
      }
    });

    deps.metrics.flush();
    return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
  };
}

/** Events of one payment stay in their order; turns go round the tenants, so that none waits for another's burst. */
function byPayment(deliveries: readonly Delivery[]): ReadonlyMap<string, readonly Delivery[]> {
  const groups = new Map<string, Delivery[]>();
  for (const delivery of deliveries) {
    const { tenant, event } = delivery.message;
    const key = `${tenant}/${paymentIdOf(event.subject) ?? event.eventKey}`;
    groups.set(key, [...(groups.get(key) ?? []), delivery]);
  }
  const turnOf = new Map<string, number>();
  const turns = [...groups].map(([key, group]) => {
    const tenant = key.slice(0, key.indexOf('/'));
    const turn = turnOf.get(tenant) ?? 0;
    turnOf.set(tenant, turn + 1);
    return { key, group, turn };
  });
  return new Map(turns.sort((a, b) => a.turn - b.turn).map(({ key, group }) => [key, group]));
}

/** Whether the message is done. It never throws: one message must not decide about another. */
async function process(deps: WebhookProcessorDeps, { record, message }: Delivery): Promise<boolean> {
  const fields = fieldsOf(record, message);
  try {
    const ports = { ...deps, journal: deps.journalOf(message.tenant) };
    const { status, duplicate } = await applyWebhook(
      ports,
      await resolveReference(message, (referred) => deps.providerOf(referred)),
    );
    deps.log.info(duplicate ? 'webhook event seen before' : 'webhook event done', { ...fields, reason: status });
    return true;
  } catch (error) {
    deps.metrics.count('WebhookFailed');
    deps.log.error('webhook event failed', { ...fields, ...errorFields(error) });
    await putBack(deps, record, message, error);
    return false;
  }
}

async function putBack(
  deps: WebhookProcessorDeps,
  record: SqsReceipt,
  message: WebhookMessage,
  error: unknown,
): Promise<void> {
  const attempt = record.attributes.ApproximateReceiveCount;
  const isLast = attempt >= deps.maxReceiveCount;
  const delaySeconds = isLast ? 0 : backoffSeconds(attempt, deps.randomness);
  const nextAttemptAt = new Date(deps.clock.now().getTime() + delaySeconds * 1000).toISOString();
  if (isLast) deps.metrics.count('WebhookDead');
  await quietly(deps, record, async () => {
    const ports = { ...deps, journal: deps.journalOf(message.tenant) };
    await noteFailure(ports, message, error, isLast ? { fate: 'dead' } : { fate: 'retry', nextAttemptAt });
  });
  await quietly(deps, record, () => deps.visibility.comeBackIn(record.receiptHandle, delaySeconds));
}

/** A message that nobody can read goes to the dead-letter queue without waiting: time will not mend it. */
async function passOn(deps: WebhookProcessorDeps, record: SqsReceipt): Promise<void> {
  deps.metrics.count('WebhookMalformed');
  const attempt = record.attributes.ApproximateReceiveCount;
  if (attempt >= deps.maxReceiveCount) deps.metrics.count('WebhookDead');
  deps.log.error('a message in the webhook queue is malformed', { messageId: record.messageId, attempt });
  await quietly(deps, record, () => deps.visibility.comeBackIn(record.receiptHandle, 0));
}

/** Notes and delays are a service to operators: without them the queue still delivers again by itself. */
async function quietly(deps: WebhookProcessorDeps, record: SqsReceipt, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    deps.log.error('could not note or delay a failed webhook event', {
      messageId: record.messageId,
      ...errorFields(error),
    });
  }
}

function fieldsOf(record: SqsReceipt, message: WebhookMessage): LogFields {
  const { tenant, connectionId, event, requestId } = message;
  const { SentTimestamp: sentMs, ApproximateFirstReceiveTimestamp: receivedMs } = record.attributes;
  return {
    // How long it lay in the queue before it was first taken.
    queuedMs: sentMs === undefined || receivedMs === undefined ? undefined : receivedMs - sentMs,
    messageId: record.messageId,
    attempt: record.attributes.ApproximateReceiveCount,
    requestId,
    tenantId: tenant,
    connectionId,
    eventKey: event.eventKey,
    paymentId: paymentIdOf(event.subject),
  };
}

export const handler = newWebhookProcessor(bindDependencies());
