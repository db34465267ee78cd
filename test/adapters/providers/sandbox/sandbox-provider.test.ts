import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';

import { newMemorySandbox, sandboxUrl } from '../../../sandbox/memory-sandbox';
import { newSandboxProvider } from '../../../../lambdas/adapters/providers/sandbox/sandbox-provider';
import { sandboxWebhookReader } from '../../../../lambdas/adapters/providers/sandbox/sandbox-webhook-reader';
import { providerContract } from '../../../contracts/provider-contract';

const apiKey = 'sk_sandbox_0123456789abcdef';
const now = new Date('2026-01-31T12:00:00.000Z');

/** A port that nobody listens on. */
let closedPort: number;

beforeAll(async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closedPort = (server.address() as AddressInfo).port;
  await new Promise((resolve) => server.close(resolve));
});

const byToken = (token: string) => ({ type: 'token' as const, token });

providerContract('the sandbox', () => {
  const sandbox = newMemorySandbox(() => now);
  const timeoutMs = 100;
  const provider = newSandboxProvider({ baseUrl: sandboxUrl, apiKey, fetch: sandbox.fetch, timeoutMs });
  return {
    provider,
    reader: sandboxWebhookReader,
    now,
    methods: {
      success: byToken('tok_success'),
      declined: byToken('tok_declined'),
      insufficientFunds: byToken('tok_insufficient_funds'),
      expiredCard: byToken('tok_expired_card'),
      unknownToken: byToken('tok_never_issued'),
      requiresAction: byToken('tok_requires_action'),
      timeoutBeforeEffect: byToken('tok_timeout_before_effect'),
      timeoutAfterEffect: byToken('tok_timeout_after_effect'),
      wrongAmount: byToken('tok_wrong_amount'),
    },
    secret: `whsec_${Buffer.alloc(32, 7).toString('base64')}`,
    otherSecret: `whsec_${Buffer.alloc(32, 9).toString('base64')}`,
    unreachable: newSandboxProvider({
      baseUrl: `http://127.0.0.1:${String(closedPort)}`,
      apiKey,
      fetch,
      timeoutMs: 2_000,
    }),
    revoked: newSandboxProvider({
      baseUrl: sandboxUrl,
      apiKey: 'sk_sandbox_revoked0123456789',
      fetch: sandbox.fetch,
      timeoutMs,
    }),
    effects: async (paymentId) => {
      const headers = { authorization: `Bearer ${apiKey}` };
      const answer = await sandbox.fetch(`${sandboxUrl}/v1/effects?payment=${paymentId}`, { headers });
      const { count } = (await answer.json()) as { count: number };
      return count;
    },
    deliveries: () => sandbox.deliveries(now),
  };
});

