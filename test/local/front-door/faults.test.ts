import { CreateTableCommand, DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { CountedCall, FaultRule } from '../../../local/front-door/contract';
import { newFaults } from '../../../local/front-door/faults';
import { allow, policy, startTestCloud, type TestCloud } from '../cloud';

type Wish = Omit<FaultRule, 'id'>;

describe('faults', () => {
  let cloud: TestCloud;
  let worker: DynamoDBClient;
  let accessKeyId: string;
  const killed: (string | undefined)[][] = [];

  beforeAll(async () => {
    cloud = await startTestCloud({
      onWorkerKill: (functionName, invocationId) => killed.push([functionName, invocationId]),
    });
    cloud.roles.set('writer', { policy: policy(allow('dynamodb:*', '*')) });
    await new DynamoDBClient(cloud.client()).send(
      new CreateTableCommand({
        TableName: 'journal',
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
        BillingMode: 'PAY_PER_REQUEST',
      }),
    );
    const configured = cloud.worker('writer', 'writer');
    accessKeyId = configured.credentials.accessKeyId;
    worker = new DynamoDBClient(configured);
  });
  afterEach(() => {
    cloud.door.faults.remove();
  });
  afterAll(() => cloud.close());

  const put = (pk: string) => worker.send(new PutItemCommand({ TableName: 'journal', Item: { pk: { S: pk } } }));
  const exists = async (pk: string) => {
    const read = await new DynamoDBClient(cloud.client()).send(
      new GetItemCommand({ TableName: 'journal', Key: { pk: { S: pk } } }),
    );
    return read.Item !== undefined;
  };
  const inject = (wish: Wish) => {
    cloud.door.faults.add({ id: 'fault', functionName: 'writer', service: 'dynamodb', action: 'PutItem', ...wish });
  };

  it.each<[FaultRule['kind'], string, boolean]>([
    ['throttle', 'ProvisionedThroughputExceededException', false],
    ['error', 'InternalServerError', false],
    ['timeout-before', 'TimeoutError|ECONNRESET|socket hang up', false],
    ['timeout-after', 'TimeoutError|ECONNRESET|socket hang up', true],
    ['kill-before', 'TimeoutError|ECONNRESET|socket hang up', false],
    ['kill-after', 'TimeoutError|ECONNRESET|socket hang up', true],
  ])('%s fails the call once with %s; effect: %s', async (kind, name, effect) => {
    inject({ kind, delayMs: 10 });
    const failure: unknown = await put(kind).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Error);
    const { name: errorName, message } = failure as Error;
    expect(`${errorName} ${message}`).toMatch(new RegExp(name));
    expect(await exists(kind)).toBe(effect);
    await expect(put(kind)).resolves.toBeDefined();
  });

  it('kills the worker of the invocation that called', async () => {
    killed.length = 0;
    cloud.door.beginInvocation(accessKeyId, 'inv-9');
    inject({ kind: 'kill-after' });
    await expect(put('killed')).rejects.toBeDefined();
    expect(killed).toEqual([['writer', 'inv-9']]);
    cloud.door.endInvocation(accessKeyId);
  });

  it('holds an answer for the time it is told', async () => {
    inject({ kind: 'delay', delayMs: 120 });
    const startedMs = performance.now();
    await put('late');
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(115);
  });

  it('skips matches, fires as often as told, and looks into the body', async () => {
    inject({ kind: 'throttle', skip: 1, times: 2, bodyIncludes: 'marked' });
    const outcomes: boolean[] = [];
    for (const pk of ['plain', 'marked-1', 'marked-2', 'marked-3', 'marked-4']) {
      outcomes.push(
        await put(pk).then(
          () => true,
          () => false,
        ),
      );
    }
    expect(outcomes).toEqual([true, true, false, false, true]);
    expect(cloud.door.faults.list()).toMatchObject([{ matched: 4, fired: 2 }]);
  });

  it('leaves the calls of others alone', async () => {
    inject({ kind: 'throttle' });
    const other = new DynamoDBClient(cloud.worker('other', 'writer'));
    await expect(
      other.send(new PutItemCommand({ TableName: 'journal', Item: { pk: { S: 'o' } } })),
    ).resolves.toBeDefined();
  });

  it('counts a lost call with its fault', async () => {
    inject({ kind: 'timeout-after', delayMs: 5 });
    const since = cloud.door.lastSequence();
    await expect(put('lost')).rejects.toBeDefined();
    expect(cloud.door.calls({ since })).toMatchObject([
      { status: 0, errorCode: 'ConnectionReset', faultInjected: 'timeout-after', writeUnits: 0 },
    ]);
  });

  it('draws the same faults for the same seed', () => {
    const call = {
      service: 'sqs',
      action: 'SendMessage',
      principal: { kind: 'role' as const, roleArn: '', sessionTags: {} },
      method: 'POST',
      url: '/',
      headers: {},
      body: Buffer.from(''),
    };
    const draw = (seed: number) => {
      const faults = newFaults();
      faults.add({ id: 'a', kind: 'error', probability: 0.5, seed });
      return Array.from({ length: 32 }, () => faults.next(call) !== undefined);
    };
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
    expect(new Set(draw(1))).toEqual(new Set([true, false]));
  });

  describe('control endpoints', () => {
    const control = (method: string, path: string, body?: object) =>
      fetch(`${cloud.door.url}/_local/${path}`, {
        method,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });

    it('sets, shows and ends faults', async () => {
      expect((await control('POST', 'faults', { id: 'f', kind: 'error', action: 'PutItem', times: 5 })).status).toBe(
        204,
      );
      await expect(put('by-control')).rejects.toMatchObject({ name: 'InternalServerError' });
      expect(await (await control('GET', 'faults')).json()).toMatchObject([{ id: 'f', fired: 1 }]);
      expect((await control('DELETE', 'faults/f')).status).toBe(204);
      await expect(put('by-control')).resolves.toBeDefined();
      expect((await control('POST', 'faults', { id: 'f', kind: 'unheard-of' })).status).toBe(400);
    });

    it('takes a grant away from a function and gives it back', async () => {
      const { id } = (await (
        await control('POST', 'deny', { functionName: 'writer', action: 'dynamodb:Put*' })
      ).json()) as { id: string };
      await expect(put('denied')).rejects.toMatchObject({
        name: 'AccessDeniedException',
        message: expect.stringContaining('because no identity-based policy allows the dynamodb:PutItem action'),
      });
      expect((await control('DELETE', `deny/${id}`)).status).toBe(204);
      await expect(put('denied')).resolves.toBeDefined();
    });

    it('shows calls and what they wrote', async () => {
      const since = cloud.door.lastSequence();
      await put('written-by-worker');
      const calls = (await (await control('GET', `calls?since=${since}&function=writer`)).json()) as CountedCall[];
      expect(calls).toMatchObject([{ action: 'PutItem', resource: 'journal', writeUnits: 1 }]);
      const writes = await (await control('GET', 'writes')).text();
      expect(writes).toContain('written-by-worker');
    });
  });
});
