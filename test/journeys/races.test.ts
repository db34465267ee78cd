import { sharedCloud, type ApiAnswer } from '../support/local-cloud';
import { aConnectedTenant, aPayment, must, newKey, paymentBody, type ConnectedTenant } from '../support/people';
import { effectsOf } from '../support/sandbox';

const cloud = sharedCloud();

describe('races over HTTP', () => {
  let tenant: ConnectedTenant;
  const create = (headers: Readonly<Record<string, string>>, amount = 1099): Promise<ApiAnswer> =>
    tenant.owner.api.post(`${tenant.path}/payments`, paymentBody({ amount }), headers);

  beforeAll(async () => {
    tenant = await aConnectedTenant(cloud, 'Racing Shop');
  });

  it('makes one payment, and one provider effect, of 50 concurrent creates under one key', async () => {
    const headers = newKey();
    const answers = await Promise.all(Array.from({ length: 50 }, () => create(headers)));
    const done = answers.filter(({ status }) => status === 201);
    const others = answers.filter(({ status }) => status !== 201);

    const ids = new Set(done.map(({ body }) => String(body.id)));
    expect(ids.size).toBe(1);
    const [id = ''] = ids;
    // One of them did it; every other one that has a result has the same, and says that it is a repetition.
    expect(done.filter((answer) => answer.headers.get('idempotent-replayed') === null)).toHaveLength(1);
    expect(new Set(done.map(({ text }) => text)).size).toBe(1);
    for (const answer of others) {
      expect(answer.status).toBe(409);
      expect(answer.body.type).toMatch(/\/in-progress$/);
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    }
    expect(await effectsOf(cloud, tenant, id)).toHaveLength(1);

    await cloud.idle();
    const { data } = must(await tenant.owner.api.get(`${tenant.path}/payments?limit=100`), 200);
    expect(data).toHaveLength(1);
    const again = await create(headers);
    expect(must(again, 201)).toEqual(done[0]?.body);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
  });

  it('accepts exactly one of two concurrent refunds of 60 on 100', async () => {
    for (let round = 0; round < 5; round += 1) {
      const payment = await aPayment(tenant, { amount: 100 });
      const refund = (): Promise<ApiAnswer> =>
        tenant.owner.api.post(
          `${tenant.path}/payments/${String(payment.id)}/refunds`,
          { amount: { amount: 60, currency: 'USD' } },
          newKey(),
        );
      const answers = await Promise.all([refund(), refund()]);
      const refused = answers.find(({ status }) => status !== 201);
      expect(answers.map(({ status }) => status).sort()).toEqual([201, 422]);
      expect(refused?.body).toMatchObject({ reason: 'amount-exceeds-refundable' });
      const read = must(await tenant.owner.api.get(`${tenant.path}/payments/${String(payment.id)}`), 200);
      expect(read).toMatchObject({ status: 'partially_refunded', refundedAmount: { amount: 60 } });
      const effects = await effectsOf(cloud, tenant, payment.id);
      expect(effects.map(({ kind }) => kind)).toEqual(['authorization', 'refund']);
    }
  });

  it('does what was asked once, when the same refund is sent many times at once', async () => {
    const payment = await aPayment(tenant, { amount: 100 });
    const headers = newKey();
    const path = `${tenant.path}/payments/${String(payment.id)}/refunds`;
    const body = { amount: { amount: 30, currency: 'USD' } };
    const answers = await Promise.all(Array.from({ length: 8 }, () => tenant.owner.api.post(path, body, headers)));
    for (const { status } of answers) expect([201, 409]).toContain(status);
    expect(
      answers.filter((answer) => answer.status === 201 && answer.headers.get('idempotent-replayed') === null),
    ).toHaveLength(1);
    const effects = await effectsOf(cloud, tenant, payment.id);
    expect(effects.map(({ kind, amount }) => `${kind} ${String(amount)}`)).toEqual(['authorization 100', 'refund 30']);
  });

  it('lets concurrent captures take no more than was authorized', async () => {
    const payment = await aPayment(tenant, { amount: 100, capture: 'manual' });
    const capture = (): Promise<ApiAnswer> =>
      tenant.owner.api.post(
        `${tenant.path}/payments/${String(payment.id)}/capture`,
        { amount: { amount: 40, currency: 'USD' } },
        newKey(),
      );
    const answers = await Promise.all([capture(), capture(), capture(), capture()]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 422, 422]);
    const read = must(await tenant.owner.api.get(`${tenant.path}/payments/${String(payment.id)}`), 200);
    expect(read.capturedAmount).toEqual({ amount: 80, currency: 'USD' });
  });

  it('refuses a key that comes with another body, and a request without a key', async () => {
    const headers = newKey();
    const payment = must(await create(headers), 201);
    const other = await create(headers, 1100);
    expect(must(other, 422).type).toMatch(/\/idempotency-key-reused$/);
    expect(must(await create({}), 400).type).toMatch(/\/idempotency-key-missing$/);
    expect(must(await create({ 'idempotency-key': 'a b' }), 400).type).toMatch(/\/idempotency-key-invalid$/);
    expect(await effectsOf(cloud, tenant, payment.id)).toHaveLength(1);
    // The order of fields and white space are no other request.
    const { amount, paymentMethod } = paymentBody();
    const spaced = JSON.stringify(
      { paymentMethod, amount: { currency: amount.currency, amount: amount.amount } },
      undefined,
      2,
    );
    const same = await tenant.owner.api.post(`${tenant.path}/payments`, spaced, headers);
    expect(must(same, 201)).toEqual(payment);
  });

  it('keeps keys apart by route and by person', async () => {
    const headers = newKey();
    const first = must(await create(headers), 201);
    const refunds = `${tenant.path}/payments/${String(first.id)}/refunds`;
    must(await tenant.owner.api.post(refunds, { amount: { amount: 1, currency: 'USD' } }, headers), 201);
    const stranger = await aConnectedTenant(cloud, 'Other Shop');
    const second = must(await stranger.owner.api.post(`${stranger.path}/payments`, paymentBody(), headers), 201);
    expect(second.id).not.toBe(first.id);
  });
});
