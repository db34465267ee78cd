import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';

import { newDynamoRateLimiter } from '../../lambdas/adapters/dynamodb/dynamo-rate-limiter';
import { aClock } from '../support/a-commit';
import { startDynoxide, type TestDynamo, type TestTables } from '../support/dynoxide';
import { newMemoryRateLimiter } from '../support/memory-rate-limiter';
import { money, rateLimiterContract, windowsWithinBound } from './rate-limiter-contract';

describe('the rate limiter in memory', () => {
  rateLimiterContract(async (clock) => newMemoryRateLimiter(clock));
});

describe('the rate limiter in DynamoDB', () => {
  let dynamo: TestDynamo;
  let tables: TestTables;
  let cells = 0;
  beforeAll(async () => {
    dynamo = await startDynoxide();
    tables = await dynamo.newTables();
  });
  afterAll(() => dynamo.stop());

  const newLimiter = (clock: ReturnType<typeof aClock>, client: DynamoDBClient = dynamo.client) =>
    newDynamoRateLimiter({ client, clock, coordinationTable: tables.coordinationTable });

  /** Every limiter of the contract has cells of its own in the one table. */
  rateLimiterContract(async (clock) => {
    cells += 1;
    const space = `space-${String(cells)}/`;
    const limiter = newLimiter(clock);
    return { take: (key, limit, size) => limiter.take(`${space}${key}`, limit, size) };
  });

  it('costs one update in the steady state, idle or busy, and one write unit', async () => {
    const clock = aClock();
    const limiter = newLimiter(clock);
    const steps = [0, 0, 40, 1_000, 1_000, 10];
    for (const waitMs of steps) {
      clock.advance(waitMs);
      const { calls, writeUnits } = await dynamo.consumed(() => limiter.take('steady', money));
      expect({ calls, writeUnits }).toEqual({ calls: ['UpdateItem'], writeUnits: 1 });
    }
  });

  it('costs two updates when another function has made the cell busy, and one when it has made it full', async () => {
    const clock = aClock();
    const other = newLimiter(clock);
    await other.take('shared', money);
    const busy = await dynamo.attempts(() => newLimiter(clock).take('shared', money));
    expect(busy).toMatchObject({ attempts: 2, value: { admitted: true, remaining: 1 } });
    await other.take('shared', money);
    const full = await dynamo.attempts(() => newLimiter(clock).take('shared', money));
    expect(full).toMatchObject({ attempts: 1, value: { admitted: false, retryAfterMs: 100 } });
  });

  it('refuses from memory, without a call, until the time it named', async () => {
    const clock = aClock();
    const limiter = newLimiter(clock);
    for (let taken = 0; taken < 3; taken += 1) await limiter.take('known', money);
    expect(await dynamo.attempts(() => limiter.take('known', money))).toMatchObject({
      attempts: 0,
      value: { admitted: false, retryAfterMs: 100 },
    });
    clock.advance(100);
    expect(await dynamo.attempts(() => limiter.take('known', money))).toMatchObject({
      attempts: 1,
      value: { admitted: true },
    });
  });

  it('finds the cell idle again after its item has expired', async () => {
    const clock = aClock();
    const limiter = newLimiter(clock);
    await limiter.take('expired', money);
    await dynamo.deleteAll(tables.coordinationTable);
    expect(await dynamo.attempts(() => limiter.take('expired', money))).toMatchObject({
      attempts: 2,
      value: { admitted: true, remaining: 2 },
    });
  });

  it('keeps the bound and wastes nothing when many functions share one cell', async () => {
    const clock = aClock();
    const limiters = Array.from({ length: 5 }, () => newLimiter(clock));
    const admittedAtMs: number[] = [];
    for (let round = 0; round < 12; round += 1) {
      const decisions = await Promise.all(limiters.map((limiter) => limiter.take('crowd', money)));
      decisions.filter(({ admitted }) => admitted).forEach(() => admittedAtMs.push(clock.nowMs()));
      clock.advance(70);
    }
    expect(windowsWithinBound(admittedAtMs, money)).toBe(true);
    // 770 ms after the first round: a burst of three, and one for every 100 ms.
    expect(admittedAtMs).toHaveLength(3 + 7);
  });

  it('throws when the store does not answer', async () => {
    const limiter = newDynamoRateLimiter({
      client: dynamo.client,
      clock: aClock(),
      coordinationTable: 'no-such-table',
    });
    await expect(limiter.take('a', money)).rejects.toThrow();
  });

  it('sets a time to live after the latest time at which the cell can matter', async () => {
    const clock = aClock();
    await newLimiter(clock).take('ttl', money);
    const [item] = (await dynamo.items(tables.coordinationTable)).filter(({ pk }) => pk === 'P#limit#ttl#money');
    expect(item).toEqual({
      pk: 'P#limit#ttl#money',
      sk: 'cell',
      tat: clock.nowMs() + 100,
      expiresAt: Math.ceil((clock.nowMs() + 300) / 1_000) + 60,
    });
  });
});
