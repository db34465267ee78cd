import { canonicalJson } from '../../lambdas/kernel/canonical-json';
import { deriveToken } from '../../lambdas/kernel/ids';
import type { NewCommit } from '../../lambdas/kernel/journal';
import { aCommit } from '../support/a-commit';
import { ask, aServiceWorld } from '../support/service-world';
import { anExampleService } from './a-route-table';

async function aWorld() {
  const world = aServiceWorld();
  const tenant = await world.tenant();
  await world.member(tenant, 'user-1');
  await world.member(tenant, 'user-2');
  // The endpoint writes the first commit as payments do: at once, and only when there is none.
  const { service, seen } = anExampleService(world, {
    'pay.create': async (request) => {
      seen.push(request);
      if (request.firstCommit === undefined) {
        const stream = { owner: { tenant }, kind: 'payment', id: request.createdId };
        const commit: NewCommit = aCommit(stream, 1, { command: request.context.command });
        await world.store.journal.append([commit]);
      }
      return { status: 201, body: { saw: request.createdId }, replayed: request.firstCommit !== undefined };
    },
  });
  const create = (
    key: string | undefined,
    body: object = { amount: 1 },
    user = 'user-1',
    more: Record<string, string> = {},
  ) =>
    ask(service, {
      resource: '/v1/tenants/{tenantId}/payments',
      params: { tenantId: tenant },
      user,
      body,
      headers: { ...(key === undefined ? {} : { 'Idempotency-Key': key }), ...more },
    });
  return { world, tenant, seen, create };
}

describe('the Idempotency-Key', () => {
  test.each([
    ['missing', undefined, 'idempotency-key-missing'],
    ['empty', '', 'idempotency-key-invalid'],
    ['of 256 characters', 'k'.repeat(256), 'idempotency-key-invalid'],
    ['with a space', 'a b', 'idempotency-key-invalid'],
    ['with a letter beyond ASCII', 'clé', 'idempotency-key-invalid'],
    ['with a control character', 'a\tb', 'idempotency-key-invalid'],
  ])('%s is refused', async (_, key, slug) => {
    const { create, seen } = await aWorld();
    const answer = await create(key);
    expect(answer).toMatchObject({ status: 400, body: { type: `https://countinghouse.example/problems/${slug}` } });
    expect(seen).toEqual([]);
  });

  test('given twice is refused', async () => {
    const { create } = await aWorld();
    const answer = await create('order-1', { amount: 1 }, 'user-1', { 'idempotency-key': 'order-2' });
    expect(answer.status).toBe(400);
  });

  test('of 255 visible characters will do', async () => {
    const { create } = await aWorld();
    expect((await create(`"~!${'k'.repeat(252)}`)).status).toBe(201);
  });

  test('with the same request again gives the first result, and only the limiter writes', async () => {
    const { world, create } = await aWorld();
    const first = await create('order-1', { amount: 7, nested: { currency: 'USD' } });
    const commits = world.store.commits.length;
    world.calls.length = 0;
    const again = await create('order-1', { nested: { currency: 'USD' }, amount: 7 });
    expect(first.headers).not.toHaveProperty('idempotent-replayed');
    expect(again).toMatchObject({ status: 201, body: first.body, headers: { 'idempotent-replayed': 'true' } });
    expect(world.calls).toEqual(['limiter.take', 'tenant.views.access']);
    expect(world.store.commits).toHaveLength(commits);
    expect(world.telemetry.counted).toContain('IdempotentReplay');
  });

  test('with another request is refused with 422', async () => {
    const { create, seen } = await aWorld();
    await create('order-1', { amount: 7 });
    const other = await create('order-1', { amount: 8 });
    expect(other).toMatchObject({
      status: 422,
      body: { type: 'https://countinghouse.example/problems/idempotency-key-reused' },
    });
    expect(seen).toHaveLength(1);
  });

  test("is the principal's own: another user's same key makes another entity", async () => {
    const { create } = await aWorld();
    const mine = await create('order-1');
    const theirs = await create('order-1', { amount: 1 }, 'user-2');
    expect(theirs.status).toBe(201);
    expect(theirs.body.saw).not.toBe(mine.body.saw);
  });

  test('goes into the fingerprint: who guesses the body finds no proof of it in the log', async () => {
    const { world, tenant, create } = await aWorld();
    await create('order-1', { amount: 7 });
    await create('order-2', { amount: 7 });
    const stamps = world.store.commits.filter(({ stream }) => stream.kind === 'payment').map(({ command }) => command);
    const guess = deriveToken([
      'POST',
      'pay.create',
      JSON.stringify({ tenantId: tenant }),
      canonicalJson({ amount: 7 }),
    ]);
    expect(stamps).toHaveLength(2);
    expect(new Set([...stamps.map(({ fingerprint }) => fingerprint), guess]).size).toBe(3);
  });

  test('leaves only derived tokens in the commit, never the text', async () => {
    const { world, create } = await aWorld();
    await create('secret-looking-key');
    expect(JSON.stringify(world.store.commits)).not.toContain('secret-looking-key');
  });
});
