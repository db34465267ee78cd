import {
  applyWebhook,
  backoffSeconds,
  noteFailure,
  parseWebhookMessage,
  requestRedrive,
  webhookEventEntity,
  webhookEventId,
  webhookEventStream,
  presentWebhookEvent,
} from '../../../lambdas/domain/webhooks';
import { paymentEntity, paymentStream, statusOfPayment, totalsOf } from '../../../lambdas/domain/payments';
import type { WebhookMessage } from '../../../lambdas/domain/webhooks/ports';
import { fold } from '../../../lambdas/kernel/entity';
import type { Journal } from '../../../lambdas/kernel/journal';
import { newMemoryStore } from '../../support/memory-journal';
import {
  aCommit,
  aContext,
  connectionId,
  eventsOf,
  paymentId,
  portsOn,
  recorded,
  succeeded,
  tenant,
  unknown,
} from '../payments/a-payment';
import { aWebhook } from './a-webhook';

const id = webhookEventId(tenant, connectionId, 'evt_1');

/** A payment whose authorization nobody has answered yet. */
async function anOpenPayment() {
  const store = newMemoryStore();
  await store.journal.append([aCommit(1, eventsOf()[0]!)]);
  return store;
}

const eventOf = async (journal: Journal, eventId = id) =>
  fold(webhookEventEntity, await journal.read(webhookEventStream(tenant, eventId)));

const paymentOf = async (journal: Journal) => fold(paymentEntity, await journal.read(paymentStream(tenant, paymentId)));

describe('applying a webhook', () => {
  test('settles the payment and lists the event, in one append', async () => {
    const store = await anOpenPayment();
    let appends = 0;
    const journal: Journal = {
      ...store.journal,
      append: (...given) => ((appends += 1), store.journal.append(...given)),
    };
    expect(await applyWebhook(portsOn(journal), aWebhook())).toEqual({ status: 'applied', duplicate: false });
    expect(appends).toBe(1);
    const payment = await paymentOf(journal);
    expect(statusOfPayment(payment.state!)).toBe('captured');
    const { state, version } = await eventOf(journal);
    expect(presentWebhookEvent(state!, version)).toMatchObject({
      status: 'applied',
      attempts: 1,
      paymentId,
      version: 1,
    });
    expect(store.commits.slice(1).map(({ actor, command }) => [actor.level, actor.user, command.key])).toEqual([
      ['provider', connectionId, expect.any(String)],
      ['provider', connectionId, expect.any(String)],
    ]);
  });

  test('twice, or five times at once, changes it once', async () => {
    const store = await anOpenPayment();
    const ports = portsOn(store.journal);
    const results = await Promise.all(Array.from({ length: 5 }, () => applyWebhook(ports, aWebhook())));
    expect(results.filter(({ duplicate }) => !duplicate)).toHaveLength(1);
    expect(await applyWebhook(ports, aWebhook())).toEqual({ status: 'applied', duplicate: true });
    expect(store.commits).toHaveLength(3);
  });

  test('that tells what the answer told already leaves the payment alone, and is listed as applied', async () => {
    const store = newMemoryStore();
    for (const [index, event] of eventsOf().entries()) await store.journal.append([aCommit(index + 1, event)]);
    expect(await applyWebhook(portsOn(store.journal), aWebhook())).toMatchObject({ status: 'applied' });
    expect((await paymentOf(store.journal)).version).toBe(2);
  });

  test('that was overtaken is ignored', async () => {
    const store = await anOpenPayment();
    const ports = portsOn(store.journal);
    await applyWebhook(ports, aWebhook());
    const old = aWebhook({
      eventKey: 'evt_0',
      outcome: { status: 'requires_action', providerReference: 'auth_1', redirectUrl: 'https://p.example' },
    });
    expect(await applyWebhook(ports, old)).toMatchObject({ status: 'ignored' });
    expect(statusOfPayment((await paymentOf(store.journal)).state!)).toBe('captured');
  });

  test('with another amount calls for a person and settles nothing', async () => {
    const store = await anOpenPayment();
    await applyWebhook(portsOn(store.journal), aWebhook({ outcome: succeeded(999) }));
    const { state } = await paymentOf(store.journal);
    expect(totalsOf(state!)).toMatchObject({ needsAttention: true, captured: 0 });
    expect(statusOfPayment(state!)).toBe('processing');
  });

  test.each<[string, WebhookMessage]>([
    ['a payment that we do not know', aWebhook({ subject: { type: 'expiry', paymentId: 'pay_0000000000000000000b' } })],
    [
      'a payment of another system on the same account',
      aWebhook({ subject: { type: 'expiry', paymentId: 'order-17' } }),
    ],
    [
      'an operation that we never asked for',
      aWebhook({
        subject: { type: 'operation', paymentId, operationId: 'op_other', kind: 'refund', outcome: succeeded(1) },
      }),
    ],
    [
      'an operation of another kind',
      aWebhook({
        subject: {
          type: 'operation',
          paymentId,
          operationId: 'op_authorize',
          kind: 'refund',
          outcome: succeeded(1000),
        },
      }),
    ],
  ])('about %s is kept as unmatched', async (_, message) => {
    const store = await anOpenPayment();
    expect(await applyWebhook(portsOn(store.journal), message)).toMatchObject({ status: 'unmatched' });
    expect((await paymentOf(store.journal)).version).toBe(1);
    expect((await eventOf(store.journal)).state?.status).toBe('unmatched');
  });

  test('through another connection of the tenant proves nothing about the payment', async () => {
    const store = await anOpenPayment();
    const other = 'con_0000000000000000000b';
    expect(await applyWebhook(portsOn(store.journal), aWebhook({ connection: other }))).toMatchObject({
      status: 'unmatched',
    });
    expect((await paymentOf(store.journal)).version).toBe(1);
  });

  test('that means nothing to us is ignored, and listed', async () => {
    const store = newMemoryStore();
    expect(await applyWebhook(portsOn(store.journal), aWebhook({ subject: { type: 'other' } }))).toMatchObject({
      status: 'ignored',
    });
    expect((await eventOf(store.journal)).state?.status).toBe('ignored');
  });

  test('decides again when the payment changes meanwhile', async () => {
    const store = await anOpenPayment();
    let raced = false;
    const journal: Journal = {
      ...store.journal,
      append: async (commits, extra) => {
        if (!raced) {
          raced = true;
          await store.journal.append([aCommit(2, recorded('op_authorize', unknown))]);
        }
        return store.journal.append(commits, extra);
      },
    };
    await applyWebhook(portsOn(journal), aWebhook());
    const { state, version } = await paymentOf(journal);
    expect([version, statusOfPayment(state!)]).toEqual([3, 'captured']);
  });
});

