import '../../support/function-env';
import { newWebhookProcessor } from '../../../lambdas/handlers/webhook-processor/handler';
import type { Provider } from '../../../lambdas/domain/providers/provider';
import type { WebhookMessage } from '../../../lambdas/domain/webhooks/ports';
import type { Journal } from '../../../lambdas/kernel/journal';
import { aCommit, eventsOf, paymentId, portsOn, tenant } from '../../domain/payments/a-payment';
import { aWebhook } from '../../domain/webhooks/a-webhook';
import { newMemoryStore } from '../../support/memory-journal';
import { newMemoryTelemetry } from '../../support/memory-telemetry';

interface Given {
  readonly maxReceiveCount?: number;
  /** Tenants whose journal is out of order. */
  readonly broken?: ReadonlySet<string>;
  readonly visibilityFails?: boolean;
  /** What the provider says of a reference of its own. */
  readonly paymentOf?: NonNullable<Provider['paymentOf']>;
}

async function aProcessor({ maxReceiveCount = 5, broken = new Set(), visibilityFails = false, paymentOf }: Given = {}) {
  const store = newMemoryStore();
  await store.journal.append([aCommit(1, eventsOf()[0]!)]);
  const telemetry = newMemoryTelemetry();
  const delays: [string, number][] = [];
  const order: string[] = [];
  const journalOf = (owner: string): Journal => ({
    ...store.journal,
    append: async (commits, extra) => {
      if (broken.has(owner) && commits.length > 1) throw new Error('the journal is out of order');
      order.push(commits.at(-1)!.command.key!);
      return store.journal.append(commits, extra);
    },
  });
  const run = newWebhookProcessor({
    ...portsOn(store.journal),
    ...telemetry,
    journalOf,
    providerOf: () => Promise.resolve(paymentOf === undefined ? undefined : { paymentOf }),
    maxReceiveCount,
    visibility: {
      comeBackIn: async (receipt, seconds) => {
        if (visibilityFails) throw new Error('no');
        delays.push([receipt, seconds]);
      },
    },
  });
  return { run, store, telemetry, delays, order };
}

const record = (messageId: string, body: WebhookMessage | string, receiveCount = 1) => ({
  messageId,
  receiptHandle: `receipt-${messageId}`,
  body: typeof body === 'string' ? body : JSON.stringify(body),
  attributes: { ApproximateReceiveCount: String(receiveCount) },
});

const batchOf = (...Records: ReturnType<typeof record>[]) => ({ Records });

const failures = (...ids: string[]) => ({ batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })) });

const statusesIn = (store: {
  commits: readonly { stream: { kind: string }; events: readonly { type: string; data: object }[] }[];
}) => store.commits.filter(({ stream }) => stream.kind === 'webhook-event').map(({ events }) => events.at(-1)!.type);

