import {
  attentionOf,
  decideRefund,
  decideResolve,
  nextLookupOf,
  paymentEntity,
  paymentStream,
  presentPayment,
  resolveOperation,
  statusOfPayment,
  totalsOf,
  type Payment,
  type PaymentEvent,
  type Resolution,
} from '../../../lambdas/domain/payments';
import { decideLookup, dueOperationsOf } from '../../../lambdas/domain/payments/look-up-payment';
import { fold } from '../../../lambdas/kernel/entity';
import { newMemoryStore } from '../../support/memory-journal';
import {
  aContext,
  aProvider,
  createdAt,
  eventsOf,
  evolved,
  failed,
  paymentId,
  portsOn,
  recorded,
  succeeded,
  tenant,
  withEvents,
} from './a-payment';
import { asTyped, attested, evidence, lookedUpInVain, withEventsAt } from './attestations';
import { asked, done, later, neverDone, refund, resolved, silent, silentFromBirth } from './silent-operations';

describe('an operation whose outcome the provider never told', () => {
  test('keeps its amount and calls a person, until it is said to have failed', () => {
    const before = silent();
    expect(attentionOf(before)).toEqual([{ reason: 'outcome-unresolved', operationId: 'op_r' }]);
    expect(totalsOf(before)).toMatchObject({ refunded: 0, refundable: 600, needsAttention: true });
    const after = resolved(before, neverDone);
    expect(totalsOf(after)).toMatchObject({ refunded: 0, refundable: 1000, needsAttention: false });
    expect(statusOfPayment(after)).toBe('captured');
    const { capabilities } = aProvider();
    const again = decideRefund(after, {
      operationId: 'op_r2',
      amount: { amount: 1000, currency: 'USD' },
      capabilities,
    });
    expect(again.ok).toBe(true);
  });

  test('is counted when it is said to have succeeded', () => {
    const after = resolved(silent(), done());
    expect(totalsOf(after)).toMatchObject({ refunded: 400, refundable: 600, needsAttention: false });
    expect(statusOfPayment(after)).toBe('partially_refunded');
  });

  test('may be the authorization itself, whose reference then names the payment', () => {
    const failedPayment = resolved(silentFromBirth(), { ...neverDone, operationId: 'op_authorize' });
    expect([statusOfPayment(failedPayment), totalsOf(failedPayment).captured]).toEqual(['failed', 0]);
    expect(presentPayment(failedPayment, 9)).toMatchObject({ failureReason: 'not_received' });
    const amount = { amount: 1000, currency: 'USD' };
    const paid = resolved(silentFromBirth(), { ...done({ amount }), operationId: 'op_authorize' });
    expect([statusOfPayment(paid), totalsOf(paid).captured]).toEqual(['captured', 1000]);
  });

  test('is asked about no more once it is resolved, and an answer that was on its way still counts', () => {
    const after = resolved(silent(), neverDone);
    expect([nextLookupOf(after), dueOperationsOf(after, new Date('2027-01-01'))]).toEqual([undefined, []]);
    const now = new Date(later);
    expect(decideLookup(after, 'op_r', { status: 'absent' }, now)).toEqual([]);
    expect(decideLookup(after, 'op_r', { status: 'unknown', detail: 'timeout' }, now)).toEqual([]);
    const answer = succeeded(400, 'USD', 're_7');
    expect(decideLookup(after, 'op_r', answer, now)).toEqual([recorded('op_r', answer)]);
  });

  test('shows what was said of it, and on what', () => {
    const { operations } = presentPayment(resolved(silent(), done()), 9);
    expect(operations[1]).toMatchObject({
      status: 'succeeded',
      attestation: { outcome: 'succeeded', providerReference: 're_7', evidence, attestedAt: later },
    });
    expect(operations[0]).not.toHaveProperty('attestation');
  });
});