describe('a webhook that fails', () => {
  const error = new Error('cannot reach sk_sandbox_0123456789abcdef for jane@example.com');

  test('is listed with its error, without secrets, and with the time of the next attempt', async () => {
    const store = await anOpenPayment();
    await noteFailure(portsOn(store.journal), aWebhook(), error, {
      fate: 'retry',
      nextAttemptAt: '2026-01-31T12:01:00.000Z',
    });
    const { state, version } = await eventOf(store.journal);
    expect(presentWebhookEvent(state!, version)).toMatchObject({
      status: 'retrying',
      attempts: 1,
      lastError: 'Error: cannot reach [redacted] for [redacted]',
      nextAttemptAt: '2026-01-31T12:01:00.000Z',
    });
  });

  test('and later succeeds is applied, with all its attempts', async () => {
    const store = await anOpenPayment();
    const ports = portsOn(store.journal);
    await noteFailure(ports, aWebhook(), error, { fate: 'retry', nextAttemptAt: '2026-01-31T12:01:00.000Z' });
    await applyWebhook(ports, aWebhook());
    const shown = await eventOf(store.journal).then(({ state, version }) => presentWebhookEvent(state!, version));
    expect(shown).toMatchObject({ status: 'applied', attempts: 2 });
    expect(shown).not.toHaveProperty('lastError');
  });

  test('after it was applied notes nothing', async () => {
    const store = await anOpenPayment();
    const ports = portsOn(store.journal);
    await applyWebhook(ports, aWebhook());
    await noteFailure(ports, aWebhook(), error, { fate: 'dead' });
    expect((await eventOf(store.journal)).state?.status).toBe('applied');
  });

  test('waits longer each time, between 10 s and 6 h, never twice the same', () => {
    const least = { bytes: (count: number) => new Uint8Array(count) };
    const most = { bytes: (count: number) => new Uint8Array(count).fill(255) };
    const attempts = [1, 2, 3, 4, 8, 9, 12, 99];
    expect(attempts.map((attempt) => backoffSeconds(attempt, least))).toEqual([
      10, 15, 45, 135, 10_800, 10_800, 10_800, 10_800,
    ]);
    expect(attempts.map((attempt) => backoffSeconds(attempt, most))).toEqual([
      10, 30, 90, 270, 21_600, 21_600, 21_600, 21_600,
    ]);
  });
});