describe('the client of the sandbox', () => {
  const request = {
    operationId: 'op_1',
    paymentId: 'pay_1',
    amount: { amount: 5, currency: 'USD' },
    method: { type: 'token', token: 't' },
    capture: 'manual',
  } as const;
  const answering = (status: number, body: string) =>
    newSandboxProvider({
      baseUrl: sandboxUrl,
      apiKey,
      fetch: async () => new Response(body, { status }),
      timeoutMs: 100,
    });

  test.each([201, 202, 207, 300, 500, 502, 503, 504, 408, 409, 425])(
    'takes status %i for unknown: it may have acted',
    async (status) => {
      expect(await answering(status, '{}').authorize(request)).toMatchObject({ status: 'unknown' });
    },
  );

  test.each([400, 401, 403, 404, 422])('takes status %i for a refusal', async (status) => {
    expect(await answering(status, '{}').authorize(request)).toEqual({ status: 'failed', reason: 'provider_refused' });
  });

  test('takes status 429 for a request that was turned away, and may be made anew', async () => {
    expect(await answering(429, '{}').authorize(request)).toEqual({ status: 'failed', reason: 'provider_busy' });
  });

  test.each([
    ['no JSON', '<html>'],
    ['another document', '{"status":"maybe"}'],
    ['an amount that is none', '{"status":"succeeded","reference":"r","amount":1.5,"currency":"USD"}'],
    ['a negative amount', '{"status":"succeeded","reference":"r","amount":-1,"currency":"USD"}'],
    ['a currency that is none', '{"status":"succeeded","reference":"r","amount":1,"currency":"usd"}'],
    ['a reference with odd characters', '{"status":"succeeded","reference":"<b>","amount":1,"currency":"USD"}'],
    ['a page that is none', '{"status":"requires_action","reference":"r","redirectUrl":"javascript:1"}'],
  ])('takes an answer with %s for unknown', async (_, body) => {
    expect(await answering(200, body).authorize(request)).toMatchObject({ status: 'unknown' });
  });

  test('takes a connection that breaks after the request for unknown', async () => {
    const server = createServer((socket) => socket.once('data', () => socket.destroy()));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const provider = newSandboxProvider({
      baseUrl: `http://127.0.0.1:${String(port)}`,
      apiKey,
      fetch,
      timeoutMs: 2_000,
    });
    expect(await provider.authorize(request)).toMatchObject({ status: 'unknown' });
    server.close();
  });

  test('reads the lines of a payout, page by page, to the last', async () => {
    const sandbox = newMemorySandbox(() => now);
    const provider = newSandboxProvider({ baseUrl: sandboxUrl, apiKey, fetch: sandbox.fetch, timeoutMs: 100 });
    for (let number = 0; number < 27; number += 1) {
      await provider.authorize({
        operationId: `op_${String(number)}`,
        paymentId: `pay_${String(number)}`,
        amount: { amount: 1_050, currency: 'USD' },
        method: byToken('tok_success'),
        capture: 'automatic',
      });
    }
    const answer = await sandbox.fetch(`${sandboxUrl}/v1/payouts`, {
      method: 'POST',
      headers: { authorization: `Bearer ${apiKey}`, 'idempotency-key': 'payout-1' },
      body: JSON.stringify({ currency: 'USD' }),
    });
    const { id: payoutId } = (await answer.json()) as { id: string };
    const pages = [];
    for (let cursor: string | undefined; pages.length === 0 || cursor !== undefined;) {
      const page = await provider.payoutLines!({ payoutId, ...(cursor === undefined ? {} : { cursor }) });
      if (!page.ok) throw new Error(page.error);
      pages.push(page.value.lines);
      cursor = page.value.next;
    }
    expect(pages.map(({ length }) => length)).toEqual([25, 2]);
    expect(new Set(pages.flat().map(({ settlementId }) => settlementId)).size).toBe(27);
    // 2.9 % of 1,050 is 30.45, rounded half up 30, and 30.
    const paidOut = { net: 990, fee: 60, currency: 'USD' };
    for (const line of pages.flat()) {
      expect(line).toMatchObject({ kind: 'capture', amount: { amount: 1_050, currency: 'USD' }, paidOut, payoutId });
    }
    expect(await provider.payoutLines!({ payoutId: 'po_none' })).toEqual({ ok: false, error: 'payout-unknown' });
  });

  test.each([
    ['no page', '{}'],
    ['a line without kind', '{"lines":[{"id":"l","payment":"p","currency":"USD","gross":1,"fee":0,"net":1}]}'],
    [
      'half a unit',
      '{"lines":[{"id":"l","kind":"capture","payment":"p","currency":"USD","gross":0.5,"fee":0,"net":1}]}',
    ],
    [
      'less than nothing',
      '{"lines":[{"id":"l","kind":"refund","payment":"p","currency":"USD","gross":-1,"fee":0,"net":1}]}',
    ],
  ])('asks again for lines that cannot be read: %s', async (_, body) => {
    const lines = await answering(200, body).payoutLines!({ payoutId: 'po_1' });
    expect(lines).toEqual({ ok: false, error: 'provider-unreachable' });
  });

  test('takes a name that nobody knows for not sent', async () => {
    const unknownName = Object.assign(new TypeError('fetch failed'), { cause: { code: 'ENOTFOUND' } });
    const provider = newSandboxProvider({
      baseUrl: sandboxUrl,
      apiKey,
      fetch: () => Promise.reject(unknownName),
      timeoutMs: 100,
    });
    expect(await provider.authorize(request)).toEqual({ status: 'failed', reason: 'provider_unreachable' });
  });
});
