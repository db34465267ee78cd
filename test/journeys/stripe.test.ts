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
