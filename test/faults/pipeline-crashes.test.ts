import { paginateScan } from '@aws-sdk/client-dynamodb';

import { fromItem } from '../../lambdas/adapters/dynamodb/attribute-values';
import { newDynamoJournalReader } from '../../lambdas/adapters/dynamodb/dynamo-journal';
import { newDynamoViews } from '../../lambdas/adapters/dynamodb/dynamo-views';
import { newDynamoJournalScan } from '../../lambdas/adapters/dynamodb/journal-scan';
import { systemSleep as sleep } from '../../lambdas/kernel/clock';
import type { Commit, Observation, Owner } from '../../lambdas/kernel/journal';
import type { JournalScan } from '../../lambdas/kernel/journal-scan';
import type { FaultRule } from '../../local/front-door/contract';
import { seeded } from '../../local/front-door/faults';
import { logDifferences } from '../support/audit-log';
import { compareViews } from '../support/compare-views';
import { sharedCloud } from '../support/local-cloud';
import { journalTable, newOperator, wormBucket } from '../support/operator';
import { aConnectedTenant, aPayment, must, newKey, type ConnectedTenant } from '../support/people';
import { aStreamEvent } from '../support/stream-events';

const viewsTable = 'countinghouse-dev-views';

const consumers = ['audit-sequencer', 'projector'] as const;

type Consumer = (typeof consumers)[number];

/** More calls than any burst of a test causes; a loop that gets here does not end by itself. */
const tooManyCalls = 80;

const cloud = sharedCloud();
const operator = newOperator(cloud);

