import type { CountedCall } from '../../local/front-door/contract';
import { anApiKey, asServer } from '../support/an-api-key';
import { sharedCloud, type ApiAnswer } from '../support/local-cloud';
import { aConnectedTenant, aPayment, must, newKey, paymentBody, type ConnectedTenant } from '../support/people';
import { anAuthorizationEvent, deliver, effectsOf } from '../support/sandbox';

/** What a request cost in AWS, and each of its calls, so that a failure shows which one is too many. */
interface Cost {
  readonly rounds: number;
  readonly calls: number;
  readonly readUnits: number;
  readonly writeUnits: number;
  readonly table: readonly string[];
}

const cloud = sharedCloud();

/** As long as they are: it is part of what a commit must hold within one write unit. */
const browser =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36';

/** The most calls of which each began only after the one before had ended. */
function roundsOf(calls: readonly CountedCall[]): number {
  let rounds = 0;
  let endedMs = -Infinity;
  for (const call of [...calls].sort((a, b) => a.endedMs - b.endedMs)) {
    if (call.startedMs < endedMs) continue;
    rounds += 1;
    endedMs = call.endedMs;
  }
  return rounds;
}

/** Once in half a minute a request also fetches the platform's policy, beside its admission. Counted apart. */
const policyReadsMs: number[] = [];

const isPolicyRead = ({ action, resource }: CountedCall): boolean => action === 'GetItem' && resource.includes('views');

async function costOf(answer: ApiAnswer): Promise<Cost> {
  const all = [...(await cloud.callsOf(answer))].sort((a, b) => a.startedMs - b.startedMs);
  policyReadsMs.push(...all.filter(isPolicyRead).map(({ startedMs }) => startedMs));
  const calls = all.filter((call) => !isPolicyRead(call));
  // It is never a round of its own.
  expect(roundsOf(all)).toBe(roundsOf(calls));
  const [first] = calls;
  const since = (ms: number): string => `${(ms - (first?.startedMs ?? ms)).toFixed(1)} ms`;
  const sum = (units: (call: CountedCall) => number): number => calls.reduce((total, call) => total + units(call), 0);
  return {
    rounds: roundsOf(calls),
    calls: calls.length,
    readUnits: sum(({ readUnits }) => readUnits),
    writeUnits: sum(({ writeUnits }) => writeUnits),
    table: calls.map(
      (call) =>
        `${call.service} ${call.action} ${call.resource} from ${since(call.startedMs)} to ${since(call.endedMs)}: ` +
        `${String(call.readUnits)} RU, ${String(call.writeUnits)} WU, ${String(call.requestBytes)} bytes`,
    ),
  };
}

function actionsOf({ table }: Cost): readonly string[] {
  return table.map((line) => line.split(' ').slice(0, 2).join(' ')).sort();
}

/** Fails with the whole table of calls. */
function expectAtMost(cost: Cost, most: Omit<Cost, 'table'>): void {
  const within =
    cost.rounds <= most.rounds &&
    cost.calls <= most.calls &&
    cost.readUnits <= most.readUnits &&
    cost.writeUnits <= most.writeUnits;
  expect(within ? 'within' : { ...cost, most }).toBe('within');
}

/**
 * The limit that all callers of a tenant share is taken in blocks: one more call for many requests, which a test of its own counts.
 * The others count a request that finds a block: when one has to take it, the next is counted.
 */
