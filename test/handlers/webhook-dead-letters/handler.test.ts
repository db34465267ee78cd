import '../../support/function-env';
import type { Letter } from '../../../lambdas/adapters/sqs/sqs-letters';
import {
  applyWebhook,
  noteFailure,
  webhookEventEntity,
  webhookEventId,
  webhookEventStream,
} from '../../../lambdas/domain/webhooks';
import { requestRedrive } from '../../../lambdas/domain/webhooks';
import type { WebhookMessage } from '../../../lambdas/domain/webhooks/ports';
import { newWebhookDeadLetters } from '../../../lambdas/handlers/webhook-dead-letters/handler';
import { fold } from '../../../lambdas/kernel/entity';
import { portsOn, tenant } from '../../domain/payments/a-payment';
import { aWebhook } from '../../domain/webhooks/a-webhook';
import { newMemoryStore } from '../../support/memory-journal';
import { newMemoryTelemetry } from '../../support/memory-telemetry';

const other = (eventKey: string, redrive?: string): WebhookMessage =>
  aWebhook({ eventKey, subject: { type: 'other' }, ...(redrive === undefined ? {} : { redrive }) });

/** A dead-letter queue of ten a look, over a journal. */
function aQueue(...bodies: readonly (WebhookMessage | string)[]) {
  const store = newMemoryStore();
  const ports = portsOn(store.journal);
  const telemetry = newMemoryTelemetry();
  let lying: Letter[] = bodies.map((body, index) => ({
    messageId: String(index),
    receiptHandle: `receipt-${String(index)}`,
    body: typeof body === 'string' ? body : JSON.stringify(body),
  }));
  let hidden: Letter[] = [];
  const look = newWebhookDeadLetters({
    ...ports,
    ...telemetry,
    journalOf: () => ports.journal,
    letters: {
      look: async () => {
        const seen = lying.slice(0, 10);
        lying = lying.slice(10);
        hidden.push(...seen);
        return seen;
      },
      remove: async (letter) => void (hidden = hidden.filter((each) => each !== letter)),
      comeBackIn: async (receipt, seconds) => {
        expect(seconds).toBe(0);
        lying.push(...hidden.filter(({ receiptHandle }) => receiptHandle === receipt));
        hidden = hidden.filter(({ receiptHandle }) => receiptHandle !== receipt);
      },
    },
  });
  return {
    look,
    ports,
    store,
    telemetry,
    left: () => [lying.length, hidden.length],
    eventOf: async ({ connectionId, event }: WebhookMessage) =>
      fold(
        webhookEventEntity,
        await ports.journal.read(webhookEventStream(tenant, webhookEventId(tenant, connectionId, event.eventKey))),
      ),
  };
}

describe('a look through the dead letters', () => {
  test('notes what died without a note, once, and leaves the message where it is', async () => {
    const killed = other('evt_killed');
    const { look, left, eventOf, telemetry } = aQueue(killed);
    expect(await look()).toEqual({ done: 0, noted: 1, waiting: 0, failed: 0 });
    expect((await eventOf(killed)).state).toMatchObject({ status: 'dead', attempts: 1, event: killed.event });
    expect(await look()).toEqual({ done: 0, noted: 0, waiting: 1, failed: 0 });
    expect((await eventOf(killed)).version).toBe(1);
    expect(left()).toEqual([1, 0]);
    expect(telemetry.counted).toEqual(['WebhookDead']);
  });

  test('notes what is listed as retrying though the queue has given it up', async () => {
    const killed = other('evt_1');
    const { look, ports, eventOf } = aQueue(killed);
    await noteFailure(ports, killed, new Error('down'), { fate: 'retry', nextAttemptAt: '2026-01-31T12:00:10.000Z' });
    expect(await look()).toMatchObject({ noted: 1 });
    expect((await eventOf(killed)).state).toMatchObject({
      status: 'dead',
      lastError: 'given up by the queue without a note',
    });
  });

  test('removes a message when its event has been dealt with, and not while it is on its way again', async () => {
    const dead = other('evt_1');
    const { look, ports, left, eventOf } = aQueue(dead);
    await noteFailure(ports, dead, new Error('down'), { fate: 'dead' });
    const queued: WebhookMessage[] = [];
    const queue = { enqueue: async (messages: readonly WebhookMessage[]) => void queued.push(...messages) };
    const id = webhookEventId(tenant, dead.connectionId, dead.event.eventKey);
    const context = {
      actor: { user: 'u', level: 'owner' },
      request: { id: 'r', route: 't' },
      command: { name: 'c', key: 'k' },
    } as const;
    await requestRedrive({ ...ports, queue }, context, { tenant, webhookEventId: id });
    expect(await look()).toMatchObject({ waiting: 1 });
    expect((await eventOf(dead)).state?.status).toBe('retrying');
    expect(left()).toEqual([1, 0]);
    await applyWebhook(ports, queued[0]!);
    expect(await look()).toMatchObject({ done: 1 });
    expect(left()).toEqual([0, 0]);
  });

  test('goes through all of a long queue once, and loses none of it', async () => {
    const many = Array.from({ length: 34 }, (_, index) => other(`evt_${String(index)}`));
    const { look, left } = aQueue(...many);
    expect(await look()).toEqual({ done: 0, noted: 34, waiting: 0, failed: 0 });
    expect(left()).toEqual([34, 0]);
  });

  test('keeps what nobody can read, and what cannot be noted now', async () => {
    const { look, left, store, telemetry } = aQueue('not json', other('evt_1'));
    store.journal.append = async () => Promise.reject(new Error('down'));
    expect(await look()).toEqual({ done: 0, noted: 0, waiting: 0, failed: 2 });
    expect(left()).toEqual([2, 0]);
    expect(telemetry.counted).toEqual([]);
  });
});