describe('the pipelines behind the journal, whatever dies', () => {
  let bucket: string;
  let tenant: ConnectedTenant;

  beforeAll(async () => {
    bucket = await wormBucket(operator);
  });

  beforeEach(async () => {
    tenant = await aConnectedTenant(cloud, 'Fragile Shop');
    await cloud.idle();
  });

  afterEach(() => cloud.clearFaults());

  it.each(['kill-before', 'kill-after'] as const)(
    'lose, double and disorder nothing: %s at every call of a burst in turn',
    async (kind) => {
      const calls = { 'audit-sequencer': 0, projector: 0 };
      for (let call = 0, fired: readonly Consumer[] = consumers; fired.length > 0; call += 1) {
        expect(call).toBeLessThan(tooManyCalls);
        for (const consumer of fired) await cloud.addFault({ id: consumer, ...callsOf(consumer), kind, skip: call });
        await burst('small');
        fired = await firedOf(fired);
        for (const consumer of fired) calls[consumer] += 1;
      }
      // Each burst has streams of its own, so what one loses or doubles is still missing or there twice at the end.
      expect(await logDifferences(operator, bucket, owner())).toEqual([]);
      // Reading head and cursors, writing the object and moving the head; folding, writing views, sending notices.
      expect(calls['audit-sequencer']).toBeGreaterThanOrEqual(4);
      expect(calls.projector).toBeGreaterThanOrEqual(4);
      await expectViewsWhole();
    },
    120_000,
  );

  it('survive a second death at every call of the run that mends the first', async () => {
    for (let call = 0, fired = true; fired; call += 1) {
      expect(call).toBeLessThan(tooManyCalls);
      // Dead after the object stands and before the head has moved: the next run must adopt it.
      await cloud.addFault({ id: 'first', ...callsOf('audit-sequencer'), kind: 'kill-after', action: 'PutObject' });
      await cloud.addFault({ id: 'second', ...callsOf('audit-sequencer'), kind: 'kill-before', skip: call });
      await burst('small');
      const faults = await cloud.faults();
      expect(faults.find(({ id }) => id === 'first')).toMatchObject({ fired: 1 });
      fired = faults.some((fault) => fault.id === 'second' && fault.fired === 1);
    }
    expect(await logDifferences(operator, bucket, owner())).toEqual([]);
    const adopted = (await cloud.logs({ function: 'audit-sequencer' })).filter(
      ({ line }) => line.includes('adopted') && line.includes(tenant.tenantId),
    );
    expect(adopted.length).toBeGreaterThan(0);
  }, 120_000);

  it.each([1, 2])('get through a storm of throttles, errors and lost answers (seed %i)', async (seed) => {
    const storm = ['throttle', 'error', 'timeout-before', 'timeout-after', 'kill-after'] as const;
    for (const consumer of consumers) {
      for (const [at, kind] of storm.entries()) {
        const rule = { id: `${consumer} ${kind}`, ...callsOf(consumer), kind, probability: 0.06, seed: seed * 10 + at };
        await cloud.addFault({ ...rule, delayMs: 20, times: 12 });
      }
    }
    await Promise.all([burst(), burst(), burst()]);
    const fired = (await cloud.faults()).reduce((sum, fault) => sum + fault.fired, 0);
    expect(fired).toBeGreaterThan(0);
    expect(await logDifferences(operator, bucket, owner())).toEqual([]);
    await expectViewsWhole();
  });

  it('take deliveries that come twice, reversed, shuffled and all at once for what they are', async () => {
    const payments = Promise.all([1, 2, 3].map(() => aPayment(tenant)));
    await payments;
    // The stream delivers the same records at this moment.
    const records = await ownRecords();
    const random = seeded(7);
    const shuffled = records
      .map((record) => ({ record, place: random() }))
      .sort((a, b) => a.place - b.place)
      .map(({ record }) => record);
    const batches = [records, [...records].reverse(), [...shuffled, ...shuffled], shuffled.slice(0, 2), records];
    const answers = await Promise.all(
      consumers.flatMap((consumer) => batches.map((batch) => cloud.invoke(consumer, aStreamEvent(...batch)))),
    );
    expect(answers.map(({ payload }) => payload)).toEqual(answers.map(() => ({ batchItemFailures: [] })));
    await cloud.idle(60_000);
    expect(await logDifferences(operator, bucket, owner())).toEqual([]);
    await expectViewsWhole();
  });

  it('leave views that a rebuild of everything from the journal does not change', async () => {
    for (const consumer of consumers)
      await cloud.addFault({ id: consumer, ...callsOf(consumer), kind: 'kill-after', skip: 2 });
    await burst();
    const before = await storedViews();
    expect(before.size).toBeGreaterThan(10);
    let cursor: string | undefined;
    do {
      const { payload, functionError } = await cloud.invoke('rebuild-views', cursor === undefined ? {} : { cursor });
      expect(functionError).toBeUndefined();
      expect(payload).toMatchObject({ unreadable: [] });
      ({ cursor } = payload);
    } while (cursor !== undefined);
    const after = await storedViews();
    expect([...after.keys()].sort()).toEqual([...before.keys()].sort());
    for (const [key, item] of before) expect(after.get(key)).toEqual(item);
    await expectViewsWhole('all');
  });

  const owner = () => ({ tenant: tenant.tenantId });

  const callsOf = (consumer: Consumer): Pick<FaultRule, 'functionName'> => ({
    functionName: `countinghouse-dev-${consumer}`,
  });

  /** Commits of several streams at about the same time, with reactions: payments, their webhooks, an invitation. */
  async function burst(size: 'small' | 'large' = 'large'): Promise<void> {
    const invite = { email: `invited.${String(Math.random()).slice(2)}@people.example`, role: 'admin' };
    await Promise.all([
      aPayment(tenant),
      ...(size === 'large' ? [aPayment(tenant, { capture: 'manual' })] : []),
      tenant.owner.api.post(`${tenant.path}/members`, invite, newKey()).then((answer) => must(answer, 201)),
    ]);
    // The sandbox's webhooks are due a second after its answers.
    await cloud.advanceClock(2_000);
    await cloud.idle(60_000);
    const queues = await cloud.queues();
    expect(queues['countinghouse-dev-audit-sequencer-failures']).toMatchObject({ visible: 0 });
    expect(queues['countinghouse-dev-projector-failures']).toMatchObject({ visible: 0 });
  }

  async function firedOf(armed: readonly Consumer[]): Promise<readonly Consumer[]> {
    const faults = await cloud.faults();
    return armed.filter((consumer) => faults.some(({ id, fired }) => id === consumer && fired === 1));
  }

  /** This tenant's part of the journal. */
  async function ownRecords(): Promise<readonly (Commit | Observation)[]> {
    const records = (await operator.journal()).map((each) => (each.type === 'commit' ? each.commit : each.observation));
    return records.filter((record) => isOwn('stream' in record ? record.stream.owner : record.owner));
  }

  const isOwn = (of: Owner): boolean => of !== 'platform' && of.tenant === tenant.tenantId;

  /** This tenant's views, or all of them, are what the journal says: record by record and list by list. */
  async function expectViewsWhole(whose: 'own' | 'all' = 'own'): Promise<void> {
    const client = operator.dynamodb;
    const scan = newDynamoJournalScan({ client, journalTable });
    const differences = await compareViews({
      scan: whose === 'all' ? scan : ofOwnStreams(scan),
      journal: newDynamoJournalReader({ client, journalTable }),
      views: newDynamoViews({ client, viewsTable, journalTable, sleep }),
    });
    // The list of tenants holds others' as well.
    const counted = differences.filter((line) => whose === 'all' || !line.startsWith('list platform/tenant/'));
    expect(counted).toEqual([]);
  }

  function ofOwnStreams(scan: JournalScan): JournalScan {
    return {
      async page(after) {
        const page = await scan.page(after);
        return {
          ...page,
          commits: page.commits.filter(({ stream }) => isOwn(stream.owner)),
          observations: page.observations.filter((observation) => isOwn(observation.owner)),
        };
      },
    };
  }

  /** Every item of the views table, as it is stored, by its key. */
  async function storedViews(): Promise<ReadonlyMap<string, Readonly<Record<string, unknown>>>> {
    const items = new Map<string, Readonly<Record<string, unknown>>>();
    for await (const page of paginateScan({ client: operator.dynamodb }, { TableName: viewsTable })) {
      for (const item of (page.Items ?? []).map(fromItem)) items.set(`${String(item.pk)} ${String(item.sk)}`, item);
    }
    return items;
  }
});