describe('redriving a dead webhook', () => {
  async function aDeadWebhook() {
    const store = await anOpenPayment();
    const ports = portsOn(store.journal);
    await noteFailure(ports, aWebhook(), new Error('down'), { fate: 'dead' });
    const queued: WebhookMessage[] = [];
    const queue = { enqueue: async (messages: readonly WebhookMessage[]) => void queued.push(...messages) };
    const redrive = (key: string) =>
      requestRedrive({ ...ports, queue }, aContext(key, 'f', 'webhookEvents.redrive'), { tenant, webhookEventId: id });
    return { store, ports, queue, queued, redrive };
  }

  test('puts the whole event back, and it is applied once', async () => {
    const { store, ports, queued, redrive } = await aDeadWebhook();
    expect(await redrive('k1')).toMatchObject({ ok: true, value: { replayed: false } });
    expect(queued).toEqual([{ ...aWebhook({ redrive: 'k1' }), requestId: 'r-1' }]);
    expect(parseWebhookMessage(JSON.stringify(queued[0]))).toEqual({ ok: true, value: queued[0] });
    await applyWebhook(ports, queued[0]!);
    expect((await eventOf(store.journal)).state).toMatchObject({ status: 'applied', attempts: 2 });
    expect(statusOfPayment((await paymentOf(store.journal)).state!)).toBe('captured');
  });

  test('that crashed before the queue is completed by its repetition, and processed once', async () => {
    const { store, ports, queued, redrive, queue } = await aDeadWebhook();
    const { enqueue } = queue;
    queue.enqueue = async () => {
      throw new Error('the queue is down');
    };
    await expect(redrive('k1')).rejects.toThrow('the queue is down');
    queue.enqueue = enqueue;
    expect(await redrive('k1')).toMatchObject({ ok: true, value: { replayed: true } });
    expect(await redrive('k1')).toMatchObject({ ok: true, value: { replayed: true } });
    expect(queued).toHaveLength(2);
    for (const message of queued) await applyWebhook(ports, message);
    expect((await paymentOf(store.journal)).version).toBe(2);
    await redrive('k1');
    expect(queued).toHaveLength(2);
  });

  test('is refused for what is not dead, and for what is not there', async () => {
    const { ports, queue, redrive } = await aDeadWebhook();
    await redrive('k1');
    expect(await redrive('k2')).toEqual({ ok: false, error: { reason: 'not-redrivable' } });
    const absent = { tenant, webhookEventId: 'whe_0000000000000000000z' };
    expect(await requestRedrive({ ...ports, queue }, aContext('k3'), absent)).toEqual({
      ok: false,
      error: { reason: 'webhook-event-not-found' },
    });
  });

  test('is possible without the note of its death, once the next attempt is an hour overdue', async () => {
    const store = await anOpenPayment();
    const ports = portsOn(store.journal);
    const queued: WebhookMessage[] = [];
    const queue = { enqueue: async (messages: readonly WebhookMessage[]) => void queued.push(...messages) };
    const nextAttemptAt = new Date(ports.clock.now().getTime() + 10_000).toISOString();
    await noteFailure(ports, aWebhook(), new Error('down'), { fate: 'retry', nextAttemptAt });
    const redrive = (key: string) => requestRedrive({ ...ports, queue }, aContext(key), { tenant, webhookEventId: id });
    ports.advance(3_609_000);
    expect(await redrive('k1')).toEqual({ ok: false, error: { reason: 'not-redrivable' } });
    ports.advance(3_000);
    expect(await redrive('k2')).toMatchObject({ ok: true });
    await applyWebhook(ports, queued[0]!);
    ports.advance(7_200_000);
    expect(await redrive('k3')).toEqual({ ok: false, error: { reason: 'not-redrivable' } });
  });

  test('that dies again can be redriven again', async () => {
    const { ports, queued, redrive } = await aDeadWebhook();
    await redrive('k1');
    await noteFailure(ports, queued[0]!, new Error('still down'), { fate: 'dead' });
    await redrive('k1');
    expect(queued).toHaveLength(1);
    expect(await redrive('k2')).toMatchObject({ ok: true });
    expect(queued).toHaveLength(2);
  });
});
