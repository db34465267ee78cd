import '../../support/function-env';
import { sandboxWebhookReader } from '../../../lambdas/adapters/providers/sandbox/sandbox-webhook-reader';
import { newSandboxWebhooks } from '../../../lambdas/handlers/sandbox-webhooks/handler';
import type { WebhookOnItsWay } from '../../../lambdas/sandbox/store';
import { newMemoryTelemetry } from '../../support/memory-telemetry';

const secret = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
const now = new Date('2026-01-31T12:00:00.500Z');
const event = { id: 'evt_1', type: 'account.updated', occurredAt: now.toISOString(), payment: 'pay_1' };

function aSender(given: { status?: number; url?: string } = {}) {
  const { status = 200, url = 'https://hooks.example/in/ten_1/con_1' } = given;
  const posted: { url: string; headers: Record<string, string>; body: Buffer }[] = [];
  const run = newSandboxWebhooks({
    store: { endpoints: async (account) => (account === 'acc' ? [{ id: 'e1', url, secret }] : []) },
    clock: { now: () => now },
    log: newMemoryTelemetry().log,
    webhookUrl: 'https://hooks.example/in',
    fetch: async (target, init) => {
      posted.push({
        url: target as string,
        headers: Object.fromEntries(new Headers(init?.headers)),
        body: Buffer.from(init?.body as string),
      });
      return new Response('', { status });
    },
  });
  return { run, posted };
}

const batch = (...messages: (WebhookOnItsWay | string)[]) => ({
  Records: messages.map((message, index) => ({
    messageId: String(index),
    body: typeof message === 'string' ? message : JSON.stringify(message),
  })),
});

const message: WebhookOnItsWay = { account: 'acc', endpointId: 'e1', event, requestId: 'req-1' };

describe("the sandbox's webhooks", () => {
  test('are signed so that the merchant believes them', async () => {
    const { run, posted } = aSender();
    expect(await run(batch(message))).toEqual({ batchItemFailures: [] });
    expect(posted[0]?.url).toBe('https://hooks.example/in/ten_1/con_1');
    expect(await sandboxWebhookReader.read(posted[0]!, [secret], now.getTime())).toMatchObject({
      ok: true,
      value: [{ eventKey: 'evt_1' }],
    });
  });

  test.each([301, 401, 404, 429, 500, 503])('stay in the queue when the merchant answers %i', async (status) => {
    const { run } = aSender({ status });
    expect(await run(batch(message))).toEqual({ batchItemFailures: [{ itemIdentifier: '0' }] });
  });

  test.each([
    'https://elsewhere.example/in/x',
    'https://hooks.example/internal',
    'http://hooks.example/in/x',
    'https://hooks.example/in/../x',
  ])('never go elsewhere than to the product: %s', async (url) => {
    const { run, posted } = aSender({ url });
    expect(await run(batch(message))).toEqual({ batchItemFailures: [] });
    expect(posted).toEqual([]);
  });

  test('do not hold up one another', async () => {
    const { run, posted } = aSender();
    expect(await run(batch('not json', message, { ...message, endpointId: 'gone' }))).toEqual({
      batchItemFailures: [{ itemIdentifier: '0' }],
    });
    expect(posted).toHaveLength(1);
  });
});
