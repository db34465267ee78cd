import { parseWebhookMessage } from '../../../lambdas/domain/webhooks';
import { ok } from '../../../lambdas/kernel/result';
import { connectionId, tenant } from '../../domain/payments/a-payment';
import { aDelivery, anEvent, anIngest, previous, secret, start, unreadable } from './an-ingest';

describe('a delivery', () => {
  test('signed under a secret that was rotated since it was remembered is believed', async () => {
    const rotatedTo = { credentials: {}, webhookSecret: `whsec_${Buffer.alloc(32, 7).toString('base64')}` };
    const { receive, queued, calls } = anIngest({ rotatedTo });
    expect(await receive(aDelivery({ key: rotatedTo.webhookSecret }))).toMatchObject({ statusCode: 200 });
    expect(queued).toHaveLength(1);
    expect(calls.filter((call) => call === 'read newer')).toHaveLength(1);
  });

  test('signed under the remembered secret asks for none newer', async () => {
    const { receive, calls } = anIngest();
    expect(await receive(aDelivery())).toMatchObject({ statusCode: 200 });
    expect(calls).not.toContain('read newer');
  });

  test('is answered 200 once its events are in the queue, normalised', async () => {
    const { receive, queued } = anIngest();
    expect(await receive(aDelivery())).toMatchObject({ statusCode: 200 });
    expect(queued).toEqual([
      expect.objectContaining({
        tenant,
        connectionId,
        provider: 'sandbox',
        receivedAt: start.toISOString(),
        requestId: 'url-1',
        sourceIp: '198.51.100.7',
      }),
    ]);
    expect(parseWebhookMessage(JSON.stringify(queued[0]))).toEqual({ ok: true, value: queued[0] });
  });

  test('costs one call when the function is warm', async () => {
    const { receive, calls } = anIngest();
    await receive(aDelivery());
    calls.length = 0;
    await receive(aDelivery());
    expect(calls).toEqual(['enqueue 1']);
  });

  test('is looked up again after a minute', async () => {
    const { receive, calls, advance } = anIngest();
    await receive(aDelivery());
    advance(60_000);
    await receive(aDelivery());
    expect(calls.filter((call) => call.startsWith('slots'))).toHaveLength(2);
  });

  test('of several events is queued whole', async () => {
    const { receive, calls } = anIngest();
    const events = Array.from({ length: 12 }, (_, index) => anEvent(`evt_${String(index)}`));
    expect(await receive(aDelivery({ body: JSON.stringify({ events }) }))).toMatchObject({ statusCode: 200 });
    expect(calls.at(-1)).toBe('enqueue 12');
  });

  test('may come in base64 and under the previous secret', async () => {
    const { receive } = anIngest();
    expect(await receive(aDelivery({ base64: true, key: previous }))).toMatchObject({ statusCode: 200 });
  });

  test('is not acknowledged while the queue is out of order', async () => {
    const { receive, telemetry } = anIngest({ queueFails: true });
    expect(await receive(aDelivery())).toMatchObject({ statusCode: 503, headers: { 'retry-after': '30' } });
    expect(telemetry.counted).toEqual(['WebhookIngestFailed']);
  });

  test('is not acknowledged without a secret to verify it by', async () => {
    expect(await anIngest({ noSecret: true }).receive(aDelivery())).toMatchObject({ statusCode: 503 });
  });
});