describe('what requests cost in AWS calls, on warm functions', () => {
  let tenant: ConnectedTenant;
  const create = (headers = newKey(), reference = 'order 4711'): Promise<ApiAnswer> =>
    tenant.owner.api.post(`${tenant.path}/payments`, paymentBody({ reference }), { ...headers, 'user-agent': browser });

  const limiterCallsOf = (cost: Cost): number =>
    actionsOf(cost).filter((action) => action === 'dynamodb UpdateItem').length;
  const steady = async (send: () => Promise<ApiAnswer>): Promise<ApiAnswer> => {
    const answer = await send();
    return limiterCallsOf(await costOf(answer)) < 2 ? answer : send();
  };

  beforeAll(async () => {
    tenant = await aConnectedTenant(cloud, 'Counted Shop');
    // One after the other, and idle between: they are all served by the one instance that stays warm.
    for (let count = 0; count < 3; count += 1) {
      must(await create(), 201);
      await cloud.idle();
    }
    // Calls that are sent side by side also run side by side, however busy the machine is.
    await cloud.addFault({ id: 'slow-dynamodb', service: 'dynamodb', kind: 'delay', delayMs: 80, times: 1000 });
  });

  afterAll(() => cloud.clearFaults());

  it('creates a payment in 3 rounds of 4 calls, 3 write units and 3 read units', async () => {
    const answer = await steady(() => create());
    must(answer, 201);
    const cost = await costOf(answer);
    expectAtMost(cost, { rounds: 3, calls: 4, readUnits: 3, writeUnits: 3 });
    expect(actionsOf(cost)).toEqual([
      'dynamodb BatchGetItem',
      'dynamodb PutItem',
      'dynamodb PutItem',
      'dynamodb UpdateItem',
    ]);
  });

  it('repeats an answer without writing anything but the limiter', async () => {
    const headers = newKey();
    const first = await create(headers);
    const payment = must(first, 201);
    await cloud.idle();

    const again = await steady(() => create(headers));
    expect(must(again, 201)).toEqual(payment);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    const cost = await costOf(again);
    expectAtMost(cost, { rounds: 2, calls: 3, readUnits: 4, writeUnits: 1 });
    expect(actionsOf(cost)).toEqual(['dynamodb BatchGetItem', 'dynamodb Query', 'dynamodb UpdateItem']);
    expect(await effectsOf(cloud, tenant, payment.id)).toHaveLength(1);
  });

  it('refuses a key that was used for another request without writing anything but the limiter', async () => {
    const headers = newKey();
    must(await create(headers), 201);
    await cloud.idle();
    const other = await steady(() => create(headers, 'order 4712'));
    must(other, 422);
    const cost = await costOf(other);
    expectAtMost(cost, { rounds: 1, calls: 2, readUnits: 3, writeUnits: 1 });
  });

  it('reads a payment in 2 rounds, and writes nothing but the limiter', async () => {
    const { id } = await aPayment(tenant);
    const read = await steady(() => tenant.owner.api.get(`${tenant.path}/payments/${String(id)}`));
    must(read, 200);
    expectAtMost(await costOf(read), { rounds: 2, calls: 3, readUnits: 4, writeUnits: 1 });
  });

  it('serves an API key for as much as a person, and notes its use beside the rest, once in minutes', async () => {
    const key = await anApiKey(tenant, { scopes: ['payments:read'] });
    const path = `${tenant.path}/payments?limit=1`;
    const read = () => asServer(cloud, key.secret).get(path);
    // What a function reads once, it has read.
    must(await tenant.owner.api.get(path), 200);
    const first = await read();
    must(first, 200);
    // The limiter's cell is new, which takes two calls in a row, and a block of the tenant's may be due; the note is under way with the endpoint's own.
    const noting = await costOf(first);
    expect({ ...noting, isFew: noting.rounds <= 4 }).toMatchObject({ isFew: true });
    const again = await steady(read);
    must(again, 200);
    const cost = await costOf(again);
    expectAtMost(cost, { rounds: 2, calls: 3, readUnits: 4, writeUnits: 1 });
    expect(actionsOf(cost)).toEqual(['dynamodb BatchGetItem', 'dynamodb Query', 'dynamodb UpdateItem']);
  });

  it('takes one block of the shared limit for many requests', async () => {
    const { id } = await aPayment(tenant);
    let blocks = 0;
    const reads = 30;
    for (let count = 0; count < reads; count += 1) {
      const read = await tenant.owner.api.get(`${tenant.path}/payments/${String(id)}`);
      const limiterCalls = limiterCallsOf(await costOf(read));
      expect(limiterCalls).toBeGreaterThanOrEqual(1);
      blocks += limiterCalls - 1;
    }
    // A block of the limit for reads at rest is 125 requests, and dies within two and a half seconds.
    expect(blocks).toBeLessThanOrEqual(reads / 3);
  });

  it("fetches the platform's policy at most every half minute", () => {
    // The cost of one answer may have been asked for twice.
    const readsMs = [...new Set(policyReadsMs)];
    const gapsMs = readsMs.slice(1).map((ms, index) => ms - (readsMs[index] ?? 0));
    expect(gapsMs.filter((gapMs) => gapMs < 30_000)).toEqual([]);
  });

  it('takes a webhook with one call, once it is warm', async () => {
    const payment = await aPayment(tenant);
    // Two instances may be warm by now; each learns the connection and its secret by its first delivery.
    for (let count = 0; count < 3; count += 1) {
      expect((await deliver(cloud, tenant, anAuthorizationEvent(payment))).status).toBe(200);
      await cloud.idle();
    }
    const delivered = await deliver(cloud, tenant, anAuthorizationEvent(payment));
    expect(delivered.status).toBe(200);
    const cost = await costOf(delivered);
    expect({ ...cost, actions: actionsOf(cost) }).toMatchObject({ calls: 1, actions: ['sqs SendMessageBatch'] });
  });
});
