import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';

import { fromItem } from '../../lambdas/adapters/dynamodb/attribute-values';
import { newDynamoAuditHeads } from '../../lambdas/adapters/dynamodb/dynamo-audit-heads';
import { newDynamoJournal } from '../../lambdas/adapters/dynamodb/dynamo-journal';
import { newDynamoLeases } from '../../lambdas/adapters/dynamodb/dynamo-leases';
import { newDynamoRateLimiter } from '../../lambdas/adapters/dynamodb/dynamo-rate-limiter';
import { newDynamoViewWriter, newDynamoViews } from '../../lambdas/adapters/dynamodb/dynamo-views';
import { newDynamoJournalScan } from '../../lambdas/adapters/dynamodb/journal-scan';
import type { Guard, NewCommit, ViewWrite } from '../../lambdas/kernel/journal';
import type { Lease } from '../../lambdas/kernel/lease';
import { newChoices } from '../../simulation/choices';
import { AwsClients } from '../../simulation/cloud/aws-clients';
import { newCloud } from '../../simulation/cloud/cloud';
import type { Actor } from '../../simulation/scheduler';
import type { TestDynamo, TestTables } from '../support/dynoxide';
import { startDynoxide } from '../support/dynoxide';

const owner = { tenant: 'ten_1' };

describe('the tables of the simulation', () => {
  let dynamo: TestDynamo;

  beforeAll(async () => {
    dynamo = await startDynoxide();
  });

  afterAll(async () => {
    await dynamo.stop();
  });

  test.each([1, 2])('answer every adapter as the engine of the local cloud does (seed %d)', async (seed) => {
    const tables = await dynamo.newTables();
    const choices = newChoices(seed);
    const cloud = newCloud({ nowMs: () => 0, choices, onChange: () => undefined, onSent: () => undefined });
    const clients = new AwsClients();
    const actor: Actor = {
      name: 'test',
      alive: true,
      call: async (call) => call.perform(),
      sleep: async () => undefined,
    };
    clients.occupy({ actor, cloud, choices });

    const engine = await storyOf(dynamo.client, tables, seed);
    const simulated = await storyOf(clients.dynamodb, tables, seed);

    expect(simulated).toEqual(engine);
    for (const table of Object.values(tables)) {
      const own = cloud.tables.all(table).map(fromItem);
      expect(inOrder(own)).toEqual(inOrder(await dynamo.items(table)));
    }
    // Both ways of every condition were met, or the comparison would say little.
    const text = JSON.stringify(engine);
    const met = ['version-taken', 'guard-lost', '"admitted":false', '"moved":false'].filter((each) =>
      text.includes(each),
    );
    expect(met).toHaveLength(4);
  });
});

/** The same random calls of the adapters, and what each of them came to. */
async function storyOf(client: DynamoDBClient, tables: TestTables, seed: number): Promise<readonly unknown[]> {
  const choices = newChoices(seed);
  const sleep = async (): Promise<void> => undefined;
  let nowMs = Date.parse('2026-01-31T12:00:00.000Z');
  const clock = { now: () => new Date(nowMs) };
  const randomness = choices.randomness('story');
  const journal = newDynamoJournal({ client, ...tables });
  const views = newDynamoViews({ client, ...tables, sleep });
  const writer = newDynamoViewWriter({ client, ...tables });
  const leases = newDynamoLeases({ client, ...tables, owner, clock, randomness });
  const heads = newDynamoAuditHeads({ client, ...tables, clock, sleep });
  const limiter = newDynamoRateLimiter({ client, ...tables, clock });
  const scan = newDynamoJournalScan({ client, ...tables });
  const held: Lease[] = [];
  const answers: unknown[] = [];

  for (let step = 0; step < 120; step += 1) {
    const draw = (most: number, ...about: string[]): number => choices.integer(0, most, 'draw', step, ...about);
    const stream = { owner, kind: 'payment', id: `pay_${String(draw(1, 'stream'))}` };
    nowMs += draw(4_000, 'time');
    const commit: NewCommit = {
      stream,
      version: 1 + draw(4, 'version'),
      commitId: `01ARZ3NDEKTSV4RRFFQ69G5${String(step).padStart(3, '0')}`,
      at: clock.now().toISOString(),
      actor: { user: 'user-1', level: 'owner' },
      request: { id: 'request-1', route: 'test' },
      command: { name: 'test', key: 'key' },
      events: [{ type: 'Happened', data: { step, list: [true, null, 1.5], nested: { text: 'ü' } } }],
      changes: [],
    };
    const view: ViewWrite =
      draw(1, 'view') === 0
        ? { type: 'record', entity: stream, version: draw(5, 'v'), data: { step }, listed: { at: commit.at } }
        : {
            type: 'slot',
            entity: { ...stream, kind: 'gate' },
            slot: `connection#${String(draw(1, 's'))}`,
            version: draw(5, 'v'),
            data: { step },
          };
    const lease = held[draw(Math.max(0, held.length - 1), 'held')];
    const guards: Guard[] = lease === undefined ? [] : [{ lease: 'job', fence: lease.fence }];
    const work: readonly (() => Promise<unknown>)[] = [
      () => journal.append([commit]),
      () => journal.append([commit], { views: [view] }),
      () =>
        journal.append(
          [commit, { ...commit, stream: { ...stream, id: 'pay_9' }, commitId: commit.commitId.replace('01', '02') }],
          { guards },
        ),
      () => journal.read(stream, 1 + draw(2, 'from')),
      () => writer.write([view]),
      () => views.record(stream),
      () => views.slots({ ...stream, kind: 'gate' }),
      () => views.list(owner, 'payment', { limit: 1 + draw(2, 'limit') }),
      () => views.access('ten_1', stream, stream),
      async () => {
        const taken = await leases.acquire('job', 3_000);
        if (taken !== undefined) held.push(taken);
        return taken;
      },
      async () => (lease === undefined ? undefined : leases.heartbeat(lease, 3_000)),
      async () => (lease === undefined ? undefined : leases.release(lease)),
      async () => {
        const { head, shipped } = await heads.read(owner, [stream], []);
        const from = draw(3, 'stale') === 0 ? { ...head, nextIndex: head.nextIndex + 1 } : head;
        const to = { nextIndex: head.nextIndex + 1, previousHash: 'f'.repeat(64) };
        return { shipped: [...shipped], moved: await heads.advance(owner, from, to, [{ stream, version: step }], []) };
      },
      () => limiter.take('somebody', { name: 'class', burst: 2, intervalMs: 60_000 }),
      async () => {
        const page = await scan.page();
        return { ...page, commits: inOrder(page.commits) };
      },
    ];
    answers.push(await work[draw(work.length - 1, 'work')]?.());
  }
  return answers;
}

function inOrder(items: readonly unknown[]): readonly string[] {
  return items.map((item) => canonical(item)).sort();
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
