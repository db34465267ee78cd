import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { STSClient } from '@aws-sdk/client-sts';

import { newDynamoJournal } from '../../lambdas/adapters/dynamodb/dynamo-journal';
import { newTenantCredentials, perTenant } from '../../lambdas/adapters/sts/tenant-credentials';
import { accountId, allow, policy, region, roleArn, startTestCloud, type TestCloud } from '../local/cloud';
import { aClock, aCommit, aStream, aTenant } from '../support/a-commit';

const hourMs = 3_600_000;

describe('credentials of one tenant', () => {
  let cloud: TestCloud;
  beforeAll(async () => {
    cloud = await startTestCloud();
    cloud.roles.set('fn', { policy: policy(allow(['sts:AssumeRole', 'sts:TagSession'], roleArn('fn-tenant'))) });
    cloud.roles.set('fn-tenant', {
      policy: policy(
        allow(['dynamodb:PutItem', 'dynamodb:Query'], `arn:aws:dynamodb:${region}:${accountId}:table/journal`, {
          'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['T#${aws:PrincipalTag/tenant}#*'] },
          Null: { 'dynamodb:LeadingKeys': 'false' },
        }),
      ),
      trust: policy({
        Effect: 'Allow',
        Principal: { AWS: roleArn('fn') },
        Action: ['sts:AssumeRole', 'sts:TagSession'],
      }),
    });
    const admin = new DynamoDBClient(cloud.client());
    await admin.send(
      new CreateTableCommand({
        TableName: 'journal',
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: ['pk', 'sk'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
      }),
    );
    admin.destroy();
  });
  afterAll(() => cloud.close());

  const start = (options: { maxTenants?: number; clock?: ReturnType<typeof aClock> } = {}) => {
    const client = new STSClient(cloud.worker('fn', 'fn'));
    const assumed: string[] = [];
    client.middlewareStack.add(
      (next) => async (args) => {
        assumed.push((args.input as { RoleSessionName?: string }).RoleSessionName ?? '');
        return next(args);
      },
      { step: 'initialize' },
    );
    const { clock = aClock(Date.now()), ...rest } = options;
    const credentials = newTenantCredentials({ client, roleArn: roleArn('fn-tenant'), clock, ...rest });
    return { credentials, assumed, clock };
  };
  const journalsOf = (credentials: ReturnType<typeof newTenantCredentials>) =>
    perTenant(credentials, (source) => {
      const client = new DynamoDBClient({ ...cloud.client(), credentials: source });
      return newDynamoJournal({ client, journalTable: 'journal', viewsTable: 'views', coordinationTable: 'none' });
    });

  it('reach the rows of that tenant and of no other', async () => {
    const { credentials } = start();
    const journalOf = journalsOf(credentials);
    const [mine, theirs] = [aTenant(), aTenant()];
    const [own, other] = [aStream({ owner: { tenant: mine } }), aStream({ owner: { tenant: theirs } })];
    expect(await journalOf(mine).append([aCommit(own, 1)])).toEqual({ ok: true });
    expect(await journalOf(mine).read(own)).toHaveLength(1);
    await expect(journalOf(mine).read(other)).rejects.toThrow('not authorized');
    await expect(journalOf(mine).append([aCommit(other, 1)])).rejects.toThrow('not authorized');
    await expect(journalOf(mine).read({ ...own, owner: 'platform' })).rejects.toThrow('not authorized');
    expect(await journalOf(theirs).append([aCommit(other, 1)])).toEqual({ ok: true });
  });

  it('are asked for once by concurrent first calls, and kept until five minutes before they end', async () => {
    const { credentials, assumed, clock } = start();
    const tenant = aTenant();
    const [first, ...others] = await Promise.all([1, 2, 3].map(() => credentials.of(tenant)));
    expect(others.every((each) => each === first)).toBe(true);
    expect(assumed).toEqual([tenant]);
    const leftMs = (first?.expiration.getTime() ?? 0) - clock.nowMs();
    expect(leftMs).toBeGreaterThan(hourMs - 60_000);
    clock.advance(leftMs - 5 * 60_000 - 1);
    expect(await credentials.of(tenant)).toBe(first);
    clock.advance(1);
    expect(await credentials.of(tenant)).not.toBe(first);
    expect(assumed).toHaveLength(2);
  });

  it('are forgotten for the tenant that was not used for longest', async () => {
    const { credentials, assumed } = start({ maxTenants: 2 });
    const [a, b, c] = [aTenant(), aTenant(), aTenant()];
    for (const tenant of [a, b, a, c, a, b]) await credentials.of(tenant);
    expect(assumed).toEqual([a, b, c, b]);
  });

  it('are asked for again after a failure', async () => {
    const { credentials, assumed } = start();
    const tenant = aTenant();
    const { id } = cloud.door.deny.add({ functionName: 'fn', action: 'sts:AssumeRole' });
    await expect(Promise.all([credentials.of(tenant), credentials.of(tenant)])).rejects.toThrow();
    cloud.door.deny.remove(id);
    expect(await credentials.of(tenant)).toMatchObject({ sessionToken: expect.any(String) });
    expect(assumed).toEqual([tenant, tenant]);
  });

  it('are given for ids of tenants only', async () => {
    const { credentials, assumed } = start();
    for (const text of ['', '*', 'ten_*', 'platform', 'ten_short', `${aTenant()}#`]) {
      await expect(credentials.of(text)).rejects.toThrow('not the id of a tenant');
    }
    expect(assumed).toEqual([]);
  });

  it('make one thing a tenant, kept while it is used', () => {
    const { credentials } = start();
    const made: string[] = [];
    const of = perTenant(credentials, (_, tenant) => ({ number: made.push(tenant) }), 2);
    const [a, b] = [of('a'), of('b')];
    expect(of('a')).toBe(a);
    expect(a).not.toBe(b);
    of('c');
    expect(of('a')).toBe(a);
    expect(of('b')).not.toBe(b);
    expect(made).toEqual(['a', 'b', 'c', 'b']);
  });
});
