import type { BatchGetItemCommandInput, BatchGetItemCommandOutput, DynamoDBClient } from '@aws-sdk/client-dynamodb';

import { newDynamoViews, newDynamoViewWriter } from '../../lambdas/adapters/dynamodb/dynamo-views';
import { gateOf, memberOf } from '../../lambdas/kernel/views';
import { aStream, aTenant } from '../support/a-commit';
import { startDynoxide, type TestDynamo, type TestTables } from '../support/dynoxide';

describe('views in DynamoDB', () => {
  let dynamo: TestDynamo;
  let tables: TestTables;
  let remove: (() => void)[] = [];
  beforeAll(async () => {
    dynamo = await startDynoxide();
    tables = await dynamo.newTables();
  });
  afterEach(() => {
    remove.forEach((undo) => undo());
    remove = [];
  });
  afterAll(() => dynamo.stop());

  /** DynamoDB under load: each batch answers one table's first key at most, and leaves the rest. */
  const leaveOut = (client: DynamoDBClient, keepOne: boolean) => {
    const middleware =
      (next: (args: never) => Promise<{ output: object }>) => async (args: { input: BatchGetItemCommandInput }) => {
        const requests = Object.entries(args.input.RequestItems ?? {});
        const [first, ...others] = requests;
        if (first === undefined || args.input.RequestItems === undefined) return next(args as never);
        const [table, { Keys = [], ...rest }] = first;
        const now = keepOne ? Keys.slice(0, 1) : [];
        const later = {
          ...(Keys.length > now.length ? { [table]: { ...rest, Keys: Keys.slice(now.length) } } : {}),
          ...Object.fromEntries(others),
        };
        if (now.length === 0) return { output: { Responses: {}, UnprocessedKeys: later }, response: {} };
        const result = await next({
          ...args,
          input: { ...args.input, RequestItems: { [table]: { ...rest, Keys: now } } },
        } as never);
        return { ...result, output: { ...(result.output as BatchGetItemCommandOutput), UnprocessedKeys: later } };
      };
    client.middlewareStack.add(middleware as never, { step: 'initialize', name: 'leave-out' });
    remove.push(() => client.middlewareStack.remove('leave-out'));
  };

  it('asks again for keys that were left out, until it has all', async () => {
    const tenant = aTenant();
    await newDynamoViewWriter({ client: dynamo.client, ...tables }).write([
      { type: 'record', entity: memberOf(tenant, 'user-1'), version: 1, data: { role: 'admin' } },
      { type: 'slot', entity: gateOf(tenant), slot: 'tenant', version: 1, data: { status: 'active' } },
    ]);
    leaveOut(dynamo.client, true);
    const waits: number[] = [];
    const views = newDynamoViews({ client: dynamo.client, ...tables, sleep: async (ms) => void waits.push(ms) });
    const access = await views.access(tenant, memberOf(tenant, 'user-1'), aStream({ owner: { tenant } }));
    expect(access.principal?.data).toEqual({ role: 'admin' });
    expect(access.gate.tenant?.data).toEqual({ status: 'active' });
    expect(waits).toHaveLength(2);
  });

  it('throws, and does not answer "no member", when keys stay unread', async () => {
    leaveOut(dynamo.client, false);
    const views = newDynamoViews({ client: dynamo.client, ...tables, sleep: async () => undefined });
    const tenant = aTenant();
    await expect(views.access(tenant, memberOf(tenant, 'user-1'))).rejects.toThrow('unread');
  });

  it('refuses a cursor that names no position', async () => {
    const views = newDynamoViews({ client: dynamo.client, ...tables, sleep: async () => undefined });
    await expect(views.list({ tenant: aTenant() }, 'payment', { limit: 1, after: {} })).rejects.toThrow('position');
  });

  it('lists with one query and the read units of what it shows', async () => {
    const owner = { tenant: aTenant() };
    await newDynamoViewWriter({ client: dynamo.client, ...tables }).write(
      [1, 2, 3].map((number) => {
        const id = `pay_${String(number)}`;
        return {
          type: 'record',
          entity: { owner, kind: 'payment', id },
          version: 1,
          data: { id },
          listed: { at: '2026-11-22T09:00:00.000Z' },
        } as const;
      }),
    );
    const views = newDynamoViews({ client: dynamo.client, ...tables, sleep: async () => undefined });
    const { calls, readUnits } = await dynamo.consumed(() => views.list(owner, 'payment', { limit: 25 }));
    expect({ calls, readUnits }).toEqual({ calls: ['Query'], readUnits: 0.5 });
  });

  it('writes a view with one call, and one write unit for table and index each', async () => {
    const entity = aStream();
    const writer = newDynamoViewWriter({ client: dynamo.client, ...tables });
    const plain = await dynamo.consumed(() => writer.write([{ type: 'record', entity, version: 1, data: {} }]));
    expect(plain).toMatchObject({ calls: ['PutItem'], writeUnits: 1 });
    const slot = await dynamo.consumed(() =>
      writer.write([{ type: 'slot', entity: gateOf(aTenant()), slot: 'policy', version: 1, data: {} }]),
    );
    expect(slot).toMatchObject({ calls: ['UpdateItem'], writeUnits: 1 });
  });
});
