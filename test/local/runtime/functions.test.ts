import { startCloud, type TestCloud } from '../../support/local-cloud';
import { fixtureAssembly } from '../fixture/assembly';

let cloud: TestCloud;
const act = (action: string, parameters: Record<string, string> = {}) =>
  cloud.api().get(`/v1/things?${new URLSearchParams({ do: action, ...parameters }).toString()}`);

beforeAll(async () => {
  cloud = await startCloud({ assemblyDir: fixtureAssembly(), concurrency: 2 });
}, 60_000);
afterAll(() => cloud.stop());
afterEach(() => cloud.clearFaults());

describe('an instance of a function', () => {
  it('has the environment of its template and of Lambda, and nothing of this machine', async () => {
    const { environment } = (await act('environment')).body;

    expect(environment).toMatchObject({
      TABLE: 'fixture-items',
      GREETING: 'hello eu-central-1',
      QUEUE_URL: `${cloud.description.awsEndpoint}/000000000000/fixture-queue`,
      OTHER_URL: `${cloud.description.functionUrls!['fixture-url-echo']!}/`,
      AWS_REGION: 'eu-central-1',
      AWS_LAMBDA_FUNCTION_NAME: 'fixture-echo',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
      AWS_ENDPOINT_URL: cloud.description.awsEndpoint,
      TZ: ':UTC',
    });
    expect(environment.HOME).toBeUndefined();
    expect(
      Object.keys(environment as object).filter((name) => name.startsWith('npm_') || name.startsWith('JEST')),
    ).toEqual([]);
  });

  it('serves calls one after another, and further calls in parallel get an instance of their own', async () => {
    await cloud.kill('echo');
    const first = (await cloud.api().get('/v1/things')).body;
    const second = (await cloud.api().get('/v1/things')).body;
    expect([second.served, second.startedAt]).toEqual([Number(first.served) + 1, first.startedAt]);

    const parallel = await Promise.all([act('sleep', { ms: '400' }), act('sleep', { ms: '400' })]);
    expect(new Set(parallel.map((answer): unknown => answer.body.startedAt)).size).toBe(2);
  });

  it('waits for a free instance beyond its concurrency', async () => {
    const answers = await Promise.all(Array.from({ length: 6 }, () => act('sleep', { ms: '50' })));

    expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200, 200, 200, 200]);
    expect(new Set(answers.map((answer): unknown => answer.body.startedAt)).size).toBeLessThanOrEqual(2);
  });

  it('has its lines kept with the invocation that wrote them', async () => {
    const answer = await act('log', { text: 'a line that is looked for' });

    const lines = await cloud.logs({ function: 'echo', contains: 'looked for' });
    expect(lines.map(({ line, invocationId }) => [line, invocationId])).toEqual([
      ['a line that is looked for', answer.invocationId],
      ['{"level":"ERROR","text":"a line that is looked for"}', answer.invocationId],
    ]);
    expect(
      (await cloud.writes()).filter(({ kind, text }) => kind === 'log' && text.includes('looked for')),
    ).toHaveLength(2);
  });
});

describe('an AWS call of a function', () => {
  it('is counted for its invocation', async () => {
    const answer = await act('put', { id: 'counted#1' });

    expect(
      (await cloud.callsOf(answer)).map(({ service, action, resource, functionName, writeUnits }) => ({
        service,
        action,
        resource,
        functionName,
        writeUnits,
      })),
    ).toEqual([
      {
        service: 'dynamodb',
        action: 'PutItem',
        resource: 'fixture-items',
        functionName: 'fixture-echo',
        writeUnits: 1,
      },
    ]);
  });

  it('is refused if no policy of the template allows it', async () => {
    expect((await act('forbidden')).body).toMatchObject({ error: 'AccessDeniedException' });
  });

  it('is refused if its grant is taken away, and allowed again after', async () => {
    const giveBack = await cloud.deny({ functionName: 'fixture-echo', action: 'dynamodb:PutItem' });
    expect((await act('put', { id: 'denied#1' })).body).toMatchObject({ error: 'AccessDeniedException' });

    await giveBack();
    expect((await act('put', { id: 'denied#1' })).status).toBe(200);
  });

  it('reaches a bucket and a secret of another stack', async () => {
    expect((await act('object', { id: 'folder/object' })).body).toMatchObject({ stored: 'folder/object' });
    expect((await act('secret')).body).toMatchObject({ length: 40 });
  });
});

describe('a function that is killed', () => {
  it('between two calls leaves the effect of the first alone, and is cold at its next call', async () => {
    const before = (await cloud.api().get('/v1/things')).body;
    await cloud.addFault({ id: 'kill', functionName: 'fixture-echo', action: 'PutItem', skip: 1, kind: 'kill-before' });

    const answer = await act('putTwice', { id: 'killed#1' });
    expect(answer.status).toBe(502);
    expect(
      (await cloud.callsOf(answer)).map(({ action, status, faultInjected }) => [action, status, faultInjected]),
    ).toEqual([
      ['PutItem', 200, undefined],
      ['PutItem', 0, 'kill-before'],
    ]);
    expect((await cloud.api().get('/v1/things')).body.startedAt).not.toBe(before.startedAt);
  });

  it('after an effect has it done though nobody heard of it', async () => {
    await cloud.addFault({ id: 'kill', functionName: 'fixture-echo', action: 'PutItem', kind: 'kill-after' });

    expect((await act('put', { id: 'killed#2' })).status).toBe(502);
    expect((await act('get', { id: 'killed#2' })).body.item).not.toBeNull();
  });
});

describe('an invocation by an operator', () => {
  it('answers what the function returned, or its error', async () => {
    expect(await cloud.invoke('job', { any: 'thing' })).toEqual({ statusCode: 200, payload: { done: true } });
    expect(await cloud.invoke('fixture-job', { fail: true })).toMatchObject({
      statusCode: 200,
      functionError: 'Unhandled',
      payload: { errorType: 'Error', errorMessage: 'job failed' },
    });
  });

  it('of a function that does not exist is refused', async () => {
    await expect(cloud.invoke('nobody')).rejects.toThrow('Function not found: nobody');
  });
});
