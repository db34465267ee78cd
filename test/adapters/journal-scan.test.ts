import { PutItemCommand } from '@aws-sdk/client-dynamodb';

import { newDynamoJournal } from '../../lambdas/adapters/dynamodb/dynamo-journal';
import { newDynamoJournalScan } from '../../lambdas/adapters/dynamodb/journal-scan';
import { streamName } from '../../lambdas/kernel/journal';
import type { JournalPage } from '../../lambdas/kernel/journal-scan';
import { aCommit, anObservation, aStream } from '../support/a-commit';
import type { TestDynamo } from '../support/dynoxide';
import { startDynoxide } from '../support/dynoxide';

let dynamo: TestDynamo;

beforeAll(async () => {
  dynamo = await startDynoxide();
});

afterAll(() => dynamo.stop());

async function aJournal(pageItems?: number) {
  const tables = await dynamo.newTables();
  const { client } = dynamo;
  const journal = newDynamoJournal({ client, ...tables });
  const options = { client, journalTable: tables.journalTable };
  const scan = newDynamoJournalScan(pageItems === undefined ? options : { ...options, pageItems });
  return { tables, journal, scan };
}

async function allPages(scan: { page(after?: string): Promise<JournalPage> }): Promise<readonly JournalPage[]> {
  const pages: JournalPage[] = [];
  let next: string | undefined;
  do {
    const page = await scan.page(next);
    pages.push(page);
    next = page.next;
  } while (next !== undefined);
  return pages;
}

describe('scanning the journal', () => {
  test('meets every commit and observation once, the commits of a stream in order, however small the pages', async () => {
    const { journal, scan } = await aJournal(2);
    const streams = [aStream(), aStream(), aStream()];
    for (const stream of streams) for (const version of [1, 2, 3]) await journal.append([aCommit(stream, version)]);
    const observation = anObservation();
    await journal.observe(observation);

    const pages = await allPages(scan);
    expect(pages.length).toBeGreaterThan(4);
    const commits = pages.flatMap((page) => page.commits);
    for (const stream of streams) {
      const versions = commits
        .filter((each) => streamName(each.stream) === streamName(stream))
        .map(({ version }) => version);
      expect(versions).toEqual([1, 2, 3]);
    }
    expect(commits).toHaveLength(9);
    expect(pages.flatMap((page) => page.observations)).toEqual([observation]);
  });

  test('goes on from a position that was kept while the journal grew', async () => {
    const { journal, scan } = await aJournal(1);
    const stream = aStream();
    await journal.append([aCommit(stream, 1)]);
    await journal.append([aCommit(stream, 2)]);
    const { next } = await scan.page();
    await journal.append([aCommit(stream, 3)]);
    const { commits } = await scan.page(next);
    expect(commits.map(({ version }) => version)).toEqual([2]);
  });

  test('names an item that it cannot read, and reads what lies behind it', async () => {
    const { tables, journal, scan } = await aJournal();
    const stream = aStream();
    await journal.append([aCommit(stream, 1)]);
    const Item = { pk: { S: 'P#junk#junk' }, sk: { S: 'V#00000001' } };
    await dynamo.client.send(new PutItemCommand({ TableName: tables.journalTable, Item }));
    const [page, ...others] = await allPages(scan);
    expect(others).toEqual([]);
    expect(page).toMatchObject({ unreadable: ['P#junk#junk V#00000001'], commits: [{ stream }] });
  });

  test.each(['', 'nonsense', Buffer.from('{"pk":1}').toString('base64url')])(
    'refuses the position %j',
    async (position) => {
      const { scan } = await aJournal();
      await expect(scan.page(position)).rejects.toThrow('not a position');
    },
  );
});
