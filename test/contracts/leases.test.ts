import { newDynamoLeases } from '../../lambdas/adapters/dynamodb/dynamo-leases';
import { systemRandomness } from '../../lambdas/kernel/ids';
import type { Lease, Leases } from '../../lambdas/kernel/lease';
import { aClock } from '../support/a-commit';
import { startDynoxide, type TestDynamo, type TestTables } from '../support/dynoxide';
import { newMemoryLeases } from '../support/memory-leases';

type Clock = ReturnType<typeof aClock>;

/** Several workers over the same leases. */
function leasesContract(make: (clock: Clock) => Promise<() => Leases>): void {
  let clock: Clock;
  let worker: () => Leases;
  beforeEach(async () => {
    clock = aClock();
    worker = await make(clock);
  });
  const held = (lease: Lease | undefined): Lease => {
    if (lease === undefined) throw new Error('expected to hold the lease');
    return lease;
  };

  it('is held by one of many at once', async () => {
    const tries = await Promise.all(Array.from({ length: 8 }, () => worker().acquire('import', 1_000)));
    expect(tries.filter((lease) => lease !== undefined)).toHaveLength(1);
  });

  it('is refused until it expires, then taken with a greater fence', async () => {
    const first = held(await worker().acquire('import', 1_000));
    clock.advance(999);
    expect(await worker().acquire('import', 1_000)).toBeUndefined();
    clock.advance(1);
    const second = held(await worker().acquire('import', 1_000));
    expect(second.fence).toBeGreaterThan(first.fence);
    expect(second.nonce).not.toBe(first.nonce);
  });

  it('is free at once when it is released, and the fence still rises', async () => {
    const leases = worker();
    const fences: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      const lease = held(await leases.acquire('import', 60_000));
      fences.push(lease.fence);
      await leases.release(lease);
      await leases.release(lease);
    }
    expect(fences).toEqual([1, 2, 3]);
  });

  it('is extended by a heartbeat of its holder', async () => {
    const leases = worker();
    const lease = held(await leases.acquire('import', 1_000));
    clock.advance(900);
    expect(await leases.heartbeat(lease, 1_000)).toEqual({ ...lease, expiresAtMs: clock.nowMs() + 1_000 });
    clock.advance(900);
    expect(await worker().acquire('import', 1_000)).toBeUndefined();
  });

  it('tells a holder that was paused past its time that it lost', async () => {
    const leases = worker();
    const paused = held(await leases.acquire('import', 1_000));
    clock.advance(1_000);
    const next = held(await worker().acquire('import', 1_000));
    expect(await leases.heartbeat(paused, 1_000)).toBeUndefined();
    await leases.release(paused);
    expect(await worker().acquire('import', 1_000)).toBeUndefined();
    expect(await worker().heartbeat(next, 1_000)).toBeDefined();
  });

  it('gives no heartbeat to a lease that was released', async () => {
    const leases = worker();
    const lease = held(await leases.acquire('import', 1_000));
    await leases.release(lease);
    expect(await leases.heartbeat(lease, 1_000)).toBeUndefined();
  });

  it('keeps leases of different names apart', async () => {
    expect(await worker().acquire('import', 1_000)).toBeDefined();
    expect(await worker().acquire('export', 1_000)).toBeDefined();
  });
}

describe('leases in memory', () => {
  leasesContract(async (clock) => {
    const leases = newMemoryLeases(clock);
    return () => leases;
  });
});

describe('leases in DynamoDB', () => {
  let dynamo: TestDynamo;
  beforeAll(async () => {
    dynamo = await startDynoxide();
  });
  afterAll(() => dynamo.stop());
  const leasesIn = ({ coordinationTable }: TestTables, clock: Clock, client = dynamo.client): Leases =>
    newDynamoLeases({ client, coordinationTable, owner: 'platform', clock, randomness: systemRandomness });

  leasesContract(async (clock) => {
    const tables = await dynamo.newTables();
    return () => leasesIn(tables, clock);
  });

  it('recognises its own nonce when the answer was lost', async () => {
    const tables = await dynamo.newTables();
    const clock = aClock();
    const lease = await leasesIn(tables, clock, dynamo.losingOneAnswer()).acquire('import', 1_000);
    expect(lease).toMatchObject({ name: 'import', fence: 1 });
    expect(await leasesIn(tables, clock).acquire('import', 1_000)).toBeUndefined();
  });

  it('takes one write unit, and its item never expires', async () => {
    const tables = await dynamo.newTables();
    const leases = leasesIn(tables, aClock());
    const { value, calls, writeUnits } = await dynamo.consumed(() => leases.acquire('import', 1_000));
    expect({ calls, writeUnits }).toEqual({ calls: ['UpdateItem'], writeUnits: 1 });
    if (value !== undefined) await leases.release(value);
    expect(await dynamo.items(tables.coordinationTable)).toEqual([{ pk: 'P#lease#import', sk: 'lease', fence: 1 }]);
  });
});
