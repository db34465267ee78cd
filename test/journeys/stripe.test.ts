import { localAccounts } from '../../local/providers/serve';
import { sharedCloud, type Parsed } from '../support/local-cloud';
import { aTenant, must, newKey, paymentBody, type TestTenant } from '../support/people';
import { plant } from '../support/planted';

const cloud = sharedCloud();

/** Through the whole product, with the fake of Stripe in Stripe's place. */
describe('payments by Stripe', () => {
  const { apiKey } = localAccounts.stripe;
  let tenant: TestTenant;
  let connectionId: string;
  const pay = async (token: string): Promise<Parsed> => {
    const body = { ...paymentBody({ amount: 1000, token }), connectionId };
    return must(await tenant.owner.api.post(`${tenant.path}/payments`, body, newKey()), 201);
  };
  /** The payment once everything that Stripe told of it is applied. */
  const settled = async ({ id }: Parsed): Promise<Parsed> => {
    await cloud.idle();
    return must(await tenant.owner.api.get(`${tenant.path}/payments/${String(id)}`), 200);
  };
  const atStripe = async (path: string, form?: Record<string, string>): Promise<Parsed> => {
    const answer = await fetch(`${String(cloud.description.providers?.['stripe'])}${path}`, {
      method: form === undefined ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${apiKey}` },
      ...(form === undefined ? {} : { body: new URLSearchParams(form) }),
    });
    return (await answer.json()) as Parsed;
  };

  beforeAll(async () => {
    plant('API key', apiKey);
    tenant = await aTenant(cloud, 'Shop on Stripe');
    const body = { provider: 'stripe', displayName: 'Stripe', credentials: { apiKey } };
    connectionId = String(
      must(await tenant.owner.api.post(`${tenant.path}/provider-connections`, body, newKey()), 201).id,
    );
    // Its door knows a new connection after five seconds; a new instance knows it at once.
    await cloud.kill('countinghouse-dev-webhook-ingest');
  });

  it('are captured and refunded in yen, each told by a webhook too, and are right in the books', async () => {
    const yen = (amount: number) => ({ amount, currency: 'JPY' });
    const method = paymentBody({ amount: 2001, currency: 'JPY', token: 'pm_card_visa', capture: 'manual' });
    const url = `${tenant.path}/payments`;
    const payment = must(await tenant.owner.api.post(url, { ...method, connectionId }, newKey()), 201);
    expect(payment.status).toBe('authorized');
    const change = (path: string, amount: number) =>
      tenant.owner.api.post(`${url}/${String(payment.id)}/${path}`, { amount: yen(amount) }, newKey());
    expect(must(await change('capture', 1200), 200)).toMatchObject({ capturedAmount: yen(1200) });
    must(await change('refunds', 101), 201);
    expect(await settled(payment)).toMatchObject({
      status: 'partially_refunded',
      capturedAmount: yen(1200),
      refundedAmount: yen(101),
      needsAttention: false,
    });
    const { data } = must(await tenant.owner.api.get(`${tenant.path}/webhook-events`), 200);
    const told = data.filter(({ paymentId }: Parsed) => paymentId === payment.id);
    expect(told.map(({ status }: Parsed) => status)).toEqual(['applied', 'applied', 'applied']);
    const { currencies } = must(await tenant.owner.api.get(`${tenant.path}/ledger/trial-balance`), 200);
    const books = currencies.find(({ currency }: Parsed) => currency === 'JPY');
    expect(books.totalDebit).toBe(books.totalCredit);
    expect(Object.fromEntries(books.accounts.map(({ account, balance }: Parsed) => [account, balance]))).toEqual({
      provider_receivable: 1099,
      tenant_payable: -1200,
      refunds: 101,
    });
  });

  it('are disputed by events that hold no id of ours, once the processor has asked whose they are', async () => {
    expect(await settled(await pay('pm_card_createDispute'))).toMatchObject({
      status: 'disputed',
      capturedAmount: { amount: 1000, currency: 'USD' },
      needsAttention: false,
    });
  });

  it('show a refund that somebody made at Stripe', async () => {
    const payment = await pay('pm_card_visa');
    const { data } = await atStripe('/v1/payment_intents?limit=100');
    const intent = data.find(({ metadata }: Parsed) => metadata['countinghouse_payment'] === payment.id);
    await atStripe('/v1/refunds', { payment_intent: String(intent.id), amount: '300' });
    expect(await settled(payment)).toMatchObject({
      status: 'partially_refunded',
      refundedAmount: { amount: 300, currency: 'USD' },
      needsAttention: false,
    });
  });
});
