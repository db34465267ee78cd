import { randomBytes } from 'node:crypto';
import { request } from 'node:http';

import { deriveId } from '../../lambdas/kernel/ids';
import { anApiKey, asServer } from '../support/an-api-key';
import { sharedCloud, type ApiAnswer } from '../support/local-cloud';
import {
  aConnectedTenant,
  aMember,
  aPerson,
  must,
  newKey,
  paymentBody,
  problemOf,
  type ConnectedTenant,
} from '../support/people';

const cloud = sharedCloud();

/** Longer than any test runs: what is spent stays spent. */
const intervalMs = 60_000;

/** What a limit says of itself in the headers. */
const policyOf = ({ headers }: ApiAnswer): string | null => headers.get('ratelimit-policy');

/** Calls until the answer is 429, which it also gives, and how many were served before. */
async function untilRefused(
  call: () => Promise<ApiAnswer>,
  atMost: number,
): Promise<{ refused: ApiAnswer; served: number }> {
  for (let served = 0; served <= atMost; served += 1) {
    const answer = await call();
    if (answer.status === 429) return { refused: answer, served };
  }
  throw new Error(`${String(atMost)} requests and no end`);
}

describe('limits', () => {
  let tenant: ConnectedTenant;
  const payments = (): string => `${tenant.path}/payments`;
  const tighten = async (policy: object): Promise<void> => {
    must(await tenant.owner.api.patch(`${tenant.path}/security-policy`, policy), 200);
  };

  beforeEach(async () => {
    tenant = await aConnectedTenant(cloud, 'Busy Shop');
  });

  it('hold for a person, not for their colleague, and are answered from memory without any call', async () => {
    const colleague = await aMember(cloud, tenant, { role: 'admin' });
    await tighten({ rateLimits: { read: { burst: 4, intervalMs } } });
    const list = () => tenant.owner.api.get(payments());
    // The first one of each warm function is still measured by what the function knew before.
    const { refused } = await untilRefused(list, 20);
    expect(problemOf(refused)).toEqual({ status: 429, type: 'rate-limited' });
    expect(policyOf(refused)).toBe('"read";q=4;w=240');
    expect(refused.headers.get('ratelimit')).toMatch(/^"read";r=0;t=\d+$/);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(1);

    await cloud.idle();
    const again = await list();
    expect(again.status).toBe(429);
    expect(await cloud.callsOf(again)).toEqual([]);
    expect((await colleague.api.get(payments())).status).toBe(200);
  });

  it('hold for an API key, apart from people and from other keys', async () => {
    const [one, other] = [
      await anApiKey(tenant, { scopes: ['payments:read'] }),
      await anApiKey(tenant, { scopes: ['payments:read'] }),
    ];
    await tighten({ rateLimits: { read: { burst: 4, intervalMs } } });
    const { refused } = await untilRefused(() => asServer(cloud, one.secret).get(payments()), 20);
    expect(policyOf(refused)).toBe('"read";q=4;w=240');
    await cloud.idle();
    expect(await cloud.callsOf(await asServer(cloud, one.secret).get(payments()))).toEqual([]);
    expect((await asServer(cloud, other.secret).get(payments())).status).toBe(200);
  });

  it('hold for a tenant, its people and keys together, and tell a stranger nothing', async () => {
    const colleague = await aMember(cloud, tenant, { role: 'admin' });
    const key = await anApiKey(tenant, { scopes: ['payments:read'] });
    const stranger = await aPerson(cloud, 'stranger');
    await tighten({ tenantRateLimits: { read: { burst: 6, intervalMs } } });
    const callers = [tenant.owner.api, colleague.api, asServer(cloud, key.secret)];
    let turn = 0;
    const { refused, served } = await untilRefused(() => callers[(turn += 1) % 3]!.get(payments()), 20);
    // Whoever is served by a function that has not seen the new policy yet is measured by it all the same: it is read before.
    expect(served).toBe(6);
    expect(policyOf(refused)).toBe('"tenant-read";q=6;w=360');
    for (const caller of callers) expect((await caller.get(payments())).status).toBe(429);

    await cloud.idle();
    expect(await cloud.callsOf(await tenant.owner.api.get(payments()))).toEqual([]);
    const absent = deriveId('tenant', [randomBytes(8).toString('hex')]);
    const answers = [await stranger.api.get(payments()), await stranger.api.get(`/v1/tenants/${absent}/payments`)];
    expect(answers.map(({ status }) => status)).toEqual([404, 404]);
    expect(new Set(answers.map(policyOf))).toEqual(new Set(['"read";q=200;w=10']));
  });

  it('hold for an address that nobody signs in from, whatever X-Forwarded-For says', async () => {
    const startedMs = Date.now();
    const statuses: number[] = [];
    let refused: Answer | undefined;
    const call = async (): Promise<void> => {
      while (refused === undefined && statuses.length < 500) {
        const claimed = `203.0.113.${String(statuses.length % 250)}, 10.0.0.1`;
        const answer = await fromAddress('127.0.0.77', { 'x-forwarded-for': claimed, forwarded: `for=${claimed}` });
        statuses.push(answer.status);
        if (answer.status === 429) refused = answer;
      }
    };
    await Promise.all(Array.from({ length: 8 }, call));
    expect(refused?.headers['ratelimit-policy']).toBe('"public";q=100;w=10');
    const admitted = statuses.filter((status) => status !== 429);
    expect(new Set(admitted)).toEqual(new Set([200]));
    expect(admitted.length).toBeLessThanOrEqual(100 + (Date.now() - startedMs) / 100);
    // Another address is not held to it, though it says that it were the first.
    expect((await fromAddress('127.0.0.78', { 'x-forwarded-for': '127.0.0.77' })).status).toBe(200);
  });

  it('refuse money and second factors, serve reads, count and page when their store fails', async () => {
    await cloud.idle();
    const alarm = async (): Promise<string | undefined> =>
      (await cloud.evaluateAlarms())['countinghouse-dev-rate-limit-store-failed'];
    expect(await alarm()).toBe('OK');
    await cloud.addFault({
      id: 'limiter',
      service: 'dynamodb',
      action: 'UpdateItem',
      bodyIncludes: 'P#limit#',
      kind: 'error',
      probability: 1,
    });
    try {
      for (let minute = 0; minute < 2; minute += 1) {
        const refusals = [
          await tenant.owner.api.post(payments(), paymentBody(), newKey()),
          await tenant.owner.api.post('/v1/me/mfa/verify', { code: '000000' }),
          await tenant.owner.api.post('/v1/invitations/accept', { token: 'made-up' }),
        ];
        for (const refusal of refusals) {
          expect(problemOf(refusal)).toEqual({ status: 503, type: 'unavailable' });
          expect(refusal.headers.get('retry-after')).toBe('5');
        }
        expect((await tenant.owner.api.get(payments())).status).toBe(200);
        if (minute === 0) await cloud.advanceClock(60_000);
      }
      expect(await alarm()).toBe('ALARM');
      expect((await cloud.notifications()).at(-1)?.subject).toContain('rate-limit-store-failed');
      const counted = await cloud.logs({ contains: 'RateLimitStoreFailed' });
      expect(counted.length).toBeGreaterThanOrEqual(8);
    } finally {
      await cloud.clearFaults();
      await cloud.advanceClock(180_000);
      await cloud.evaluateAlarms();
    }
  }, 120_000);

  it('let as many expensive requests of a tenant run at once as its policy says, and the next when one is done', async () => {
    await tighten({ expensiveConcurrency: 1 });
    const read = () => tenant.owner.api.get(`${tenant.path}/audit-events`);
    must(await read(), 200);
    await cloud.idle();
    await cloud.addFault({
      id: 'slow-list',
      service: 'dynamodb',
      action: 'Query',
      kind: 'delay',
      delayMs: 1_500,
      times: 50,
    });
    try {
      const answers = await Promise.all([read(), read(), read()]);
      const refused = answers.filter(({ status }) => status === 429);
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(3 - refused.length);
      expect(refused.length).toBeGreaterThanOrEqual(1);
      for (const refusal of refused) {
        expect(problemOf(refusal)).toEqual({ status: 429, type: 'too-many-concurrent' });
        expect(refusal.headers.get('retry-after')).toBe('1');
      }
    } finally {
      await cloud.clearFaults();
    }
    must(await read(), 200);
    expect((await cloud.logs({ contains: 'ConcurrencyRefused' })).length).toBeGreaterThan(0);
  });
});

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
}

/** A request that nobody is signed in for, from one of the addresses of this machine. */
function fromAddress(localAddress: string, headers: Readonly<Record<string, string>>): Promise<Answer> {
  const { hostname, port, pathname } = new URL(cloud.description.apiUrl);
  const path = `${pathname.replace(/\/$/, '')}/v1/openapi.json`;
  return new Promise((resolve, reject) => {
    const outgoing = request({ hostname, port, path, localAddress, agent: false, headers }, (answer) => {
      answer.resume();
      answer.once('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers }));
    });
    outgoing.once('error', reject);
    outgoing.end();
  });
}
