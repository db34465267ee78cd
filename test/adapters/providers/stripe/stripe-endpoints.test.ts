import { readFileSync } from 'node:fs';

import { stripeApiVersion } from '../../../../lambdas/adapters/providers/stripe/stripe-client';
import { subscribedEvents } from '../../../../lambdas/adapters/providers/stripe/stripe-events';
import { stripeWebhookReader } from '../../../../lambdas/adapters/providers/stripe/stripe-webhook-reader';
import type { newFakeStripe } from '../../../../local/providers/stripe/fake-stripe';
import { apiKey, aStripe, authorized, webhookSecret, webhookUrl } from './a-stripe';

const post = (stripe: ReturnType<typeof newFakeStripe>, path: string, body: Record<string, string>) =>
  stripe.handle(
    new Request(`https://api.stripe.com${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${apiKey}` },
      body: new URLSearchParams(body).toString(),
    }),
  );

const idOf = async (answer: Response): Promise<string> => {
  const { id } = (await answer.json()) as { id: string };
  return id;
};

describe('our endpoint at Stripe', () => {
  test('is registered for exactly the events that we read, and told its secret once', async () => {
    const { provider } = await aStripe();
    expect(await provider.inspectWebhook?.(webhookUrl)).toEqual({
      ok: true,
      value: { registered: true, enabled: true, missingEvents: [] },
    });
    // A second time it is the same endpoint, whose secret Stripe tells no more.
    expect(await provider.registerWebhook?.({ url: webhookUrl, secret: '' })).toEqual({
      ok: true,
      value: { secret: undefined, endpoint: expect.stringMatching(/^we_/) as string },
    });
    expect(await provider.inspectWebhook?.('https://elsewhere.example')).toEqual({
      ok: true,
      value: { registered: false, enabled: false, missingEvents: subscribedEvents },
    });
  });

  test('is brought up to date: enabled again, with the events that it lacked', async () => {
    const { provider, stripe } = await aStripe();
    const list = await stripe.handle(
      new Request('https://api.stripe.com/v1/webhook_endpoints', { headers: { authorization: `Bearer ${apiKey}` } }),
    );
    const { data } = (await list.json()) as { data: { id: string }[] };
    await post(stripe, `/v1/webhook_endpoints/${data[0]!.id}`, {
      disabled: 'true',
      'enabled_events[0]': 'refund.failed',
    });
    expect(await provider.inspectWebhook?.(webhookUrl)).toEqual({
      ok: true,
      value: {
        registered: true,
        enabled: false,
        missingEvents: subscribedEvents.filter((event) => event !== 'refund.failed'),
      },
    });
    await provider.registerWebhook?.({ url: webhookUrl, secret: '' });
    expect(await provider.inspectWebhook?.(webhookUrl)).toMatchObject({ value: { enabled: true, missingEvents: [] } });
  });

  test('is replaced when it speaks another version of the API, and the old one is silenced', async () => {
    const { provider, stripe, now } = await aStripe();
    const url = 'https://webhooks.example/another';
    const old = await idOf(
      await post(stripe, '/v1/webhook_endpoints', { url, 'enabled_events[0]': '*', api_version: '2020-08-27' }),
    );
    expect(await provider.inspectWebhook?.(url)).toMatchObject({ value: { missingEvents: [] } });
    const registered = await provider.registerWebhook?.({ url, secret: '' });
    const secret = registered?.ok === true ? registered.value.secret : undefined;
    expect(secret).toMatch(/^whsec_/);
    stripe.takeDeliveries();
    await authorized({ provider });
    const there = stripe.takeDeliveries().filter((delivery) => delivery.url === url);
    expect(there).toHaveLength(1);
    expect((await stripeWebhookReader.read(there[0]!, [secret!], now.getTime())).ok).toBe(true);
    expect(old).toMatch(/^we_/);
  });

  test('is refused by an account that has too many', async () => {
    const { provider, stripe } = await aStripe();
    for (let count = 1; count < 16; count += 1) {
      await post(stripe, '/v1/webhook_endpoints', {
        url: `https://x.example/${String(count)}`,
        'enabled_events[0]': '*',
      });
    }
    expect((await provider.registerWebhook?.({ url: 'https://webhooks.example/17', secret: '' }))?.ok).toBe(false);
  });

  test('is told every subscribed event and no other', async () => {
    const { provider, stripe } = await aStripe();
    const intent = await authorized({ provider }, { capture: 'automatic' });
    stripe.dashboard.refund(intent, 100);
    const types = stripe
      .takeDeliveries()
      .map(({ body }) => (JSON.parse(Buffer.from(body).toString()) as { type: string }).type);
    expect(types).toEqual(['payment_intent.succeeded', 'refund.created']);
    expect(webhookSecret.length).toBeGreaterThan(24);
  });
});

test('the guide names exactly the events that we read, and the version of the API', () => {
  const guide = readFileSync('docs/guides/connecting-stripe.md', 'utf8');
  const rows = guide.split('\n').filter((line) => /^\| (payments|pages|refunds|disputes|settlements) /.test(line));
  const named = rows.flatMap((row) => [...row.matchAll(/`([a-z_.]+)`/g)].map(([, name]) => name!));
  expect(named.toSorted()).toEqual(subscribedEvents.toSorted());
  expect(guide).toContain(stripeApiVersion);
});
