import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as fc from 'fast-check';

import { newDynamoConcurrency } from '../../lambdas/adapters/dynamodb/dynamo-concurrency';
import type { ConcurrencyLimiter, Place, PlaceDecision } from '../../lambdas/kernel/concurrency';
import { systemRandomness } from '../../lambdas/kernel/ids';
import { aClock, aTenant } from '../support/a-commit';
import { startDynoxide, type TestDynamo, type TestTables } from '../support/dynoxide';
import { newMemoryConcurrency } from '../support/memory-concurrency';

type Clock = ReturnType<typeof aClock>;

const ttlMs = 30_000;

function placeOf(decision: PlaceDecision): Place {
  if (!decision.admitted) throw new Error('expected a place');
  return decision.place;
}

const admitted = (decisions: readonly PlaceDecision[]): readonly Place[] =>
  decisions.flatMap((decision) => (decision.admitted ? [decision.place] : []));

/** Several workers over the places of one tenant. */
function concurrencyContract(make: (clock: Clock) => Promise<() => ConcurrencyLimiter>): void {
  let clock: Clock;
  let worker: () => ConcurrencyLimiter;
  beforeEach(async () => {
    clock = aClock();
    worker = await make(clock);
  });

  it('admits as many as there are places, and the next when one is given back', async () => {
    const places = [await worker().acquire('read', 2, ttlMs), await worker().acquire('read', 2, ttlMs)].map(placeOf);
    expect(await worker().acquire('read', 2, ttlMs)).toEqual({ admitted: false, retryAfterMs: 1_000 });
    await worker().release(places[0]!);
    expect((await worker().acquire('read', 2, ttlMs)).admitted).toBe(true);
    expect((await worker().acquire('read', 2, ttlMs)).admitted).toBe(false);
  });

  it('keeps pools apart', async () => {
    await worker().acquire('read', 1, ttlMs);
    expect((await worker().acquire('write', 1, ttlMs)).admitted).toBe(true);
  });

  it('gives the place of a function that died to others once its time is over, and not before', async () => {
    for (let taken = 0; taken < 3; taken += 1) await worker().acquire('read', 3, ttlMs);
    clock.advance(ttlMs - 1);
    expect((await worker().acquire('read', 3, ttlMs)).admitted).toBe(false);
    clock.advance(1);
    const again = await Promise.all(Array.from({ length: 5 }, () => worker().acquire('read', 3, ttlMs)));
    expect(admitted(again)).toHaveLength(3);
  });

  it('takes nothing from others when a place is given back late, or twice', async () => {
    const late = placeOf(await worker().acquire('read', 1, ttlMs));
    clock.advance(ttlMs);
    await worker().acquire('read', 1, ttlMs);
    await worker().release(late);
    await worker().release(late);
    expect((await worker().acquire('read', 1, ttlMs)).admitted).toBe(false);
  });

  it('follows a number of places that is lowered while they are held', async () => {
    const held = [1, 2, 3].map(() => worker().acquire('read', 3, ttlMs));
    const places = (await Promise.all(held)).map(placeOf);
    await worker().release(places[0]!);
    expect((await worker().acquire('read', 1, ttlMs)).admitted).toBe(false);
    await worker().release(places[1]!);
    await worker().release(places[2]!);
    expect((await worker().acquire('read', 1, ttlMs)).admitted).toBe(true);
  });

  it('is never held by more than there are places, whoever races, dies or is late', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        fc.array(
          fc.record({
            together: fc.integer({ min: 1, max: 6 }),
            release: fc.integer({ min: 0, max: 4 }),
            waitMs: fc.constantFrom(0, 1_000, ttlMs / 2, ttlMs),
          }),
          { minLength: 1, maxLength: 8 },
        ),
        async (max, rounds) => {
          const ownClock = aClock();
          const ownWorker = await make(ownClock);
          let running: { place: Place; untilMs: number }[] = [];
          for (const { together, release, waitMs } of rounds) {
            ownClock.advance(waitMs);
            running = running.filter(({ untilMs }) => untilMs > ownClock.nowMs());
            // Some end while others begin; who dies without a word stays until its time is over.
            const leaving = running.splice(0, release);
            const [decisions] = await Promise.all([
              Promise.all(Array.from({ length: together }, () => ownWorker().acquire('read', max, ttlMs))),
              ...leaving.map(({ place }) => ownWorker().release(place)),
            ]);
            const untilMs = ownClock.nowMs() + ttlMs;
            const begun = admitted(decisions);
            running.push(...begun.map((place) => ({ place, untilMs })));
            expect(running.length).toBeLessThanOrEqual(max);
            const afterwards = await ownWorker().acquire('read', max, ttlMs);
            expect(afterwards.admitted).toBe(running.length < max);
            if (afterwards.admitted) await ownWorker().release(afterwards.place);
          }
        },
      ),
      { numRuns: 20 },
    );
  });
}

describe('the places of a tenant in memory', () => {
  concurrencyContract(async (clock) => {
    const limiter = newMemoryConcurrency(clock);
    return () => limiter;
  });
});

describe('the places of a tenant in DynamoDB', () => {
  let dynamo: TestDynamo;
  let tables: TestTables;
  beforeAll(async () => {
    dynamo = await startDynoxide();
    tables = await dynamo.newTables();
  });
  afterAll(() => dynamo.stop());

  const newLimiter = (clock: Clock, tenant = aTenant(), client: DynamoDBClient = dynamo.client) =>
    newDynamoConcurrency({
      client,
      clock,
      tenant,
      coordinationTable: tables.coordinationTable,
      randomness: systemRandomness,
    });

  concurrencyContract(async (clock) => {
    const tenant = aTenant();
    return () => newLimiter(clock, tenant);
  });

  it('cost one update to take and one to give back', async () => {
    const limiter = newLimiter(aClock());
    await limiter.release(placeOf(await limiter.acquire('read', 5, ttlMs)));
    const taken = await dynamo.attempts(() => limiter.acquire('read', 5, ttlMs));
    expect(taken.attempts).toBe(1);
    expect((await dynamo.attempts(() => limiter.release(placeOf(taken.value)))).attempts).toBe(1);
  });

  it('are neither lost nor taken twice when an answer is lost', async () => {
    const clock = aClock();
    const tenant = aTenant();
    const warm = newLimiter(clock, tenant);
    await warm.release(placeOf(await warm.acquire('read', 1, ttlMs)));
    const place = placeOf(await newLimiter(clock, tenant, dynamo.losingOneAnswer()).acquire('read', 1, ttlMs));
    expect((await warm.acquire('read', 1, ttlMs)).admitted).toBe(false);
    await newLimiter(clock, tenant, dynamo.losingOneAnswer()).release(place);
    expect((await warm.acquire('read', 1, ttlMs)).admitted).toBe(true);
  });

  it('keep one item for a tenant and pool, which is gone some time after its last holder', async () => {
    const clock = aClock();
    const tenant = aTenant();
    await newLimiter(clock, tenant).acquire('read', 5, ttlMs);
    const items = (await dynamo.items(tables.coordinationTable)).filter(({ pk }) => String(pk).includes(tenant));
    expect(items).toEqual([
      {
        pk: `T#${tenant}#slots#read`,
        sk: 'slots',
        holders: { [Object.keys(items[0]!.holders as object)[0]!]: clock.nowMs() + ttlMs },
        expiresAt: Math.ceil((clock.nowMs() + ttlMs) / 1_000) + 60,
      },
    ]);
  });
});
