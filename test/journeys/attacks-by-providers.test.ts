import { createHmac, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { sharedCloud, type Parsed } from '../support/local-cloud';
import { aConnectedTenant, aConnection, aPayment, must, type ConnectedTenant } from '../support/people';
import { plant } from '../support/planted';
import { raw } from '../support/raw-request';
import { aSettlementEvent, anAuthorizationEvent, deliver, webhookSecret, webhookUrl } from '../support/sandbox';

const cloud = sharedCloud();

describe('attacks', () => {
  let victim: ConnectedTenant;
  let attacker: ConnectedTenant;
  let payment: Parsed;

  beforeAll(async () => {
    victim = await aConnectedTenant(cloud, 'Victim');
    attacker = await aConnectedTenant(cloud, 'Attacker');
    payment = await aPayment(victim, { amount: 500, capture: 'manual' });
  });

  describe('by a webhook', () => {
    /** The signature of Standard Webhooks, by hand: also of what no library would sign. */
    function signatureOf(body: string | Buffer, given: { secret?: string; id?: string; timestamp?: string } = {}) {
      const { secret = webhookSecret(victim), id = `msg_${randomBytes(6).toString('hex')}` } = given;
      const { timestamp = String(Math.floor(Date.now() / 1000)) } = given;
      const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
      const code = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64');
      return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${code}` };
    }

    const send = async (body: string | Buffer, headers: Record<string, string>, path = '') => {
      const url = new URL(webhookUrl(cloud, victim));
      const content = { 'content-type': 'application/json' };
      return (await raw('POST', url.origin, path === '' ? url.pathname : path, { ...content, ...headers }, body))
        .status;
    };

    it('that the provider did not sign just now is refused, whatever it says', async () => {
      const body = JSON.stringify({ events: [anAuthorizationEvent(payment)] });
      const good = signatureOf(body);
      const nowSeconds = Math.floor(Date.now() / 1000);
      expect(await send(body, {})).toBe(401);
      expect(await send(body, signatureOf(body, { secret: webhookSecret(attacker) }))).toBe(401);
      expect(await send(`${body} `, good)).toBe(401);
      for (const timestamp of [
        nowSeconds - 310,
        nowSeconds + 310,
        `${String(nowSeconds)}.0`,
        '1e9',
        `${String(nowSeconds)}ab`,
      ]) {
        expect(await send(body, signatureOf(body, { timestamp: String(timestamp) }))).toBe(401);
      }
      expect(await send(body, signatureOf(body, { id: 'a.b' }))).toBe(401);
      for (const path of [
        `/${victim.tenantId}/${attacker.connectionId}`,
        `/${attacker.tenantId}/${victim.connectionId}`,
        `/${victim.tenantId}%2f${victim.connectionId}`,
        `//${victim.tenantId}/${victim.connectionId}`,
        '/__proto__/constructor',
      ]) {
        expect({ path, status: await send(body, good, path) }).toEqual({ path, status: 404 });
      }
      const huge = JSON.stringify({ events: [], padding: 'x'.repeat(256 * 1024) });
      expect(await send(huge, signatureOf(huge))).toBe(413);
      const deep = '['.repeat(100_000) + ']'.repeat(100_000);
      expect(await send(deep, signatureOf(deep))).toBe(400);
    });

    it('speaks of payments of its own connection alone, and of amounts that were asked for', async () => {
      const other = { ...victim, ...(await aConnection(victim)) };
      const read = async () => must(await victim.owner.api.get(`${victim.path}/payments/${String(payment.id)}`), 200);
      const before = await read();
      const wrong = anAuthorizationEvent(payment);
      const claim = (answer: object) => ({
        ...anAuthorizationEvent(payment),
        operation: { ...wrong.operation, ...answer },
      });
      // Of another tenant, of another connection, about another operation: nothing changes.
      await deliver(cloud, attacker, anAuthorizationEvent(payment));
      await deliver(cloud, attacker, aSettlementEvent(payment));
      await deliver(cloud, other, aSettlementEvent(payment));
      await deliver(cloud, victim, claim({ id: 'op_0000000000000000000z' }) as never);
      await deliver(cloud, victim, claim({ kind: 'refund' }) as never);
      await cloud.idle();
      expect(await read()).toEqual(before);

      const answer = { status: 'succeeded', reference: 'auth_claimed', amount: 999_999, currency: 'USD' };
      await deliver(cloud, victim, claim({ answer }) as never);
      await deliver(cloud, victim, claim({ answer: { ...answer, amount: 500, currency: 'XXX' } }) as never);
      await deliver(cloud, victim, {
        ...aSettlementEvent(payment),
        settlement: { id: 'po_1', amount: 5, currency: 'EUR' },
      });
      await cloud.idle();
      const after = await read();
      const amounts = ({ authorizedAmount, capturedAmount, settledAmount }: Parsed) => [
        authorizedAmount,
        capturedAmount,
        settledAmount,
      ];
      expect(amounts(after)).toEqual(amounts(before));
      expect(after.needsAttention).toBe(true);
      const queues = await cloud.queues();
      expect(queues['countinghouse-dev-webhooks']).toMatchObject({ visible: 0, inFlight: 0, delayed: 0 });
    });
  });

  describe("by the sandbox's open accounts", () => {
    it('nothing is called but our own webhook address, and no books but its own are read', async () => {
      const hits: string[] = [];
      const inside = createServer((request, answer) => {
        hits.push(request.url ?? '');
        answer.end('{}');
      });
      await new Promise<void>((resolve) => inside.listen(0, '127.0.0.1', resolve));
      const { port } = inside.address() as AddressInfo;
      try {
        const base = Object.entries(cloud.description.functionUrls ?? {}).find(([name]) =>
          /sandbox-provider/.test(name),
        )?.[1];
        const apiKey = plant('API key', `sk_sandbox_${randomBytes(16).toString('hex')}`);
        const call = (method: string, path: string, body?: object, key: string = apiKey) =>
          cloud.api().request(method, `${String(base).replace(/\/$/, '')}${path}`, body, {
            authorization: `Bearer ${key}`,
            'idempotency-key': `op_${randomBytes(6).toString('hex')}`,
          });
        const secret = plant('webhook secret', `whsec_${randomBytes(32).toString('base64')}`);
        const own = new URL(webhookUrl(cloud, victim)).host;
        for (const url of [
          `http://127.0.0.1:${String(port)}/`,
          `http://${own}@127.0.0.1:${String(port)}/`,
          `http://[::ffff:127.0.0.1]:${String(port)}/`,
        ]) {
          must(await call('PUT', '/v1/webhook-endpoint', { url, secret }), 200);
        }
        expect((await call('PUT', '/v1/webhook-endpoint', { url: 'file:///etc/passwd', secret })).status).toBe(400);
        const money = { amount: 5, currency: 'USD' };
        const pageBaseUrl = `http://127.0.0.1:${String(port)}`;
        const order = { paymentId: payment.id, ...money, token: 'tok_success', capture: 'automatic', pageBaseUrl };
        must(await call('POST', '/v1/authorizations', order), 200);
        await cloud.idle();
        expect(hits).toEqual([]);

        // Longer than any key of a table may be.
        must(await call('GET', `/v1/effects?payment=${'x'.repeat(3_000)}`), 200);
        const operation = `/v1/operations/${String(payment.operations[0].id)}`;
        for (const key of [apiKey, attacker.apiKey])
          expect((await call('GET', operation, undefined, key)).status).toBe(404);
        must(await call('GET', operation, undefined, victim.apiKey), 200);
      } finally {
        inside.close();
      }
    });
  });
});
