import { newDynamoJournal } from '../../lambdas/adapters/dynamodb/dynamo-journal';
import { newDynamoJournalScan } from '../../lambdas/adapters/dynamodb/journal-scan';
import { newDynamoViews } from '../../lambdas/adapters/dynamodb/dynamo-views';
import { gateOf, memberOf } from '../../lambdas/kernel/views';
import type { ViewWrite } from '../../lambdas/kernel/journal';
import { aCommit, anObservation, aStream, aTenant } from '../support/a-commit';
import { startDynoxide, type TestDynamo, type TestTables } from '../support/dynoxide';

describe('the journal in DynamoDB', () => {
  let dynamo: TestDynamo;
  let tables: TestTables;
  beforeAll(async () => {
    dynamo = await startDynoxide();
    tables = await dynamo.newTables();
  });
  afterAll(() => dynamo.stop());
  const journalOf = (client = dynamo.client) => newDynamoJournal({ client, ...tables });
  const slotOf = (tenant: string): ViewWrite => ({
    type: 'slot',
    entity: gateOf(tenant),
    slot: 'tenant',
    version: 1,
    data: { status: 'active' },
  });

  it('answers ok when the answer to its put was lost and the retry finds its own commit', async () => {
    const stream = aStream();
    const { value, attempts } = await dynamo.attempts(() =>
      journalOf(dynamo.losingOneAnswer()).append([aCommit(stream, 1)]),
    );
    expect(value).toEqual({ ok: true });
    expect(attempts).toBe(0);
    expect(await journalOf().read(stream)).toHaveLength(1);
  });

  it('answers version-taken when the answer was lost and the version is another writer’s', async () => {
    const stream = aStream();
    await journalOf().append([aCommit(stream, 1)]);
    const late = await journalOf(dynamo.losingOneAnswer()).append([aCommit(stream, 1)]);
    expect(late).toEqual({ ok: false, error: { reason: 'version-taken' } });
  });

  it('answers ok when the answer to its transaction was lost', async () => {
    const stream = aStream();
    const views = [slotOf(aTenant())];
    expect(await journalOf(dynamo.losingOneAnswer()).append([aCommit(stream, 1)], { views })).toEqual({ ok: true });
    expect(await journalOf().read(stream)).toHaveLength(1);
  });

  it('keeps an observation once when the answer was lost', async () => {
    const observation = anObservation();
    await journalOf(dynamo.losingOneAnswer()).observe(observation);
    const scan = newDynamoJournalScan({ client: dynamo.client, journalTable: tables.journalTable });
    const { observations } = await scan.page();
    expect(observations.filter(({ commitId }) => commitId === observation.commitId)).toEqual([observation]);
  });

  it('throws what is no refusal: the caller cannot know whether it was written', async () => {
    const journal = newDynamoJournal({ client: dynamo.client, ...tables, journalTable: 'no-such-table' });
    await expect(journal.append([aCommit(aStream(), 1)])).rejects.toThrow();
    await expect(journal.append([aCommit(aStream(), 1)], { views: [slotOf(aTenant())] })).rejects.toThrow();
    await expect(journal.observe(anObservation())).rejects.toThrow();
  });

  it('reads a stream that is longer than one page of DynamoDB', async () => {
    const stream = aStream();
    const journal = journalOf();
    const text = 'x'.repeat(30_000);
    for (let version = 1; version <= 40; version += 1) {
      await journal.append([aCommit(stream, version, { events: [{ type: 'Long', data: { text } }] })]);
    }
    const { value, calls } = await dynamo.consumed(() => journal.read(stream));
    expect(value.map(({ version }) => version)).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
    expect(calls.length).toBeGreaterThan(1);
  });

  it('refuses a change that is beyond one transaction before it is sent', async () => {
    const owner = { tenant: aTenant() };
    const commits = Array.from({ length: 101 }, () => aCommit(aStream({ owner }), 1));
    await expect(journalOf().append(commits)).rejects.toThrow('beyond one transaction');
    await expect(journalOf().append([])).rejects.toThrow('at least one commit');
  });

  it('is scanned page by page from any position, and refuses a position that is none', async () => {
    const fresh = await dynamo.newTables();
    const journal = newDynamoJournal({ client: dynamo.client, ...fresh });
    const streams = [aStream(), aStream(), aStream()];
    for (const stream of streams) for (const version of [1, 2]) await journal.append([aCommit(stream, version)]);
    await journal.observe(anObservation());
    const scan = newDynamoJournalScan({ client: dynamo.client, ...fresh, pageItems: 2 });
    const seen: string[] = [];
    let after: string | undefined;
    do {
      const page = await scan.page(after);
      seen.push(...page.commits.map(({ commitId }) => commitId), ...page.observations.map(({ commitId }) => commitId));
      after = page.next;
    } while (after !== undefined);
    expect(new Set(seen).size).toBe(7);
    await expect(scan.page('elsewhere')).rejects.toThrow();
  });

  describe('costs', () => {
    it('one call and one write unit for a commit, and for a lost race', async () => {
      const stream = aStream();
      const first = await dynamo.consumed(() => journalOf().append([aCommit(stream, 1)]));
      expect(first).toMatchObject({ calls: ['PutItem'], writeUnits: 1, readUnits: 0 });
      expect((await dynamo.attempts(() => journalOf().append([aCommit(stream, 1)]))).attempts).toBe(1);
    });

    it('two write units an item for a commit with a view', async () => {
      const { calls, writeUnits } = await dynamo.consumed(() =>
        journalOf().append([aCommit(aStream(), 1)], { views: [slotOf(aTenant())] }),
      );
      expect({ calls, writeUnits }).toEqual({ calls: ['TransactWriteItems'], writeUnits: 4 });
    });

    it('one read unit for a stream of up to 4 KB', async () => {
      const stream = aStream();
      for (const version of [1, 2, 3]) await journalOf().append([aCommit(stream, version)]);
      const { calls, readUnits } = await dynamo.consumed(() => journalOf().read(stream));
      expect({ calls, readUnits }).toEqual({ calls: ['Query'], readUnits: 1 });
    });

    it('one call and at most three read units for the access of a create, new or replayed', async () => {
      const tenant = aTenant();
      const payment = aStream({ owner: { tenant } });
      const member = memberOf(tenant, 'user-1');
      await journalOf().append([aCommit(member, 1)], {
        views: [{ type: 'record', entity: member, version: 1, data: { role: 'admin' } }, slotOf(tenant)],
      });
      const views = newDynamoViews({ client: dynamo.client, ...tables, sleep: async () => undefined });
      const fresh = await dynamo.consumed(() => views.access(tenant, member, payment));
      await journalOf().append([aCommit(payment, 1)]);
      const replayed = await dynamo.consumed(() => views.access(tenant, member, payment));
      for (const { calls, readUnits } of [fresh, replayed]) {
        expect(calls).toEqual(['BatchGetItem']);
        expect(readUnits).toBeLessThanOrEqual(3);
      }
    });
  });
});