describe('a resolution is refused', () => {
  const wrong = recorded('op_r', succeeded(399, 'USD', 're_7'));
  test.each<[string, Payment | undefined, Resolution]>([
    ['payment-not-found', undefined, neverDone],
    ['operation-not-found', silent(), { ...neverDone, operationId: 'op_other' }],
    ['operation-not-open', silent(), { ...neverDone, operationId: 'op_authorize' }],
    ['operation-not-open', withEvents(silent(), [recorded('op_r', failed)]), neverDone],
    ['operation-not-open', resolved(silent(), neverDone), done()],
    [
      'operation-not-open',
      withEvents(silentFromBirth(), [{ type: 'AuthorizationExpired', data: {} }]),
      { ...neverDone, operationId: 'op_authorize' },
    ],
    ['look-ups-not-exhausted', asked(), neverDone],
    ['amount-differs', withEvents(silent(), [wrong]), neverDone],
    ['attested-amount-differs', silent(), done({ amount: { amount: 401, currency: 'USD' } })],
    ['attested-amount-differs', silent(), done({ amount: { amount: 400, currency: 'EUR' } })],
  ])('for %s', (reason, payment, resolution) => {
    expect(decideResolve(payment, resolution, asTyped)).toMatchObject({ ok: false, error: { reason } });
  });

  test('for another reference than that of an operation that was made without us', () => {
    const external: PaymentEvent = {
      type: 'ExternalOperationReported',
      data: {
        operationId: 'op_x',
        kind: 'refund',
        reference: 're_x',
        status: 'pending',
        amount: 100,
        currency: 'USD',
        occurredAt: '2026-01-31T12:00:00.000Z',
      },
    };
    const payment = lookedUpInVain(withEvents(evolved(eventsOf()), [external]), 'op_x');
    const saying = (providerReference: string): Resolution => ({
      ...done({ providerReference, amount: { amount: 100, currency: 'USD' } }),
      operationId: 'op_x',
    });
    expect(decideResolve(payment, saying('re_y'), asTyped)).toMatchObject({
      error: { reason: 'attested-reference-differs' },
    });
    expect(totalsOf(resolved(payment, saying('re_x')))).toMatchObject({ refunded: 100, needsAttention: false });
  });
});

