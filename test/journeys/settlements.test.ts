import { auditLog } from '../support/audited';
import { sharedCloud } from '../support/local-cloud';
import type { Parsed } from '../support/local-cloud';
import { newOperator } from '../support/operator';
import { aConnectedTenant, aMember, aPayment, must, newKey, within } from '../support/people';
import type { ConnectedTenant } from '../support/people';
import { payOut, sandboxUrl } from '../support/sandbox';

const cloud = sharedCloud();

const usd = (amount: number) => ({ amount, currency: 'USD' });

describe('settlements', () => {
  let tenant: ConnectedTenant;

  beforeAll(async () => {
    tenant = await aConnectedTenant(cloud, 'Settled Shop');
  });

  const get = async (path: string): Promise<Parsed> => must(await tenant.owner.api.get(`${tenant.path}${path}`), 200);

  it('come with a payout of the provider: its lines reach the payments, and explain it to the last cent', async () => {
    const [kept, refunded] = await Promise.all([
      aPayment(tenant, { amount: 10_000 }),
      aPayment(tenant, { amount: 5_000 }),
    ]);
    const refunds = `${tenant.path}/payments/${String(refunded.id)}/refunds`;
    must(await tenant.owner.api.post(refunds, { amount: usd(1_000) }, newKey()), 201);
    await payOut(cloud, tenant);

    const settlement = await within(20_000, 'no payout was settled', async () => {
      const { data } = await get('/settlements');
      return data.find(({ lines }: Parsed) => lines?.state === 'complete');
    });
    expect(settlement).toMatchObject({
      source: 'payout',
      status: 'paid',
      connectionId: tenant.connectionId,
      lines: { state: 'complete', matched: 3, unmatched: 0 },
      unexplained: usd(0),
      needsAttention: false,
    });
    expect(await get(`/settlements/${String(settlement.id)}`)).toEqual(settlement);
    const askAgain = (id: string) =>
      tenant.owner.api.post(`${tenant.path}/settlements/${id}/import-lines`, {}, newKey());
    const known = await askAgain(String(settlement.id));
    expect([known.status, known.body.reason]).toEqual([422, 'lines-known']);
    expect((await askAgain('set_00000000000000000000')).status).toBe(404);
    const { data: lines } = await within(10_000, 'the lines were not listed', async () => {
      const page = await get(`/settlements/${String(settlement.id)}/lines`);
      return page.data.length === 3 ? page : undefined;
    });
    const net = lines.reduce((sum: number, line: Parsed) => sum + Number(line.net.amount), 0);
    expect(usd(net)).toEqual(settlement.amount);
    expect(lines.map((line: Parsed) => line.kind).sort()).toEqual(['capture', 'capture', 'refund']);
    expect(await get(`/payments/${String(kept.id)}`)).toMatchObject({ settledAmount: usd(10_000) });
    expect(await get(`/payments/${String(refunded.id)}`)).toMatchObject({ settledAmount: usd(5_000) });
  });

  it('explain by hand what the provider does not: the payout is at the bank once, and nothing is left in clearing', async () => {
    const headers = { authorization: `Bearer ${tenant.apiKey}`, 'idempotency-key': 'op_elsewhere' };
    const elsewhere = { paymentId: 'elsewhere', ...usd(900), token: 'tok_success', capture: 'automatic' };
    const authorizations = `${sandboxUrl(cloud)}/v1/authorizations`;
    await cloud.api().post(authorizations, { ...elsewhere, pageBaseUrl: sandboxUrl(cloud) }, headers);
    await payOut(cloud, tenant);
    const payout = await within(20_000, 'no payout was left unexplained', async () => {
      const { data } = await get('/settlements');
      return data.find(({ lines }: Parsed) => lines?.state === 'complete' && lines.unmatched === 1);
    });
    expect(payout).toMatchObject({ lines: { matched: 0 }, unexplained: payout.amount, needsAttention: true });

    const payment = await aPayment(tenant, { amount: 1_000 });
    const net = Number(payout.amount.amount);
    const settle = (amount: number) =>
      tenant.owner.api.post(
        `${tenant.path}/settlements`,
        {
          connectionId: tenant.connectionId,
          currency: 'USD',
          arrivedOn: new Date().toISOString().slice(0, 10),
          items: [{ paymentId: payment.id, amount, fee: 10 }],
          explains: payout.id,
          evidence: { kind: 'provider-report', reference: 'Report 7' },
        },
        newKey(),
      );
    const beyond = await settle(net + 11);
    expect([beyond.status, beyond.body.reason, beyond.body.pointer]).toEqual([
      422,
      'amount-exceeds-unexplained',
      '/explains',
    ]);
    const settled = must(await settle(net + 10), 201);
    expect(settled).toMatchObject({ source: 'manual', explains: payout.id, amount: payout.amount });
    expect(await get(`/settlements/${String(payout.id)}`)).toMatchObject({
      unexplained: usd(0),
      needsAttention: false,
      explainedBy: [{ settlementId: settled.id, amount: payout.amount }],
    });

    await cloud.idle();
    const { data: settlements } = await get('/settlements');
    const paidOut = settlements.filter(({ source }: Parsed) => source === 'payout');
    const { data: accounts } = await within(20_000, 'the books did not follow', async () => {
      const read = await get('/ledger/accounts');
      return read.data.some(({ account, balance }: Parsed) => account === 'payouts_clearing' && balance === 0)
        ? read
        : undefined;
    });
    expect(accounts.find(({ account }: Parsed) => account === 'bank')).toMatchObject({
      balance: paidOut.reduce((sum: number, { amount }: Parsed) => sum + Number(amount.amount), 0),
    });
  });

  it('are made by hand with a second factor and evidence, for what was captured and not settled, once', async () => {
    const payment = await aPayment(tenant, { amount: 700 });
    const body = {
      connectionId: tenant.connectionId,
      currency: 'USD',
      arrivedOn: new Date().toISOString().slice(0, 10),
      items: [{ paymentId: payment.id, amount: 700, fee: 50 }],
      noPayoutListed: true,
      evidence: { kind: 'bank-statement', reference: 'Statement 7', documentSha256: 'a'.repeat(64) },
    };
    const path = `${tenant.path}/settlements`;
    const admin = await aMember(cloud, tenant, { role: 'admin' });
    const withoutFactor = await admin.api.post(path, body, newKey());
    expect([withoutFactor.status, withoutFactor.body.error]).toEqual([401, 'insufficient_user_authentication']);
    const key = newKey();
    const settled = await tenant.owner.api.post(path, body, key);
    expect(must(settled, 201)).toMatchObject({
      source: 'manual',
      status: 'paid',
      amount: usd(650),
      evidence: body.evidence,
    });
    const repeated = await tenant.owner.api.post(path, body, key);
    expect([repeated.status, repeated.headers.get('idempotent-replayed'), repeated.body]).toEqual([
      201,
      'true',
      settled.body,
    ]);
    expect(await get(`/payments/${String(payment.id)}`)).toMatchObject({ settledAmount: usd(700) });

    const twice = await tenant.owner.api.post(path, body, newKey());
    expect([twice.status, twice.body.reason, twice.body.pointer]).toEqual([
      422,
      'amount-exceeds-unsettled',
      '/items/0',
    ]);
    const odd = await tenant.owner.api.post(path, { ...body, items: [...body.items, ...body.items] }, newKey());
    expect(odd.status).toBe(400);
    const { noPayoutListed: _, ...unsaid } = body;
    const forgotten = await tenant.owner.api.post(path, unsaid, newKey());
    expect([forgotten.status, forgotten.body.errors[0].pointer]).toEqual([400, '#/explains']);
    const withdrawal = await tenant.owner.api.post(
      path,
      { ...unsaid, items: [], withdrawal: { amount: 100 } },
      newKey(),
    );
    expect([withdrawal.status, withdrawal.body.reason]).toEqual([422, 'withdrawals-are-listed']);
  });

  it('show lines that were given up: people say that they have looked, and ask for them again', async () => {
    const payment = await aPayment(tenant, { amount: 2_000 });
    const importer = 'countinghouse-dev-payout-importer';
    const giveBack = await cloud.deny({ functionName: importer, action: 'secretsmanager:GetSecretValue' });
    // A warm instance remembers the credentials.
    await cloud.kill(importer);
    const payout = await payOut(cloud, tenant)
      .then(() =>
        within(20_000, 'no payout was reported', async () => {
          const { data } = await get('/settlements');
          return data.find(({ lines }: Parsed) => lines?.state === 'awaited');
        }),
      )
      .then(async (awaited: Parsed) => {
        // The last of twelve receives, which are most of a day from the first.
        const message = { tenant: tenant.tenantId, settlementId: awaited.id, requestId: 'last-receive' };
        const last = {
          messageId: 'last',
          receiptHandle: 'none',
          body: JSON.stringify(message),
          attributes: { ApproximateReceiveCount: '12' },
        };
        const { payload } = await cloud.invoke(importer, { Records: [last] });
        expect(payload).toEqual({ batchItemFailures: [{ itemIdentifier: 'last' }] });
        return awaited;
      })
      .finally(giveBack);
    const path = `/settlements/${String(payout.id)}`;
    const given = await within(10_000, 'nothing says that the lines were given up', async () => {
      const read = await get(path);
      return read.lines.state === 'failed' ? read : undefined;
    });
    expect(given).toMatchObject({ status: 'paid', needsAttention: true, lines: { reason: 'internal-error' } });

    const note = { note: 'The key may not list balance transactions' };
    const looked = await tenant.owner.api.post(`${tenant.path}${path}/acknowledge`, note, newKey());
    expect(must(looked, 200)).toMatchObject({ needsAttention: false, acknowledged: note });
    const asked = await tenant.owner.api.post(`${tenant.path}${path}/import-lines`, {}, newKey());
    expect(asked.status).toBe(202);
    const whole = await within(20_000, 'the lines were not imported', async () => {
      const read = await get(path);
      return read.lines.state === 'complete' ? read : undefined;
    });
    expect(whole).toMatchObject({ unexplained: usd(0), needsAttention: false, lines: { unmatched: 0 } });
    expect(await get(`/payments/${String(payment.id)}`)).toMatchObject({ settledAmount: usd(2_000) });

    await cloud.idle();
    const log = await auditLog(newOperator(cloud));
    for (const [{ headers }, type] of [
      [looked, 'Acknowledged'],
      [asked, 'LinesRequested'],
    ] as const) {
      // The importer works under the same request.
      const records = log.get(headers.get('x-request-id') ?? '') ?? [];
      expect(records.filter(({ actor }) => actor.level !== 'system')).toMatchObject([
        { owner: { tenant: tenant.tenantId }, actor: { user: tenant.owner.userId, level: 'owner' }, types: [type] },
      ]);
    }
  }, 60_000);
});
