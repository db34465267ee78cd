import { attentionOf, paymentEntity, totalsOf } from '../../../lambdas/domain/payments';
import type { Payment } from '../../../lambdas/domain/payments';
import { decideLookup } from '../../../lambdas/domain/payments/look-up-payment';
import { fold } from '../../../lambdas/kernel/entity';
import { payoutSettlementId, settlementStream } from '../../../lambdas/domain/settlements';
import {
  applyWebhook,
  presentWebhookEvent,
  webhookEventEntity,
  webhookEventId,
  webhookEventStream,
} from '../../../lambdas/domain/webhooks';
import { maxReports, maxReportsWithRedriven } from '../../../lambdas/domain/webhooks/report-bound';
import { targetOf } from '../../../lambdas/domain/webhooks/targets';
import type { NormalisedEvent } from '../../../lambdas/domain/providers/provider';
import type { WebhookMessage } from '../../../lambdas/domain/webhooks/ports';
import type { Commit, Journal } from '../../../lambdas/kernel/journal';
import { newMemoryStore } from '../../support/memory-journal';
import { aCommit, connectionId, eventsOf, paymentId, portsOn, succeeded, tenant } from '../payments/a-payment';
import { aWebhook } from './a-webhook';

type Subject = NormalisedEvent['subject'];

const beginMs = Date.parse('2026-02-01T00:00:00.000Z');

/** A report that changes the payment a little each time, as whoever holds the webhook secret can sign it. */
const forgeries: readonly (readonly [string, (at: number) => Subject])[] = [
  [
    'of one dispute, each later than the last',
    () => ({
      type: 'dispute',
      paymentId,
      disputeId: 'dp_1',
      status: 'under_review',
      amount: { amount: 400, currency: 'USD' },
    }),
  ],
  [
    'of one refund made outside, each of less',
    (at) => ({
      type: 'external-operation',
      paymentId,
      kind: 'refund',
      providerReference: 're_1',
      status: 'pending',
      amount: { amount: 2_000_000 - at, currency: 'USD' },
    }),
  ],
  [
    'of our own operation, each under a smaller name',
    (at) => ({
      type: 'operation',
      paymentId,
      operationId: 'op_authorize',
      kind: 'authorize',
      outcome: { status: 'pending', providerReference: `ref_${String(2_000_000 - at)}` },
    }),
  ],
  [
    'of an approval, each under a smaller name',
    (at) => ({
      type: 'approval',
      paymentId,
      operationId: 'op_authorize',
      providerReference: `ref_${String(2_000_000 - at)}`,
    }),
  ],
];

const forged = (subject: (at: number) => Subject, at: number): WebhookMessage => {
  const message = aWebhook({ eventKey: `forged_${String(at)}`, subject: subject(at) });
  return { ...message, event: { ...message.event, occurredAt: new Date(beginMs + at * 1000).toISOString() } };
};

const context = {
  actor: { user: connectionId, level: 'provider' },
  request: { id: 'r', route: 'webhooks' },
  command: { name: 'webhooks.apply' },
} as const;

/** The stream of a payment that nobody has answered, after a forger has sent this many that each change it. */
function afterForger(subject: (at: number) => Subject, count: number): readonly Commit[] {
  const event = (at: number): Commit => ({
    ...applied([aCommit(1, eventsOf()[0]!)], forged(subject, at)),
    version: at + 2,
  });
  return [aCommit(1, eventsOf()[0]!), ...Array.from({ length: count }, (_, at) => event(at))];
}

function applied(commits: readonly Commit[], message: WebhookMessage): Commit {
  const { commit } = targetOf(message)!.apply(portsOn(newMemoryStore().journal), commits, context);
  if (commit === undefined) throw new Error('nothing was to be journaled');
  return { ...commit };
}

const paymentOf = (commits: readonly Commit[]): Payment => fold(paymentEntity, commits).state!;
const reasons = (commits: readonly Commit[]) => attentionOf(paymentOf(commits)).map(({ reason }) => reason);

/** A journal whose payment is full, and a provider that goes on. */
async function aFullPayment(subject = forgeries[0]![1], count = maxReports) {
  const store = newMemoryStore();
  const stream = afterForger(subject, count);
  const journal: Journal = {
    ...store.journal,
    read: async (id, from) =>
      id.kind === 'payment' ? [...stream, ...(await store.journal.read(id, from))] : store.journal.read(id, from),
  };
  const commits = async () => journal.read(stream[0]!.stream);
  return { ports: portsOn(journal), journal, commits, store };
}

