import openapi from '../../docs/generated/openapi.json';
import { sharedCloud, type Parsed } from '../support/local-cloud';
import {
  aConnectedTenant,
  aMember,
  aPayment,
  aSession,
  must,
  newKey,
  paymentBody,
  problemOf,
  type ConnectedTenant,
  type SignedIn,
} from '../support/people';
import { anAuthorizationEvent, deliver, effectsOf } from '../support/sandbox';

const cloud = sharedCloud();

const usd = (amount: number) => ({ amount, currency: 'USD' });

describe('the life of a payment', () => {
  let tenant: ConnectedTenant;
  let admin: SignedIn;
  const paymentsPath = (): string => `${tenant.path}/payments`;

  beforeAll(async () => {
    tenant = await aConnectedTenant(cloud, 'Corner Shop');
    admin = await aMember(cloud, tenant, {
      role: 'admin',
      permissions: ['payments:read', 'payments:create', 'webhooks:read'],
    });
  });

  describe('money', () => {
    it('captures at once unless told otherwise', async () => {
      const answer = await tenant.owner.api.post(
        paymentsPath(),
        paymentBody({ amount: 2500, reference: 'order 17' }),
        newKey(),
      );
      const payment = must(answer, 201);
      expect(payment).toMatchObject({
        status: 'captured',
        amount: usd(2500),
        authorizedAmount: usd(2500),
        capturedAmount: usd(2500),
        reference: 'order 17',
        provider: 'sandbox',
        connectionId: tenant.connectionId,
      });
      expect(answer.headers.get('etag')).toBe(`"${String(payment.version)}"`);
      expect(answer.headers.get('ratelimit')).toMatch(/^"money";r=\d+;t=\d+$/);
      expect(answer.headers.get('strict-transport-security')).not.toBeNull();
      const read = await tenant.owner.api.get(`${paymentsPath()}/${String(payment.id)}`);
      expect(must(read, 200)).toEqual(payment);
    });

    it('captures in parts, cancels the rest, and refunds in parts', async () => {
      const payment = await aPayment(tenant, { amount: 1000, capture: 'manual' });
      const place = `${paymentsPath()}/${String(payment.id)}`;
      expect(payment).toMatchObject({ status: 'authorized', capturedAmount: usd(0) });
      const post = (path: string, body: object) => tenant.owner.api.post(`${place}/${path}`, body, newKey());

      expect(must(await post('capture', { amount: usd(300) }), 200)).toMatchObject({
        status: 'partially_captured',
        capturedAmount: usd(300),
      });
      expect(must(await post('capture', { amount: usd(200) }), 200)).toMatchObject({ capturedAmount: usd(500) });
      expect(problemOf(await post('capture', { amount: usd(501) }))).toEqual({
        status: 422,
        type: 'refused',
        reason: 'amount-exceeds-capturable',
      });
      expect(problemOf(await post('capture', { amount: { amount: 1, currency: 'EUR' } }))).toEqual({
        status: 422,
        type: 'refused',
        reason: 'currency-differs',
      });
      must(await post('cancel', {}), 200);
      expect(problemOf(await post('capture', {}))).toMatchObject({ status: 422, reason: 'nothing-to-capture' });

      expect(must(await post('refunds', { amount: usd(120), reason: 'damaged' }), 201)).toMatchObject({
        status: 'partially_refunded',
        refundedAmount: usd(120),
      });
      expect(problemOf(await post('refunds', { amount: usd(381) }))).toMatchObject({
        status: 422,
        reason: 'amount-exceeds-refundable',
      });
      expect(must(await post('refunds', {}), 201)).toMatchObject({ status: 'refunded', refundedAmount: usd(500) });

      const kinds = (await effectsOf(cloud, tenant, payment.id)).map(({ kind, amount }) => `${kind} ${String(amount)}`);
      expect(kinds).toEqual([
        'authorization 1000',
        'capture 300',
        'capture 200',
        'cancellation 500',
        'refund 120',
        'refund 380',
      ]);

      const { data } = must(await tenant.owner.api.get(`${place}/timeline?limit=100`), 200);
      expect(data[0].actor).toEqual({ user: tenant.owner.userId, level: 'owner' });
      const versions = data.map(({ version }: Parsed) => version);
      expect(versions).toEqual(versions.map((_: number, index: number) => versions.length - index));
      const types = data.flatMap(({ events }: Parsed) => events.map(({ type }: Parsed) => type)).reverse();
      expect(types.slice(0, 2)).toEqual(['PaymentCreated', 'OutcomeRecorded']);
      expect(types.filter((type: string) => type === 'OperationRequested')).toHaveLength(5);
    });

    it('cancels a whole authorization', async () => {
      const payment = await aPayment(tenant, { capture: 'manual' });
      const canceled = await tenant.owner.api.post(`${paymentsPath()}/${String(payment.id)}/cancel`, {}, newKey());
      expect(must(canceled, 200)).toMatchObject({ status: 'canceled', capturedAmount: usd(0) });
    });

    it('refuses a change of a version that is not the newest', async () => {
      const payment = await aPayment(tenant, { capture: 'manual' });
      const capture = (ifMatch: string) =>
        tenant.owner.api.post(
          `${paymentsPath()}/${String(payment.id)}/capture`,
          {},
          { ...newKey(), 'if-match': ifMatch },
        );
      expect(problemOf(await capture('"1"'))).toMatchObject({ status: 412, type: 'stale-version' });
      must(await capture(`"${String(payment.version)}"`), 200);
    });

    it('answers a declined card as a result: 422 with its reason, and the payment to look at', async () => {
      const declined = await tenant.owner.api.post(
        paymentsPath(),
        paymentBody({ token: 'tok_insufficient_funds' }),
        newKey(),
      );
      expect(problemOf(declined)).toEqual({ status: 422, type: 'refused', reason: 'insufficient_funds' });
      const payment = must(await tenant.owner.api.get(`${paymentsPath()}/${String(declined.body.paymentId)}`), 200);
      expect(payment).toMatchObject({
        status: 'failed',
        failureReason: 'insufficient_funds',
        authorizedAmount: usd(0),
      });
    });

    it('sends the customer to the provider when it asks for them, and hears the result by webhook', async () => {
      const payment = await aPayment(tenant, { token: 'tok_requires_action' });
      expect(payment).toMatchObject({ status: 'requires_action', nextAction: { type: 'redirect' } });
      const page = await fetch(payment.nextAction.url);
      expect(await page.text()).toContain('Approve');
      await fetch(payment.nextAction.url, { method: 'POST', body: new URLSearchParams({ result: 'approve' }) });
      await cloud.idle();
      expect(must(await tenant.owner.api.get(`${paymentsPath()}/${String(payment.id)}`), 200)).toMatchObject({
        status: 'captured',
      });
    });

    it('says processing when the provider does not answer, and lets its webhook settle the matter', async () => {
      const create = (token: string, headers = newKey()) =>
        tenant.owner.api.post(paymentsPath(), paymentBody({ token }), headers);
      const key = newKey();
      // One of them reaches the provider, whose webhook may even overtake the answer; the other does not.
      const [before, after] = await Promise.all([
        create('tok_timeout_before_effect', key),
        create('tok_timeout_after_effect'),
      ]);
      const payment = must(before, 202);
      expect(payment).toMatchObject({ status: 'processing', authorizedAmount: usd(0) });
      expect([201, 202]).toContain(after.status);

      const again = await create('tok_timeout_before_effect', key);
      expect(must(again, 202)).toMatchObject({ id: payment.id, status: 'processing' });
      expect(again.headers.get('idempotent-replayed')).toBe('true');

      expect((await deliver(cloud, tenant, anAuthorizationEvent(payment))).status).toBe(200);
      await cloud.idle();
      const read = async (id: string): Promise<Parsed> =>
        must(await tenant.owner.api.get(`${paymentsPath()}/${id}`), 200);
      expect(await read(payment.id)).toMatchObject({ status: 'captured', capturedAmount: usd(1099) });
      expect(await read(after.body.id)).toMatchObject({ status: 'captured' });
      expect(await effectsOf(cloud, tenant, after.body.id)).toHaveLength(1);
    });

    it('survives webhooks that come twice, late, and in the wrong order', async () => {
      const tokens = [
        'tok_duplicate_webhook',
        'tok_out_of_order_webhooks',
        'tok_wrong_amount',
        'tok_settled',
        'tok_disputed',
      ];
      const created = await Promise.all(
        tokens.map(async (token): Promise<Parsed> => {
          const answer = await tenant.owner.api.post(paymentsPath(), paymentBody({ token, amount: 700 }), newKey());
          // A provider that says another amount than it was asked for is not believed.
          return must(answer, token === 'tok_wrong_amount' ? 202 : 201);
        }),
      );
      // The later news is still on its way when nothing is due yet.
      await cloud.idle();
      await cloud.advanceClock(10_000);
      await cloud.idle();
      const [twice, mixed, wrong, settled, disputed] = await Promise.all(
        created.map(async ({ id }): Promise<Parsed> =>
          must(await tenant.owner.api.get(`${paymentsPath()}/${String(id)}`), 200),
        ),
      );
      expect(twice).toMatchObject({ status: 'captured', capturedAmount: usd(700) });
      expect(mixed).toMatchObject({ status: 'captured', capturedAmount: usd(700) });
      expect(wrong).toMatchObject({ needsAttention: true });
      expect(settled).toMatchObject({ settledAmount: usd(700) });
      expect(disputed).toMatchObject({ status: 'disputed', disputedAmount: usd(700) });
    });
  });

  describe('lists', () => {
    it('pages through payments, newest first, by a cursor that cannot be forged or carried elsewhere', async () => {
      const shop = await aConnectedTenant(cloud, 'Paging Shop');
      const ids: string[] = [];
      for (let count = 0; count < 5; count += 1) ids.unshift((await aPayment(shop)).id);
      await cloud.idle();
      const list = (query: string) => shop.owner.api.get(`${shop.path}/payments?${query}`);
      const seen: string[] = [];
      let cursor: string | null = null;
      do {
        const page: Parsed = must(
          await list(`limit=2${cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`}`),
          200,
        );
        expect(page.data.length).toBeLessThanOrEqual(2);
        seen.push(...page.data.map(({ id }: Parsed) => id));
        cursor = page.nextCursor;
      } while (cursor !== null);
      expect(seen).toEqual(ids);

      const nextCursor = String(must(await list('limit=2'), 200).nextCursor);
      const middle = Math.floor(nextCursor.length / 2);
      const tampered =
        nextCursor.slice(0, middle) + (nextCursor[middle] === 'A' ? 'B' : 'A') + nextCursor.slice(middle + 1);
      expect(problemOf(await list(`cursor=${tampered}`))).toMatchObject({ status: 400, type: 'invalid-cursor' });
      expect(problemOf(await tenant.owner.api.get(`${paymentsPath()}?cursor=${nextCursor}`))).toMatchObject({
        status: 400,
        type: 'invalid-cursor',
      });
      expect(problemOf(await list('limit=101'))).toMatchObject({ status: 400, type: 'invalid-input' });
    });

    it('shows every webhook that came, and what became of it', async () => {
      await cloud.idle();
      const { data } = must(await admin.api.get(`${tenant.path}/webhook-events?limit=100`), 200);
      expect(data.length).toBeGreaterThan(10);
      const applied = data.find(({ status, paymentId }: Parsed) => status === 'applied' && paymentId !== undefined);
      expect(must(await admin.api.get(`${tenant.path}/webhook-events/${String(applied.id)}`), 200)).toMatchObject(
        applied,
      );
      const unmatched = anAuthorizationEvent(await aPayment(tenant), { payment: 'pay_00000000000000000000' });
      expect((await deliver(cloud, tenant, unmatched)).status).toBe(200);
      await cloud.idle();
      const [newest] = must(await admin.api.get(`${tenant.path}/webhook-events?limit=50`), 200).data.filter(
        ({ status }: Parsed) => status === 'unmatched',
      );
      expect(newest).toMatchObject({
        connectionId: tenant.connectionId,
        eventType: 'authorization.succeeded',
        attempts: 1,
      });
    });

    it('keeps everything that was done in the audit log, the reading of it included', async () => {
      const payment = await aPayment(tenant);
      const refund = `${paymentsPath()}/${String(payment.id)}/refunds`;
      expect((await admin.api.post(refund, {}, newKey())).status).toBe(403);
      expect((await cloud.api(await aSession(cloud, tenant.owner)).post(refund, {}, newKey())).status).toBe(401);
      must(await tenant.owner.api.get(`${tenant.path}/audit-events?limit=1`), 200);
      await cloud.idle();
      const events: Parsed[] = [];
      let cursor: string | null = null;
      do {
        const page: Parsed = must(
          await tenant.owner.api.get(
            `${tenant.path}/audit-events?limit=100${cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
          ),
          200,
        );
        events.push(...page.data);
        cursor = page.nextCursor;
      } while (cursor !== null);
      const actions = new Set(events.map(({ action }: Parsed) => action));
      for (const action of [
        'tenants.create',
        'members.invite',
        'invitations.accept',
        'connections.create',
        'payments.create',
        'payments.capture',
        'payments.cancel',
        'payments.refund',
        'AccessRefused',
        'StepUpRefused',
        'AuditLogRead',
      ]) {
        expect(actions).toContain(action);
      }
      const refused = events.find(
        ({ action, actor }: Parsed) => action === 'AccessRefused' && actor.user === admin.userId,
      );
      expect(refused).toMatchObject({ outcome: 'refused', request: { ip: '127.0.0.1', route: expect.any(String) } });
      const times = events.map(({ at }: Parsed) => at);
      expect(times).toEqual([...times].sort().reverse());
      // What one reading left is seen by the next.
      await cloud.idle();
      const [newest] = must(await tenant.owner.api.get(`${tenant.path}/audit-events?limit=1`), 200).data;
      expect(newest).toMatchObject({
        action: 'AuditLogRead',
        outcome: 'succeeded',
        actor: { user: tenant.owner.userId, level: 'owner' },
      });
    });
  });

  it('describes itself to anyone, as the generated document says', async () => {
    const answer = await cloud.api().get('/v1/openapi.json');
    expect(must(answer, 200)).toEqual(openapi);
  });
});
