import { QueryCommand } from '@aws-sdk/client-dynamodb';

import { toItem } from '../../lambdas/adapters/dynamodb/attribute-values';
import { parseJournalItem } from '../../lambdas/adapters/dynamodb/commit-codec';
import { newDynamoJournal } from '../../lambdas/adapters/dynamodb/dynamo-journal';
import { newDynamoLeases } from '../../lambdas/adapters/dynamodb/dynamo-leases';
import { newDynamoDueList, newDynamoViews, newDynamoViewWriter } from '../../lambdas/adapters/dynamodb/dynamo-views';
import { observationKey } from '../../lambdas/adapters/dynamodb/keys';
import { systemRandomness } from '../../lambdas/kernel/ids';
import type { Leases } from '../../lambdas/kernel/lease';
import { streamName } from '../../lambdas/kernel/journal';
import { aClock } from '../support/a-commit';
import { startDynoxide, type TestDynamo } from '../support/dynoxide';
import { newMemoryStore } from '../support/memory-journal';
import { newMemoryLeases } from '../support/memory-leases';
import { journalContract } from './journal-contract';
import { viewsContract } from './views-contract';

const sleep = async () => undefined;

describe('the journal and the views in memory', () => {
  const make = async () => {
    const leases = new Map<string, ReturnType<typeof newMemoryLeases>>();
    const leasesOf = (owner: Parameters<typeof streamName>[0]['owner']): ReturnType<typeof newMemoryLeases> => {
      const name = streamName({ owner, kind: 'lease', id: 'any' });
      const found = leases.get(name) ?? newMemoryLeases(aClock());
      leases.set(name, found);
      return found;
    };
    const store = newMemoryStore({ guardHolds: (owner, guard) => leasesOf(owner).guardHolds(guard) });
    return {
      ...store,
      leasesOf: (owner: Parameters<typeof leasesOf>[0]): Leases => leasesOf(owner),
      observed: async (owner: unknown) =>
        store.observations.filter((each) => JSON.stringify(each.owner) === JSON.stringify(owner)),
    };
  };
  journalContract(make);
  viewsContract(make);
});

describe('the journal and the views in DynamoDB', () => {
  let dynamo: TestDynamo;
  beforeAll(async () => {
    dynamo = await startDynoxide();
  });
  afterAll(() => dynamo.stop());

  const make = async () => {
    const tables = await dynamo.newTables();
    const { client } = dynamo;
    return {
      journal: newDynamoJournal({ client, ...tables }),
      views: newDynamoViews({ client, ...tables, sleep }),
      viewWriter: newDynamoViewWriter({ client, ...tables }),
      dueList: newDynamoDueList({ client, ...tables }),
      leasesOf: (owner: Parameters<typeof streamName>[0]['owner']) =>
        newDynamoLeases({ client, ...tables, owner, clock: aClock(), randomness: systemRandomness }),
      observed: async (owner: Parameters<typeof streamName>[0]['owner']) => {
        const { pk } = observationKey(owner, '2026-11-22', 'O');
        const page = await client.send(
          new QueryCommand({
            TableName: tables.journalTable,
            KeyConditionExpression: 'pk = :pk',
            ExpressionAttributeValues: toItem({ ':pk': pk }),
          }),
        );
        return (page.Items ?? [])
          .map(parseJournalItem)
          .flatMap((record) => (record.type === 'observation' ? [record.observation] : []));
      },
    };
  };
  journalContract(make);
  viewsContract(make);
});