describe.each(forgeries)('a forger who tells a thousand times %s', (_, subject) => {
  test('is heard to the bound and no further', () => {
    const commits = [...afterForger(subject, maxReports - 3)];
    const results: string[] = [];
    for (let at = maxReports - 3; at < maxReports + 5; at += 1) {
      const { result, commit } = targetOf(forged(subject, at))!.apply(
        portsOn(newMemoryStore().journal),
        commits,
        context,
      );
      results.push(result);
      if (commit !== undefined) commits.push({ ...commit });
    }
    expect(results).toEqual([...Array<string>(3).fill('applied'), ...Array<string>(5).fill('unmatched')]);
    // Three more, and the mark.
    expect(commits).toHaveLength(1 + maxReports + 1);
    expect(reasons(commits.slice(0, -1))).not.toContain('too-many-reports');
    expect(reasons(commits)).toContain('too-many-reports');
  });
});

describe('what goes beyond the bound', () => {
  test('is listed as unmatched, and what a person puts back of it is taken', async () => {
    const { ports, journal, commits } = await aFullPayment();
    const end: Subject = {
      type: 'dispute',
      paymentId,
      disputeId: 'dp_1',
      status: 'lost',
      amount: { amount: 400, currency: 'USD' },
    };
    const genuine = aWebhook({ eventKey: 'evt_end', subject: end });
    expect(await applyWebhook(ports, genuine)).toEqual({ status: 'unmatched', duplicate: false });
    const id = webhookEventId(tenant, connectionId, 'evt_end');
    const listed = fold(webhookEventEntity, await journal.read(webhookEventStream(tenant, id)));
    expect(presentWebhookEvent(listed.state!, listed.version)).toMatchObject({ status: 'unmatched', attempts: 1 });
    expect(paymentOf(await commits()).disputes).toMatchObject([{ status: 'under_review' }]);

    const redriven = { ...aWebhook({ eventKey: 'evt_again', subject: end }), redrive: 'redrive-1' };
    expect(await applyWebhook(ports, redriven)).toEqual({ status: 'applied', duplicate: false });
    expect(paymentOf(await commits()).disputes).toMatchObject([{ status: 'lost' }]);
    expect(reasons(await commits())).toContain('too-many-reports');
  });

  test('is not even taken from people for ever', () => {
    const [, subject] = forgeries[0]!;
    const redriven = { ...forged(subject, 5_000), redrive: 'redrive-1' };
    const outcomeAfter = (count: number) =>
      targetOf(redriven)!.apply(portsOn(newMemoryStore().journal), afterForger(subject, count), context).result;
    expect(outcomeAfter(maxReportsWithRedriven - 1)).toBe('applied');
    expect(outcomeAfter(maxReportsWithRedriven)).toBe('unmatched');
  });

  test('leaves news that is none as it is: it needs no commit', async () => {
    const { ports, store } = await aFullPayment();
    const [, subject] = forgeries[0]!;
    expect(await applyWebhook(ports, { ...forged(subject, 3), requestId: 'd' })).toMatchObject({ status: 'applied' });
    expect(store.commits.map(({ stream }) => stream.kind)).toEqual(['webhook-event']);
  });

  test('does not shut out what our own question to the provider found', async () => {
    const { commits } = await aFullPayment();
    const found = decideLookup(paymentOf(await commits()), 'op_authorize', succeeded(1000), new Date(beginMs));
    expect(found).toMatchObject([{ type: 'OutcomeRecorded' }]);
  });
});

test('what people did with a payment does not count, nor what was answered: the ends of an honest one are reached', () => {
  const own = eventsOf({ captured: [1000], refunded: Array<number>(600).fill(1) });
  const commits = own.map((event, index) => aCommit(index + 1, event));
  expect(commits.length).toBeGreaterThan(maxReports);
  const end: Subject = {
    type: 'dispute',
    paymentId,
    disputeId: 'dp_1',
    status: 'inquiry',
    amount: { amount: 1, currency: 'USD' },
  };
  expect(targetOf(aWebhook({ subject: end }))!.apply(portsOn(newMemoryStore().journal), commits, context).result).toBe(
    'applied',
  );
  expect(totalsOf(paymentOf(commits)).needsAttention).toBe(false);
});

test('of one payout a thousand reports are taken', () => {
  const payoutId = 'po_1';
  const stream = settlementStream(tenant, payoutSettlementId(tenant, connectionId, payoutId));
  const told = (at: number): Commit => ({
    ...aCommit(at + 1),
    stream,
    actor: context.actor,
    events: [
      {
        type: 'PayoutReported',
        data: { connectionId, payoutId, status: 'pending', amount: 1_000_000 - at, currency: 'USD' },
      },
    ],
  });
  const resultAfter = (count: number) => {
    const commits = Array.from({ length: count }, (_, at) => told(at));
    const subject: Subject = { type: 'payout', payoutId, status: 'paid', amount: { amount: 5, currency: 'USD' } };
    const { result, commit } = targetOf(aWebhook({ subject }))!.apply(
      portsOn(newMemoryStore().journal),
      commits,
      context,
    );
    return [result, commit === undefined];
  };
  expect(resultAfter(maxReports - 1)).toEqual(['applied', false]);
  expect(resultAfter(maxReports)).toEqual(['unmatched', true]);
});
