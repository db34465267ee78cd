import type { CountedCall } from '../local/front-door/contract';
import { asString, type JsonObject } from '../local/assembly/json';
import type { LocalCloud } from '../local/local-cloud';
import { newProductClient, type Answer, type Session } from '../local/product-client';
import { newAwsClient } from '../local/runtime/aws-client';
import type { Seed } from '../local/seed';
import { totpCode } from '../local/totp';
import { spreadCalls } from './call-totals';
import { measured, shared, type Measured, type Sample } from './measured';
import type { Prices } from './prices';

const samplesOfEach = 3;

const burstPayments = 20;

/** The functions of the sandbox are another party's: what they call is not the product's to pay. */
const notOurs = /-sandbox-(provider|webhooks)$/;

/** Measures the product's own operations, warm, one after the other, then what follows them behind the stream and the queue. */
export async function measureProduct(cloud: LocalCloud, seeded: Seed, prices: Prices): Promise<readonly Measured[]> {
  const bench = await openBench(cloud, seeded);
  // The first of each is cold: instances start, roles are assumed, secrets and connections are read.
  for (const operation of operations) await operation.run(bench);
  await cloud.idle(30_000);

  const rows: Measured[] = [];
  cloud.frontDoor.faults.add(spreadCalls);
  for (const operation of operations) {
    const samples: Sample[] = [];
    for (let at = 0; at < samplesOfEach; at += 1) {
      const { invocationId } = await operation.run(bench);
      const calls = cloud.frontDoor.calls({ invocation: invocationId });
      samples.push({ calls, requests: { lambdaRequests: 1, apiGatewayRestRequests: 1 } });
    }
    rows.push(measured(prices, operation.name, 'countinghouse', samples));
  }
  await cloud.idle(30_000);
  rows.push(...(await measureFollowUp(bench, prices, 'alone', 1)));
  rows.push(...(await measureFollowUp(bench, prices, `${burstPayments} at once`, burstPayments)));
  cloud.frontDoor.faults.remove(spreadCalls.id);
  return rows;
}

interface Bench {
  readonly cloud: LocalCloud;
  readonly paymentsPath: string;
  /** Calls the API as the Owner, who has verified the second factor; throws on any answer but a success. */
  call(method: string, path: string, body?: JsonObject, key?: string): Promise<Answer>;
  nextKey(): string;
  /** Commits and observations in the journal. */
  journaled(): Promise<number>;
}

interface Operation {
  readonly name: string;
  /** Does what it needs beforehand, then the operation; answers the operation's answer. */
  run(bench: Bench): Promise<Answer>;
}

const amount = { amount: 10_990, currency: 'USD' };

const create = (bench: Bench, capture: 'automatic' | 'manual', key = bench.nextKey()): Promise<Answer> =>
  bench.call('POST', bench.paymentsPath, { amount, paymentMethod: { token: 'tok_success' }, capture }, key);

const of = (bench: Bench, payment: Answer, what = ''): string =>
  `${bench.paymentsPath}/${asString(payment.body['id'], 'id')}${what}`;

const operations: readonly Operation[] = [
  { name: 'create payment', run: (bench) => create(bench, 'automatic') },
  {
    name: 'create payment, replayed',
    async run(bench) {
      const key = bench.nextKey();
      await create(bench, 'automatic', key);
      return create(bench, 'automatic', key);
    },
  },
  {
    name: 'capture payment',
    run: async (bench) => bench.call('POST', of(bench, await create(bench, 'manual'), '/capture'), {}, bench.nextKey()),
  },
  {
    name: 'cancel payment',
    run: async (bench) => bench.call('POST', of(bench, await create(bench, 'manual'), '/cancel'), {}, bench.nextKey()),
  },
  {
    name: 'refund payment',
    run: async (bench) =>
      bench.call('POST', of(bench, await create(bench, 'automatic'), '/refunds'), {}, bench.nextKey()),
  },
  { name: 'read payment', run: async (bench) => bench.call('GET', of(bench, await create(bench, 'automatic'))) },
  {
    name: 'read timeline',
    run: async (bench) => bench.call('GET', of(bench, await create(bench, 'automatic'), '/timeline')),
  },
  { name: 'list payments', run: (bench) => bench.call('GET', `${bench.paymentsPath}?limit=25`) },
  {
    name: 'list webhook events',
    run: (bench) => bench.call('GET', bench.paymentsPath.replace(/payments$/, 'webhook-events')),
  },
  {
    name: 'list audit events',
    run: (bench) => bench.call('GET', bench.paymentsPath.replace(/payments$/, 'audit-events')),
  },
  { name: 'read own profile', run: (bench) => bench.call('GET', '/v1/me') },
];

