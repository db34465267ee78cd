import { randomUUID } from 'node:crypto';

import { newValkeyClient, type ValkeyClient } from '../../lambdas/adapters/valkey/valkey-client';
import { newValkeyRateLimiter } from '../../lambdas/adapters/valkey/valkey-rate-limiter';
import { valkeyAccess } from '../../lib/constructs/valkey-access';
import { systemClock } from '../../lambdas/kernel/clock';
import { aClock } from '../support/a-commit';
import { findValkey, type TestValkey, type ValkeyHere } from '../support/valkey-server';
import { money, rateLimiterContract, windowsWithinBound } from './rate-limiter-contract';

const found = findValkey();

/** Jest reports what was not run as skipped; the name says why. */
const notRun = found === undefined ? ': NOT RUN, set VALKEY_URL or put valkey-server or redis-server on the PATH' : '';
const describeHere = found === undefined ? describe.skip : describe;

if (found === undefined) process.stderr.write(`The contract of the rate limiter in Valkey${notRun}.\n`);

function here(): ValkeyHere {
  if (found === undefined) throw new Error('there is no server here');
  return found;
}

describeHere(`the rate limiter in Valkey${notRun}`, () => {
  let server: TestValkey;
  let client: ValkeyClient;
  beforeAll(async () => {
    server = await here().start();
    client = newValkeyClient(server.address);
  });
  afterAll(async () => {
    client.close();
    await server.stop();
  });

  /** Calls that reach the server. */
  function counted() {
    let calls = 0;
    const evaluate: ValkeyClient['evaluate'] = async (...args) => {
      calls += 1;
      return client.evaluate(...args);
    };
    return { evaluate, calls: () => calls };
  }

  rateLimiterContract(async (clock) => {
    const space = randomUUID();
    const limiter = newValkeyRateLimiter({ client, clock });
    return { take: (key, limit, size) => limiter.take(`${space}/${key}`, limit, size) };
  });

  it('costs one call, idle, busy or full, and none for a refusal that is known', async () => {
    const clock = aClock();
    const key = randomUUID();
    const { evaluate, calls } = counted();
    const limiter = newValkeyRateLimiter({ client: { evaluate }, clock });
    for (let taken = 0; taken < 4; taken += 1) await limiter.take(key, money);
    expect(calls()).toBe(4);
    expect(await limiter.take(key, money)).toEqual({ admitted: false, retryAfterMs: 100, resetMs: 300 });
    expect(calls()).toBe(4);
    clock.advance(100);
    expect((await limiter.take(key, money)).admitted).toBe(true);
    expect(calls()).toBe(5);
  });

  it('keeps the bound and wastes nothing when many functions share one cell', async () => {
    const clock = aClock();
    const key = randomUUID();
    const limiters = Array.from({ length: 5 }, () => newValkeyRateLimiter({ client, clock }));
    const admittedAtMs: number[] = [];
    for (let round = 0; round < 12; round += 1) {
      const decisions = await Promise.all(limiters.map((limiter) => limiter.take(key, money)));
      decisions.filter(({ admitted }) => admitted).forEach(() => admittedAtMs.push(clock.nowMs()));
      clock.advance(70);
    }
    expect(windowsWithinBound(admittedAtMs, money)).toBe(true);
    expect(admittedAtMs).toHaveLength(3 + 7);
  });

  it('goes on over a new connection when the old one was cut', async () => {
    const key = randomUUID();
    const limiter = newValkeyRateLimiter({ client, clock: systemClock });
    expect((await limiter.take(key, money)).admitted).toBe(true);
    await server.cut();
    expect((await limiter.take(key, money)).admitted).toBe(true);
  });
});

(found?.startCluster === undefined ? describe.skip : describe)(`a cluster of Valkey${notRun}`, () => {
  it('is served by the same limiter, as a user who may do nothing else', async () => {
    const server = await here().startCluster!(valkeyAccess);
    const client = newValkeyClient(server.address);
    try {
      const limiter = newValkeyRateLimiter({ client, clock: aClock() });
      const decisions = [];
      for (let taken = 0; taken < 4; taken += 1) decisions.push(await limiter.take('user:1', money));
      expect(decisions.map(({ admitted }) => admitted)).toEqual([true, true, true, false]);
      await expect(client.evaluate("return redis.call('SET', KEYS[1], 'x')", 'other#key', [])).rejects.toThrow();
      await server.cut();
      expect((await limiter.take('user:2', money)).admitted).toBe(true);
    } finally {
      client.close();
      await server.stop();
    }
  });
});
