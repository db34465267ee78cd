import { localAccounts } from '../../local/providers/serve';
import { sharedCloud, type Parsed } from '../support/local-cloud';
import { aTenant, must, newKey, paymentBody, type TestTenant } from '../support/people';
import { plant } from '../support/planted';

const cloud = sharedCloud();

/** Through the whole product, with the fake of PayPal in PayPal's place: its webhooks are signed under a root of its own. */
describe('payments by PayPal', () => {
  const credentials = localAccounts.paypal;
  let tenant: TestTenant;
  let connectionId: string;

  beforeAll(async () => {
    plant('client secret', credentials.clientSecret);
    tenant = await aTenant(cloud, 'Shop on PayPal');
    const body = { provider: 'paypal', displayName: 'PayPal', credentials };
    const connected = must(await tenant.owner.api.post(`${tenant.path}/provider-connections`, body, newKey()), 201);
    expect(connected).toMatchObject({ webhooks: { registration: 'registered', signing: 'ready' } });
    connectionId = String(connected.id);
    // Its door knows a new connection after five seconds; a new instance knows it at once.
    await cloud.kill('countinghouse-dev-webhook-ingest');
  });

  it('are captured in parts and refunded from one capture at a time, each told by a webhook that is believed', async () => {
    const usd = (amount: number) => ({ amount, currency: 'USD' });
    const url = `${tenant.path}/payments`;
    const body = { ...paymentBody({ amount: 1000, token: 'card_vaultsuccess', capture: 'manual' }), connectionId };
    const payment = must(await tenant.owner.api.post(url, body, newKey()), 201);
    expect(payment.status).toBe('authorized');
    const change = (path: string, amount: number) =>
      tenant.owner.api.post(`${url}/${String(payment.id)}/${path}`, { amount: usd(amount) }, newKey());
    must(await change('capture', 600), 200);
    must(await change('capture', 400), 200);
    expect(must(await change('refunds', 700), 422)).toMatchObject({
      reason: 'amount-exceeds-capture',
      detail: expect.stringContaining('6.00'),
    });
    must(await change('refunds', 500), 201);
    must(await change('refunds', 400), 201);

    await cloud.idle();
    expect(must(await tenant.owner.api.get(`${url}/${String(payment.id)}`), 200)).toMatchObject({
      status: 'partially_refunded',
      capturedAmount: usd(1000),
      refundedAmount: usd(900),
      settledAmount: usd(1000),
      needsAttention: false,
    });
    const { data } = must(await tenant.owner.api.get(`${tenant.path}/webhook-events?limit=100`), 200);
    const told = data.filter(({ paymentId }: Parsed) => paymentId === payment.id);
    const types = told.map(({ eventType }: Parsed) => String(eventType));
    // Two of each but of the authorization: what happened, and what it moved.
    expect(types.filter((type: string) => type === 'PAYMENT.CAPTURE.COMPLETED')).toHaveLength(4);
    expect(types.filter((type: string) => type === 'PAYMENT.CAPTURE.REFUNDED')).toHaveLength(4);
    expect(new Set(told.map(({ status }: Parsed) => status))).toEqual(new Set(['applied']));
  });
});