describe('a batch of webhook events', () => {
  test('is applied, duplicates once, and nothing is put back', async () => {
    const { run, store, delays } = await aProcessor();
    expect(await run(batchOf(record('1', aWebhook()), record('2', aWebhook())))).toEqual(failures());
    expect(store.commits.filter(({ stream }) => stream.kind === 'payment')).toHaveLength(2);
    expect(delays).toEqual([]);
  });

  test('puts back alone what fails, later each time, and lists it as retrying', async () => {
    const broken = new Set([tenant]);
    const { run, store, delays, telemetry } = await aProcessor({ broken });
    const fine = aWebhook({ eventKey: 'evt_fine', subject: { type: 'other' } });
    expect(await run(batchOf(record('poison', aWebhook(), 3), record('fine', fine)))).toEqual(failures('poison'));
    expect(statusesIn(store).sort()).toEqual(['WebhookFailed', 'WebhookProcessed']);
    const [[receipt, seconds]] = delays as [[string, number]];
    expect(receipt).toBe('receipt-poison');
    expect(seconds).toBeGreaterThanOrEqual(45);
    expect(seconds).toBeLessThanOrEqual(90);
    expect(telemetry.counted).toEqual(['WebhookFailed']);

    broken.clear();
    expect(await run(batchOf(record('poison', aWebhook(), 4)))).toEqual(failures());
    expect(statusesIn(store).at(-1)).toBe('WebhookProcessed');
  });

  test('gives up at the limit: noted as dead, counted, and let go to the dead-letter queue at once', async () => {
    const { run, store, delays, telemetry } = await aProcessor({ broken: new Set([tenant]), maxReceiveCount: 5 });
    expect(await run(batchOf(record('poison', aWebhook(), 5)))).toEqual(failures('poison'));
    expect(statusesIn(store)).toEqual(['WebhookDied']);
    expect(delays).toEqual([['receipt-poison', 0]]);
    expect(telemetry.counted).toEqual(['WebhookFailed', 'WebhookDead']);
  });

  test.each([
    'not json',
    '{}',
    JSON.stringify({ ...aWebhook(), tenant: 'T#other' }),
    JSON.stringify({ ...aWebhook(), event: null }),
  ])('is not held up by a message that nobody can read: %s', async (body) => {
    const { run, delays, telemetry } = await aProcessor();
    expect(await run(batchOf(record('bad', body), record('good', aWebhook())))).toEqual(failures('bad'));
    expect(delays).toEqual([['receipt-bad', 0]]);
    expect(telemetry.counted).toEqual(['WebhookMalformed']);
  });

  test('still answers when neither note nor delay can be made', async () => {
    const { run, store, telemetry } = await aProcessor({ broken: new Set([tenant]), visibilityFails: true });
    const unwritable = newMemoryStore();
    expect(unwritable.commits).toHaveLength(0);
    store.journal.append = async () => {
      throw new Error('down');
    };
    expect(await run(batchOf(record('poison', aWebhook())))).toEqual(failures('poison'));
    expect(telemetry.lines.filter(({ level }) => level === 'error')).toHaveLength(3);
  });

  test('keeps the events of one payment in their order', async () => {
    const { run, order } = await aProcessor();
    const dispute = (key: string, status: 'opened' | 'won') =>
      aWebhook({
        eventKey: key,
        subject: { type: 'dispute', paymentId, disputeId: 'd1', status, amount: { amount: 1, currency: 'USD' } },
      });
    await run(
      batchOf(
        record('1', dispute('e1', 'opened')),
        record('2', dispute('e2', 'won')),
        record('3', dispute('e3', 'won')),
      ),
    );
    expect(new Set(order).size).toBe(3);
    const alone = await aProcessor();
    for (const key of ['e1', 'e2', 'e3'])
      await alone.run(batchOf(record(key, dispute(key, key === 'e1' ? 'opened' : 'won'))));
    expect(order).toEqual(alone.order);
  });

  describe('an event that names its payment by the reference of the provider alone', () => {
    const referred = aWebhook({
      subject: {
        type: 'referred',
        paymentReference: 'pi_1',
        about: { type: 'dispute', disputeId: 'du_1', status: 'opened', amount: { amount: 400, currency: 'USD' } },
      },
    });
    test('is applied to the payment that the provider names', async () => {
      const asked: string[] = [];
      const { run, store } = await aProcessor({
        paymentOf: async (reference) => {
          asked.push(reference);
          return { ok: true, value: paymentId };
        },
      });
      expect(await run(batchOf(record('1', referred)))).toEqual(failures());
      expect(asked).toEqual(['pi_1']);
      expect(statusesIn(store)).toEqual(['WebhookProcessed']);
      const disputes = store.commits.flatMap(({ events }) => events).filter(({ type }) => type === 'DisputeReported');
      expect(disputes).toMatchObject([{ data: { disputeId: 'du_1', status: 'opened', amount: 400 } }]);
      // A second delivery changes nothing.
      const before = store.commits.length;
      expect(await run(batchOf(record('2', referred)))).toEqual(failures());
      expect(store.commits.length).toBe(before);
    });

    test('stays in sight as unmatched when the payment is none of ours', async () => {
      const { run, store } = await aProcessor({ paymentOf: async () => ({ ok: true, value: undefined }) });
      expect(await run(batchOf(record('1', referred)))).toEqual(failures());
      const [processed] = store.commits
        .flatMap(({ events }) => events)
        .filter(({ type }) => type === 'WebhookProcessed');
      expect(processed).toMatchObject({ data: { result: 'unmatched' } });
    });

    test.each(['provider-unreachable', 'credentials-refused'] as const)(
      'comes again while the provider says %s',
      async (error) => {
        const { run, delays } = await aProcessor({ paymentOf: async () => ({ ok: false, error }) });
        expect(await run(batchOf(record('1', referred)))).toEqual(failures('1'));
        expect(delays).toHaveLength(1);
      },
    );

    test('comes again when nobody can be asked, and dies in the end', async () => {
      const { run, telemetry } = await aProcessor({ maxReceiveCount: 2 });
      expect(await run(batchOf(record('1', referred, 2)))).toEqual(failures('1'));
      expect(telemetry.counted).toContain('WebhookDead');
    });
  });

  test('logs ids and never what a provider sent', async () => {
    const { run, telemetry } = await aProcessor({ broken: new Set([tenant]) });
    await run(
      batchOf(
        record(
          '1',
          aWebhook({
            outcome: {
              status: 'requires_action',
              providerReference: 'ref_planted',
              redirectUrl: 'https://planted.example',
            },
          }),
        ),
      ),
    );
    expect(JSON.stringify(telemetry.lines)).not.toContain('planted');
    expect(telemetry.lines[0]?.fields).toMatchObject({ tenantId: tenant, eventKey: 'evt_1', paymentId, attempt: 1 });
  });
});