describe('a delivery that is refused', () => {
  test.each([
    ['/', 404],
    [`/${tenant}`, 404],
    [`/${tenant}/${connectionId}/more`, 404],
    [`/${tenant}/con_short`, 404],
    [`/${tenant.toUpperCase()}/${connectionId}`, 404],
    [`/${encodeURIComponent('T#x')}/${connectionId}`, 404],
  ])('%s is nowhere, and nothing is read for it', async (path, status) => {
    const { receive, calls } = anIngest();
    expect(await receive(aDelivery({ path }))).toMatchObject({ statusCode: status });
    expect(calls).toEqual([]);
  });

  test('by another method names the one that is allowed', async () => {
    expect(await anIngest().receive(aDelivery({ method: 'GET' }))).toMatchObject({
      statusCode: 405,
      headers: { allow: 'POST' },
    });
  });

  test('for an unknown tenant is 404, remembered for a minute', async () => {
    const { receive, calls, advance } = anIngest({ slots: {} });
    expect(await receive(aDelivery())).toMatchObject({ statusCode: 404 });
    advance(59_999);
    expect(await receive(aDelivery())).toMatchObject({ statusCode: 404 });
    expect(calls).toEqual([`slots ${tenant}`]);
    advance(1);
    await receive(aDelivery());
    expect(calls).toHaveLength(2);
  });

  test('for connections that a tenant has not got is 404, and costs one read in five seconds, however many are made up', async () => {
    const { receive, calls, advance } = anIngest();
    const madeUp = (index: number) => `/${tenant}/con_${String(index).padStart(20, '0')}`;
    for (let index = 0; index < 50; index += 1) {
      expect(await receive(aDelivery({ path: madeUp(index) }))).toMatchObject({ statusCode: 404 });
    }
    expect(await receive(aDelivery())).toMatchObject({ statusCode: 200 });
    expect(calls.filter((call) => call.startsWith('slots'))).toHaveLength(1);
    // One that was made since is known soon: no delivery that comes on its heels is turned away for a minute.
    advance(5_000);
    await receive(aDelivery({ path: madeUp(1) }));
    expect(calls.filter((call) => call.startsWith('slots'))).toHaveLength(2);
  });

  test('for tenants that are made up is limited by address, and costs nobody else anything', async () => {
    const world = anIngest({ only: tenant });
    const { receive, calls, telemetry, advance } = world;
    const madeUp = (index: number) => `/ten_${String(index).padStart(20, '0')}/${connectionId}`;
    const statuses: number[] = [];
    for (let index = 1; index <= 200; index += 1) {
      statuses.push((await receive(aDelivery({ path: madeUp(index) }))).statusCode);
    }
    expect(statuses.filter((status) => status === 404)).toHaveLength(20);
    expect(statuses.slice(20).every((status) => status === 429)).toBe(true);
    expect(calls.filter((call) => call.startsWith('slots'))).toHaveLength(20);
    expect(telemetry.counted).toEqual(Array(180).fill('RateLimited'));

    const mapped = await receive(aDelivery({ path: madeUp(201), sourceIp: '::ffff:198.51.100.7' }));
    expect(mapped.statusCode).toBe(429);
    expect(await receive(aDelivery({ sourceIp: '198.51.100.8' }))).toMatchObject({ statusCode: 200 });
    // The very address reaches tenants that are known, also when they are to be looked up again.
    advance(60_000);
    expect(await receive(aDelivery())).toMatchObject({ statusCode: 200 });
    for (let index = 201; index <= 206; index += 1) await receive(aDelivery({ path: madeUp(index) }));
    const refused = await receive(aDelivery({ path: madeUp(207) }));
    expect(refused).toMatchObject({ statusCode: 429, headers: { 'retry-after': '10' } });
  });

  test('for a disabled connection is 404, like an unknown one', async () => {
    const slots = { [`connection#${connectionId}`]: { version: 2, data: { provider: 'sandbox', status: 'disabled' } } };
    const { receive, calls } = anIngest({ slots });
    expect(await receive(aDelivery())).toEqual(await anIngest({ slots: {} }).receive(aDelivery()));
    expect(calls).toEqual([`slots ${tenant}`]);
  });

  test('beyond 256 KiB is refused before anything is computed or read', async () => {
    const { receive, calls } = anIngest();
    expect(await receive(aDelivery({ body: Buffer.alloc(256 * 1024 + 1, 'a'), base64: true }))).toMatchObject({
      statusCode: 413,
    });
    expect(calls).toEqual([]);
  });

  test('with 256 KiB exactly is still looked at', async () => {
    const body = JSON.stringify({ events: [anEvent()], padding: '' });
    const padded = body.replace('"padding":""', `"padding":"${'x'.repeat(256 * 1024 - body.length)}"`);
    expect(Buffer.byteLength(padded)).toBe(256 * 1024);
    expect(await anIngest().receive(aDelivery({ body: padded }))).toMatchObject({ statusCode: 200 });
  });

  test('with a bad signature is 401, counted, and limited by connection and address', async () => {
    const { receive, calls, telemetry, queued } = anIngest();
    expect(await receive(aDelivery({ headers: { 'Webhook-Signature': 'v1,AAAA' } }))).toMatchObject({
      statusCode: 401,
    });
    expect(calls.at(-1)).toBe(`limit webhook/${connectionId}/198.51.100.7 webhook-signature`);
    expect(telemetry.counted).toEqual(['WebhookSignatureRejected']);
    expect(queued).toEqual([]);
  });

  test('with bad signatures again and again is 429', async () => {
    const { receive } = anIngest({ admitted: false });
    const answer = await receive(aDelivery({ headers: { 'Webhook-Signature': 'v1,AAAA' } }));
    expect(answer).toMatchObject({ statusCode: 429, headers: { 'retry-after': '2' } });
  });

  test('with a bad signature is 401 also while the limiter is out of order', async () => {
    const { receive, telemetry } = anIngest({ limiterFails: true });
    expect(await receive(aDelivery({ headers: { 'Webhook-Signature': 'v1,AAAA' } }))).toMatchObject({
      statusCode: 401,
    });
    expect(telemetry.counted).toEqual(['WebhookSignatureRejected', 'RateLimitStoreFailed']);
  });

  test('in a flood of its connection is 429 with the time to come back, and other connections are served', async () => {
    const other = 'con_0000000000000000000b';
    const active = { version: 1, data: { provider: 'sandbox', status: 'active', displayName: 'Sandbox' } };
    const slots = { [`connection#${connectionId}`]: active, [`connection#${other}`]: active };
    const { receive, calls, telemetry, advance, queued } = anIngest({ slots });
    // Forged ones use nothing up.
    for (let index = 0; index < 30; index += 1) {
      await receive(aDelivery({ headers: { 'Webhook-Signature': 'v1,AAAA' } }));
    }
    const event = aDelivery();
    for (let index = 0; index < 1_000; index += 1) await receive(event);
    expect(queued).toHaveLength(1_000);
    calls.length = 0;
    const answer = await receive(event);
    expect(answer).toMatchObject({ statusCode: 429, headers: { 'retry-after': '1' } });
    expect(calls).toEqual([]);
    expect(telemetry.counted.at(-1)).toBe('RateLimited');
    expect(await receive(aDelivery({ path: `/${tenant}/${other}` }))).toMatchObject({ statusCode: 200 });
    advance(1_000);
    const statuses = [];
    for (let index = 0; index < 60; index += 1) statuses.push((await receive(event)).statusCode);
    expect(statuses.filter((status) => status === 200)).toHaveLength(50);
  });

  test('with one event that cannot be understood is taken whole, and counted', async () => {
    const { receive, telemetry, queued } = anIngest({
      reader: async () =>
        ok([
          { ...unreadable, eventKey: 'evt_1' },
          { ...unreadable, eventKey: 'evt_2', subject: { type: 'other' } },
        ]),
    });
    expect(await receive(aDelivery())).toMatchObject({ statusCode: 200 });
    expect(queued.map(({ event }) => event.subject.type)).toEqual(['unreadable', 'other']);
    expect(telemetry.counted).toEqual(['WebhookMalformed']);
  });

  test.each([
    ['adyen', '[accepted]'],
    ['stripe', '{"received":1}'],
    ['paypal', '{"received":1}'],
    ['sandbox', '{"received":1}'],
  ])('of %s is answered as it wants to be', async (provider, body) => {
    const slots = {
      [`connection#${connectionId}`]: { version: 1, data: { provider, status: 'active', displayName: 'A' } },
    };
    const { receive } = anIngest({ slots, reader: async () => ok([unreadable]) });
    expect(await receive(aDelivery())).toMatchObject({ statusCode: 200, body });
  });

  test('with a good signature is not limited by the bad ones', async () => {
    const { receive, calls } = anIngest({ admitted: false });
    expect(await receive(aDelivery())).toMatchObject({ statusCode: 200 });
    expect(calls.some((call) => call.startsWith('limit'))).toBe(false);
  });

  test('over the limit costs no call at all until its time comes, and a genuine one from there is taken all the same', async () => {
    const { receive, calls, advance, telemetry } = anIngest({ admitted: false });
    const forged = () => receive(aDelivery({ headers: { 'Webhook-Signature': 'v1,AAAA' } }));
    expect(await forged()).toMatchObject({ statusCode: 429, headers: { 'retry-after': '2' } });
    const before = calls.length;
    for (let count = 0; count < 10; count += 1) {
      expect(await forged()).toMatchObject({ statusCode: 429, headers: { 'retry-after': '2' } });
    }
    expect(calls).toHaveLength(before);
    expect(telemetry.counted).toEqual(Array<string>(11).fill('WebhookSignatureRejected'));
    expect(await receive(aDelivery())).toMatchObject({ statusCode: 200 });
    expect(calls.slice(before)).toEqual(['enqueue 1']);
    advance(1_500);
    await forged();
    expect(calls.slice(before + 1)).toEqual([
      'read newer',
      `limit webhook/${connectionId}/198.51.100.7 webhook-signature`,
    ]);
  });

  test('over the limit at one connection or from one address is heard as before from others', async () => {
    const other = 'con_0000000000000000000b';
    const slot = { version: 1, data: { provider: 'sandbox', status: 'active', displayName: 'Sandbox' } };
    const slots = { [`connection#${connectionId}`]: slot, [`connection#${other}`]: slot };
    const { receive, calls } = anIngest({ admitted: false, slots });
    const headers = { 'Webhook-Signature': 'v1,AAAA' };
    await receive(aDelivery({ headers }));
    await receive(aDelivery({ headers, sourceIp: '203.0.113.9' }));
    await receive(aDelivery({ headers, path: `/${tenant}/${other}` }));
    expect(calls.filter((call) => call.startsWith('limit'))).toHaveLength(3);
  });

  test('counts for its /64 of IPv6, or for the IPv4 address that it holds; the event tells the address itself', async () => {
    const { receive, calls, queued } = anIngest({ admitted: false });
    const headers = { 'Webhook-Signature': 'v1,AAAA' };
    const [one, other, mapped] = ['2001:db8:0:1::7', '2001:db8:0:1:ffff::9', '::ffff:198.51.100.7'];
    await receive(aDelivery({ headers, sourceIp: one }));
    // Known to be over the limit: nobody is asked again.
    expect(await receive(aDelivery({ headers, sourceIp: other }))).toMatchObject({ statusCode: 429 });
    await receive(aDelivery({ headers, sourceIp: mapped }));
    expect(calls.filter((call) => call.startsWith('limit'))).toEqual([
      `limit webhook/${connectionId}/2001:db8:0:1::/64 webhook-signature`,
      `limit webhook/${connectionId}/198.51.100.7 webhook-signature`,
    ]);
    expect(await receive(aDelivery({ sourceIp: one }))).toMatchObject({ statusCode: 200 });
    expect(queued).toMatchObject([{ sourceIp: one }]);
  });

  test('from another time is 401', async () => {
    const { receive, advance } = anIngest();
    advance(301_000);
    expect(await receive(aDelivery())).toMatchObject({ statusCode: 401 });
  });

  test('genuine but unreadable is 400 and counted', async () => {
    const { receive, telemetry } = anIngest();
    expect(await receive(aDelivery({ body: 'not json' }))).toMatchObject({ statusCode: 400 });
    expect(telemetry.counted).toEqual(['WebhookMalformed']);
  });

  test('leaves no secret and no body in log or answer', async () => {
    const { receive, telemetry } = anIngest();
    const answer = await receive(
      aDelivery({ body: '{"card":"4242424242424242"}', headers: { 'Webhook-Signature': 'v1,PLANTED' } }),
    );
    const written = JSON.stringify([telemetry.lines, answer]);
    for (const planted of ['4242', 'PLANTED', secret]) expect(written).not.toContain(planted);
  });
});
