import { asString, type JsonObject } from '../assembly/json';
import type { Answer } from '../product-client';
import { totpCode } from '../totp';
import { call, idOf, letPass, listed, money, newKey, type Owner, type Stage } from './stage';
import { mustShow } from './telling';

/** The sandbox sends its webhooks a second after its answer. */
export const webhookDelayMs = 2_000;

/** What API Gateway makes of `WWW-Authenticate`. */
const challengeHeader = 'x-amzn-remapped-www-authenticate';

/** Takes a payment, hears of it again by webhook, and gives part of it back. Answers the id of the payment. */
export async function takeMoney(stage: Stage, owner: Owner): Promise<string> {
  const payment = await pay(stage, owner);
  await hearByWebhook(stage, owner, payment);
  await refund(stage, owner, payment);
  return payment;
}

/** The answer to a new payment. */
export function createPayment(
  stage: Stage,
  { session, path }: Owner,
  amount: number,
  { key = newKey(), capture = 'automatic' }: { readonly key?: string; readonly capture?: 'automatic' | 'manual' } = {},
): Promise<Answer> {
  const body = { amount: { amount, currency: 'USD' }, paymentMethod: { token: 'tok_success' }, capture };
  return call(stage, session, { method: 'POST', path: `${path}/payments`, body, key }, 201);
}

/** The webhook events of a payment, newest first. */
export async function webhookEventsOf(stage: Stage, owner: Owner, payment: string): Promise<readonly JsonObject[]> {
  const path = `${owner.path}/webhook-events?limit=100`;
  const answer = await call(stage, owner.session, { method: 'GET', path }, 200);
  return listed(answer).filter(({ paymentId }) => paymentId === payment);
}

async function pay(stage: Stage, owner: Owner): Promise<string> {
  stage.step(
    'Take a payment',
    'The intent is written to the journal, the provider is asked, its answer is written to the journal: nothing else is state.',
    'A lost answer is no danger: the same request under the same Idempotency-Key is the same payment.',
  );
  const key = newKey();
  const payment = await createPayment(stage, owner, 2500, { key });
  mustShow(payment.body['status'] === 'captured', 'a captured payment', payment.body);
  stage.fact(
    'Payment',
    `${idOf(payment)}: ${money(payment.body['amount'])}, ${asString(payment.body['status'], 'status')}`,
  );

  const again = await createPayment(stage, owner, 2500, { key });
  const isReplay = idOf(again) === idOf(payment) && again.headers.get('idempotent-replayed') === 'true';
  mustShow(isReplay, 'the same payment again, marked as replayed', again.body);
  stage.fact('Sent again', 'the same payment comes back with Idempotent-Replayed: true');

  const path = `${owner.path}/payments`;
  const other = { amount: { amount: 9900, currency: 'USD' }, paymentMethod: { token: 'tok_success' } };
  await call(stage, owner.session, { method: 'POST', path, body: other, key }, 422);
  stage.fact('Other body', 'refused with 422: a key stands for one request');

  const third = await createPayment(stage, owner, 1200);
  const calls = stage.cloud.frontDoor.calls({ invocation: third.invocationId });
  const units = (of: 'readUnits' | 'writeUnits'): number => calls.reduce((sum, each) => sum + each[of], 0);
  stage.fact(
    'What it took',
    `${calls.length} calls to AWS, ${units('readUnits')} read units, ${units('writeUnits')} write units,` +
      ' for membership, limit, idempotency, audit record and payment (npm run bench counts all operations)',
  );
  return idOf(payment);
}

async function hearByWebhook(stage: Stage, owner: Owner, payment: string): Promise<void> {
  stage.step(
    'Hear of it again by webhook',
    'A second later the provider tells what happened, in a signed webhook. It is verified, put into a queue and answered at once;',
    'then it is applied to the payment. What the product knew already changes nothing.',
  );
  await letPass(stage, webhookDelayMs);
  const [event] = await webhookEventsOf(stage, owner, payment);
  mustShow(event?.['status'] === 'applied', 'an applied webhook event', event ?? 'none');
  stage.fact('Webhook event', `${asString(event['eventType'], 'eventType')}: ${asString(event['status'], 'status')}`);
  const path = `${owner.path}/payments/${payment}`;
  const { body } = await call(stage, owner.session, { method: 'GET', path }, 200);
  const captured = money(body['capturedAmount']);
  mustShow(captured === 'USD 25.00', 'the payment to be captured once', body);
  stage.fact('Payment', `${captured} captured, as before`);

  const webhookUrl = Object.entries(stage.cloud.functionUrls).find(([name]) => name.endsWith('-webhook-ingest'))?.[1];
  const forged = await fetch(
    `${webhookUrl ?? ''}/${owner.tenantId}/${asString(body['connectionId'], 'connectionId')}`,
    {
      method: 'POST',
      headers: { 'webhook-id': 'evt_forged', 'webhook-timestamp': '1', 'webhook-signature': 'v1,Zm9yZ2Vk' },
      body: '{"events":[]}',
    },
  );
  mustShow(forged.status === 401, 'a forged webhook to be refused with 401', forged.status);
  stage.fact('A forged one', 'refused with 401 before anything reads it');
}

async function refund(stage: Stage, owner: Owner, payment: string): Promise<void> {
  stage.step(
    'Refund, with a second factor',
    'Giving money back needs a second factor verified in this very session within the last ten minutes.',
    'Olivia signs in anew, as on another day; being signed in is not enough.',
  );
  const session = await stage.client.signIn(owner);
  const request = {
    method: 'POST',
    path: `${owner.path}/payments/${payment}/refunds`,
    body: { amount: { amount: 1000, currency: 'USD' }, reason: 'one item returned' },
    key: newKey(),
  } as const;
  const refused = await call(stage, session, request, 401);
  const challenge = refused.headers.get(challengeHeader) ?? '';
  mustShow(challenge.includes('insufficient_user_authentication'), 'a challenge to step up', challenge);
  stage.fact('Without', '401, and in WWW-Authenticate (which API Gateway renames to X-Amzn-Remapped-…):', challenge);

  const code = totpCode(owner.totpSecret);
  await call(stage, session, { method: 'POST', path: '/v1/me/mfa/verify', body: { code } }, 200);
  stage.fact('Second factor', 'verified with the code that the authenticator app shows');
  const refunded = await call(stage, session, request, 201);
  mustShow(refunded.body['status'] === 'partially_refunded', 'a partly refunded payment', refunded.body);
  stage.fact('With', `${money(refunded.body['refundedAmount'])} of ${money(refunded.body['amount'])} refunded`);
  const tooMuch = { ...request, body: { amount: { amount: 1501, currency: 'USD' } }, key: newKey() };
  await call(stage, session, tooMuch, 422);
  stage.fact('More than is left', 'refused with 422, whoever asks');
  await letPass(stage, webhookDelayMs);
}