describe("the provider's word after a person's", () => {
  const contradicted = [{ reason: 'attestation-contradicted', operationId: 'op_r' }];
  test.each<[string, Resolution, PaymentEvent, number, readonly object[]]>([
    ['that it was done agrees', done(), recorded('op_r', succeeded(400, 'USD', 're_7')), 400, []],
    ['that it was refused agrees', neverDone, recorded('op_r', failed), 0, []],
    ['that it was done counts', neverDone, recorded('op_r', succeeded(400, 'USD', 're_7')), 400, contradicted],
    ['that it was refused counts', done(), recorded('op_r', failed), 0, contradicted],
    [
      'that it has another name calls a person',
      done(),
      recorded('op_r', succeeded(400, 'USD', 're_8')),
      400,
      contradicted,
    ],
    [
      'that it was another amount leaves it open',
      neverDone,
      recorded('op_r', succeeded(399, 'USD', 're_7')),
      0,
      [{ reason: 'amount-differs', operationId: 'op_r' }, ...contradicted],
    ],
    [
      'that it came back later contradicts nobody',
      done(),
      recorded('op_r', { status: 'reversed', reason: 'declined', providerReference: 're_7' }),
      0,
      [],
    ],
    [
      'that it is under way tells no result',
      neverDone,
      recorded('op_r', { status: 'pending', providerReference: 're_7' }),
      0,
      [],
    ],
  ])('%s', (_, resolution, report, refunded, attention) => {
    const after = withEvents(resolved(silent(), resolution), [report]);
    expect([totalsOf(after).refunded, attentionOf(after)]).toEqual([refunded, attention]);
  });

  const external = (status: 'succeeded' | 'failed', amount: number): PaymentEvent => ({
    type: 'ExternalOperationReported',
    data: {
      operationId: 'op_x',
      kind: 'refund',
      reference: 're_7',
      status,
      amount,
      currency: 'USD',
      occurredAt: later,
    },
  });

  test('under the reference that the person named is about the same operation', () => {
    const after = withEvents(resolved(silent(), done()), [external('succeeded', 400)]);
    expect([totalsOf(after).refunded, attentionOf(after)]).toEqual([400, []]);
    const refused = withEvents(resolved(silent(), done()), [external('failed', 400)]);
    expect([totalsOf(refused).refunded, attentionOf(refused)]).toEqual([0, contradicted]);
    const other = withEvents(resolved(silent(), done()), [external('succeeded', 300)]);
    expect(attentionOf(other)).toEqual(expect.arrayContaining(contradicted));
    // What was said never to have happened has no name: what the provider did is another refund.
    const apart = withEvents(resolved(silent(), neverDone), [external('succeeded', 400)]);
    expect(totalsOf(apart).refunded).toBe(400);
  });

  test('that the customer has come after all reopens what was said to be paid, and sends nothing for what was said to have failed', () => {
    const approval: PaymentEvent = {
      type: 'ApprovalReported',
      data: { operationId: 'op_authorize', reference: 'order_1', occurredAt: '2026-02-15T12:00:00.000Z' },
    };
    const reason = { reason: 'attestation-contradicted', operationId: 'op_authorize' };
    const amount = { amount: 1000, currency: 'USD' };
    const paid = resolved(silentFromBirth(), { ...done({ amount }), operationId: 'op_authorize' });
    const reopened = withEvents(paid, [approval]);
    expect([totalsOf(reopened).captured, attentionOf(reopened)]).toEqual([0, [reason]]);
    expect(nextLookupOf(reopened)).toBe('2026-02-15T12:00:00.000Z');
    const completed = withEvents(reopened, [recorded('op_authorize', succeeded(1000, 'USD', 're_7'))]);
    expect([totalsOf(completed).captured, attentionOf(completed)]).toEqual([1000, []]);

    const neverPaid = resolved(silentFromBirth(), { ...neverDone, operationId: 'op_authorize' });
    const late = withEvents(neverPaid, [approval]);
    expect([statusOfPayment(late), attentionOf(late), nextLookupOf(late)]).toEqual(['failed', [reason], undefined]);
  });

  test('that the customer had come before, heard after the word or before it, leaves nobody to wait for us in vain', () => {
    const approvedAt = '2026-02-14T11:55:00.000Z';
    const approval: PaymentEvent = {
      type: 'ApprovalReported',
      data: { operationId: 'op_authorize', reference: 'order_1', occurredAt: approvedAt },
    };
    const said = { ...done({ amount: { amount: 1000, currency: 'USD' } }), operationId: 'op_authorize' };
    const decision = decideResolve(silentFromBirth(), said, asTyped);
    if (!decision.ok) throw new Error(decision.error.reason);
    const heardAfter = withEvents(withEventsAt(silentFromBirth(), later, ...decision.value), [approval]);
    const heardBefore = withEventsAt(withEvents(silentFromBirth(), [approval]), later, ...decision.value);
    expect(heardAfter).toEqual(heardBefore);
    expect([totalsOf(heardAfter).captured, nextLookupOf(heardAfter)]).toEqual([0, approvedAt]);
    expect(attentionOf(heardAfter)).toEqual([{ reason: 'attestation-contradicted', operationId: 'op_authorize' }]);
    const completed = withEvents(heardAfter, [recorded('op_authorize', succeeded(1000, 'USD', 're_7'))]);
    expect([totalsOf(completed).captured, attentionOf(completed)]).toEqual([1000, []]);
  });

  test('that the customer has come is known to whoever says what became of it once that was asked in vain, too', () => {
    const approval: PaymentEvent = {
      type: 'ApprovalReported',
      data: { operationId: 'op_authorize', reference: 'order_1', occurredAt: createdAt },
    };
    const waiting = lookedUpInVain(withEvents(silentFromBirth(), [approval]), 'op_authorize');
    const said = { ...done({ amount: { amount: 1000, currency: 'USD' } }), operationId: 'op_authorize' };
    const after = resolved(waiting, said);
    expect([totalsOf(after).captured, attentionOf(after), nextLookupOf(after)]).toEqual([1000, [], undefined]);
    expect(attentionOf(withEvents(after, [approval]))).toEqual([]);
  });

  test('that the payment came to nothing outweighs that it was paid, and not that it was held', () => {
    const expired: PaymentEvent = { type: 'AuthorizationExpired', data: {} };
    const said = { ...done({ amount: { amount: 1000, currency: 'USD' } }), operationId: 'op_authorize' };
    const paid = withEvents(resolved(silentFromBirth(), said), [expired]);
    expect([statusOfPayment(paid), totalsOf(paid).captured]).toEqual(['expired', 0]);
    expect(attentionOf(paid)).toEqual([{ reason: 'attestation-contradicted', operationId: 'op_authorize' }]);
    const held = withEvents(resolved(silentFromBirth('manual'), said), [expired]);
    expect([statusOfPayment(held), totalsOf(held).authorized, attentionOf(held)]).toEqual(['expired', 1000, []]);
  });
});

