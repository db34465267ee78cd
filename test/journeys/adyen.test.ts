import { localAccounts } from '../../local/providers/serve';
import { sharedCloud, type Parsed } from '../support/local-cloud';
import { aTenant, must, newKey, paymentBody, type TestTenant } from '../support/people';
import { plant } from '../support/planted';

const cloud = sharedCloud();

const kwd = (amount: number) => ({ amount, currency: 'KWD' });

/** Through the whole product, with the fake of Adyen in its place. Adyen accepts what is asked, and tells by webhook what came of it. */
describe('payments by Adyen', () => {
  let tenant: TestTenant;
  let connectionId: string;
  const get = async (path: string): Promise<Parsed> => must(await tenant.owner.api.get(`${tenant.path}/${path}`), 200);
  const balances = async (): Promise<Parsed> => {
    const { currencies } = await get('ledger/trial-balance');
    expect(currencies).toMatchObject([{ currency: 'KWD' }]);
    const [{ accounts, totalDebit, totalCredit }] = currencies;
    expect(totalDebit).toBe(totalCredit);
    return Object.fromEntries(accounts.map(({ account, balance }: Parsed) => [account, balance]));
  };

  beforeAll(async () => {
    const { apiKey, reportPassword } = localAccounts.adyen;
    plant('API key', apiKey);
    plant('API key', reportPassword);
    tenant = await aTenant(cloud, 'Shop on Adyen');
    const body = { provider: 'adyen', displayName: 'Adyen', credentials: localAccounts.adyen };
    connectionId = String(
      must(await tenant.owner.api.post(`${tenant.path}/provider-connections`, body, newKey()), 201).id,
    );
    // Its door knows a new connection after five seconds; a new instance knows it at once.
    await cloud.kill('countinghouse-dev-webhook-ingest');
  });

  it('are captured and refunded once Adyen tells so, to the last fils in the books', async () => {
    const paymentMethod = { token: 'test-success', customer: 'shopper-1' };
    const body = { ...paymentBody(), amount: kwd(20_010), capture: 'manual', paymentMethod, connectionId };
    const payment = must(await tenant.owner.api.post(`${tenant.path}/payments`, body, newKey()), 201);
    expect(payment).toMatchObject({ status: 'authorized', amount: kwd(20_010) });
    /** Adyen answers that it was received; the webhook brings the result. */
    const change = async (path: string, amount: number): Promise<Parsed> => {
      const url = `${tenant.path}/payments/${String(payment.id)}/${path}`;
      must(await tenant.owner.api.post(url, { amount: kwd(amount) }, newKey()), 202);
      await cloud.idle();
      return get(`payments/${String(payment.id)}`);
    };

    expect(await change('capture', 12_345)).toMatchObject({
      status: 'partially_captured',
      capturedAmount: kwd(12_345),
      needsAttention: false,
    });
    expect(await balances()).toEqual({ provider_receivable: 12_345, tenant_payable: -12_345 });

    expect(await change('refunds', 1_251)).toMatchObject({
      status: 'partially_refunded',
      refundedAmount: kwd(1_251),
      needsAttention: false,
    });
    expect(await balances()).toEqual({ provider_receivable: 11_094, tenant_payable: -12_345, refunds: 1_251 });

    const { data } = await get('webhook-events');
    const told = data.filter(({ paymentId }: Parsed) => paymentId === payment.id);
    expect(told.map(({ eventType, status }: Parsed) => [eventType, status])).toEqual([
      ['REFUND', 'applied'],
      ['CAPTURE', 'applied'],
      ['AUTHORISATION', 'applied'],
    ]);
  });

  it('are settled by the report of their batch, and leave nothing between provider and bank', async () => {
    const { apiKey } = localAccounts.adyen;
    const answer = await fetch(`${String(cloud.description.providers?.['adyen'])}/customer-area/v1/payouts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': apiKey },
      body: JSON.stringify({ currency: 'KWD' }),
    });
    expect(answer.status).toBe(201);
    const { report } = (await answer.json()) as { report: string };
    await cloud.idle();
    const { data } = await get('settlements');
    expect(data).toMatchObject([
      {
        payoutId: report,
        status: 'paid',
        needsAttention: false,
        lines: { state: 'complete', matched: 2, unmatched: 0 },
      },
    ]);
    const { bank, fees, ...others } = await balances();
    expect(others).toEqual({
      tenant_payable: -12_345,
      refunds: 1_251,
      provider_receivable: 0,
      payouts_clearing: 0,
    });
    expect(Number(bank)).toBe(data[0].amount.amount);
    expect(Number(bank) + Number(fees)).toBe(11_094);
  });
});