async function openBench(cloud: LocalCloud, { users, tenantId }: Seed): Promise<Bench> {
  const client = newProductClient(cloud);
  const owner = users.find(({ role }) => role === 'owner');
  if (owner?.totpSecret === null || owner === undefined) throw new Error('no Owner with a second factor was seeded');
  const session: Session = await client.signIn(owner);
  const admin = newAwsClient(cloud.awsEndpoint, cloud.assembly.place.region, cloud.adminCredentials);
  const [journal] = cloud.assembly
    .ofType('AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable')
    .filter(({ ref }) => ref.endsWith('-journal'));
  if (journal === undefined) throw new Error('the assembly has no journal');
  let keys = 0;
  const bench: Bench = {
    cloud,
    paymentsPath: `/v1/tenants/${tenantId}/payments`,
    async call(method, path, body, key) {
      const answer = await client.call(session, method, path, {
        ...(body === undefined ? {} : { body }),
        ...(key === undefined ? {} : { headers: { 'idempotency-key': key } }),
      });
      if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
      return answer;
    },
    nextKey: () => `bench-${(keys += 1)}`,
    async journaled() {
      let count = 0;
      let after: JsonObject = {};
      do {
        const page = await admin.json('dynamodb', 'Scan', { TableName: journal.ref, Select: 'COUNT', ...after });
        count += Number(page['Count']);
        after = page['LastEvaluatedKey'] === undefined ? {} : { ExclusiveStartKey: page['LastEvaluatedKey'] };
      } while ('ExclusiveStartKey' in after);
      return count;
    },
  };
  await bench.call('POST', '/v1/me/mfa/verify', { code: totpCode(owner.totpSecret) });
  return bench;
}

/** What payments cause after their answers: webhooks taken and processed, views projected, commits shipped. */
async function measureFollowUp(bench: Bench, prices: Prices, how: string, payments: number): Promise<Measured[]> {
  const { cloud } = bench;
  const before = { sequence: cloud.frontDoor.lastSequence(), journaled: await bench.journaled() };
  await Promise.all(Array.from({ length: payments }, () => create(bench, 'automatic')));
  await cloud.idle(60_000);
  const commits = (await bench.journaled()) - before.journaled;
  const calls = cloud.frontDoor
    .calls({ since: before.sequence })
    .filter((call) => call.functionName !== undefined && !notOurs.test(call.functionName));

  const ofFunction = (name: string): readonly CountedCall[] =>
    calls.filter((call) => call.functionName?.endsWith(`-${name}`) === true && call.invocationId !== undefined);
  const invocations = (name: string): number => new Set(ofFunction(name).map((call) => call.invocationId)).size;
  const row = (operation: string, name: string, repetitions: number, sqsRequests = 0): Measured =>
    shared(
      prices,
      `${operation}, ${how}`,
      { calls: ofFunction(name), requests: { lambdaRequests: invocations(name), sqsRequests } },
      repetitions,
    );
  const polls = invocations('webhook-processor');
  // The poller receives a batch and deletes it.
  const polled = 2 * polls;
  const functions = ['payments', 'webhook-ingest', 'webhook-processor', 'projector', 'audit-sequencer'];
  return [
    row('webhook delivery', 'webhook-ingest', payments),
    row('webhook processing', 'webhook-processor', payments, polled),
    row('projection per commit', 'projector', commits),
    row('audit shipping per commit', 'audit-sequencer', commits),
    shared(
      prices,
      `all that a payment causes, ${how}`,
      {
        calls: functions.flatMap(ofFunction),
        requests: {
          lambdaRequests: functions.reduce((sum, name) => sum + invocations(name), 0),
          apiGatewayRestRequests: payments,
          sqsRequests: polled,
        },
      },
      payments,
    ),
  ];
}