describe('resolving', () => {
  const stream = paymentStream(tenant, paymentId);
  const target = { tenant, paymentId, ifMatch: undefined };

  /** A payment whose refund was looked up in vain, in a journal. */
  async function aWorld() {
    const store = newMemoryStore();
    const ports = portsOn(store.journal);
    const append = async (events: readonly PaymentEvent[]) => {
      const { version } = fold(paymentEntity, await store.journal.read(stream));
      const at = ports.clock.now().toISOString();
      const commit = { ...aContext(`plant-${String(version)}`), stream, version: version + 1, at, events, changes: [] };
      expect(await store.journal.append([{ ...commit, commitId: ports.commitIds.next() }])).toEqual({ ok: true });
    };
    await append([...eventsOf(), refund]);
    for (let day = 0; day < 6; day += 1) {
      ports.advance((day === 0 ? 12 : 24) * 3_600_000);
      await append([{ type: 'OperationLookedUp', data: { operationId: 'op_r', found: 'unknown' } }]);
    }
    const resolve = (resolution = neverDone, key = 'k-resolve', fingerprint = 'f') =>
      resolveOperation(
        { ...ports, references: asTyped },
        aContext(key, fingerprint, 'payments.resolve'),
        target,
        resolution,
      );
    return { store, resolve };
  }

  test('journals who said it and on what, once: again under its key it does nothing', async () => {
    const { store, resolve } = await aWorld();
    expect(await resolve()).toMatchObject({ ok: true, value: { replayed: false } });
    expect(await resolve()).toMatchObject({ ok: true, value: { replayed: true } });
    expect(await resolve(done(), 'k-resolve', 'other')).toMatchObject({ error: { reason: 'idempotency-key-reused' } });
    const commits = await store.journal.read(stream);
    expect(commits.at(-1)).toMatchObject({
      actor: { user: 'u-1', level: 'admin' },
      events: [{ type: 'OutcomeAttested', data: { operationId: 'op_r', evidence } }],
    });
    expect(commits.filter(({ command }) => command.name === 'payments.resolve')).toHaveLength(1);
  });

  test('by two people at once lets one of them', async () => {
    const { store, resolve } = await aWorld();
    const answers = await Promise.all([resolve(neverDone, 'k-one'), resolve(done(), 'k-two')]);
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
    expect(answers.find(({ ok }) => !ok)).toMatchObject({ error: { reason: 'operation-not-open' } });
    const { state } = fold(paymentEntity, await store.journal.read(stream));
    expect(totalsOf(state!).needsAttention).toBe(false);
  });

  test('keeps no card number that somebody wrote into the evidence', async () => {
    const { store, resolve } = await aWorld();
    const pan = '4242424242424242';
    const written = { ...evidence, reference: `for ${pan}`, note: `card ${pan}` };
    expect(await resolve({ ...neverDone, evidence: written })).toMatchObject({ ok: true });
    expect(JSON.stringify(await store.journal.read(stream))).not.toContain(pan);
  });
});

test('a word that is heard again changes nothing', () => {
  const after = resolved(silent(), neverDone);
  const again = attested('op_r', { status: 'failed', reason: 'not_received' });
  expect(withEventsAt(after, later, again)).toEqual(after);
});
