import { newDynamoKeyUses } from '../../lambdas/adapters/dynamodb/dynamo-key-uses';
import type { KeyUses } from '../../lambdas/domain/api-keys';
import { deriveId } from '../../lambdas/kernel/ids';
import { startDynoxide, type TestDynamo, type TestTables } from '../support/dynoxide';
import { newMemoryKeyUses } from '../support/memory-key-uses';

const [one, other] = [deriveId('apiKey', ['one']), deriveId('apiKey', ['other'])];
const minute = (count: number): string => new Date(Date.UTC(2026, 10, 22, 9, count)).toISOString();

function keyUsesContract(make: () => KeyUses): void {
  it('knows no use of a key that was never used, and none of no key', async () => {
    expect(await make().read([one])).toEqual(new Map());
    expect(await make().read([])).toEqual(new Map());
  });

  it('keeps the latest use, in whatever order the notes come', async () => {
    const uses = make();
    await uses.record(one, { at: minute(5), ip: '192.0.2.5' });
    await uses.record(one, { at: minute(0), ip: '192.0.2.0' });
    await uses.record(other, { at: minute(1) });
    const expected = new Map([
      [one, { at: minute(5), ip: '192.0.2.5' }],
      [other, { at: minute(1) }],
    ]);
    expect(await uses.read([one, other, deriveId('apiKey', ['none'])])).toEqual(expected);
    // A later one from who knows where does not keep the address of an earlier one.
    await uses.record(one, { at: minute(6) });
    expect(await uses.read([one])).toEqual(new Map([[one, { at: minute(6) }]]));
  });

  it('reads a whole page of keys', async () => {
    const uses = make();
    const keys = Array.from({ length: 100 }, (_, index) => deriveId('apiKey', [String(index)]));
    for (const key of keys) await uses.record(key, { at: minute(1) });
    expect((await uses.read(keys)).size).toBe(100);
  });
}

describe('last uses of API keys in memory', () => keyUsesContract(() => newMemoryKeyUses()));

describe('last uses of API keys in DynamoDB', () => {
  let dynamo: TestDynamo;
  let tables: TestTables;
  let tenants = 0;
  beforeAll(async () => {
    dynamo = await startDynoxide();
    tables = await dynamo.newTables();
  });
  afterAll(() => dynamo.stop());
  const make = (): KeyUses => {
    tenants += 1;
    return newDynamoKeyUses({ client: dynamo.client, ...tables, tenant: deriveId('tenant', [String(tenants)]) });
  };

  keyUsesContract(make);

  it('are of one tenant each', async () => {
    await make().record(one, { at: minute(1) });
    expect(await make().read([one])).toEqual(new Map());
  });

  it('cost one write unit a note, and expire from the table long after the last', async () => {
    const uses = make();
    const noted = await dynamo.consumed(() => uses.record(one, { at: minute(0), ip: '2001:db8::ffff:ffff:ffff' }));
    expect(noted).toMatchObject({ calls: ['UpdateItem'], writeUnits: 1 });
    const items = await dynamo.items(tables.coordinationTable);
    const item = items.find(({ pk }) => pk === `T#${deriveId('tenant', [String(tenants)])}#api-key-use#${one}`);
    expect(item).toMatchObject({ expiresAt: Date.parse(minute(0)) / 1000 + 400 * 86_400 });
  });
});
