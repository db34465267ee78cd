import '../../support/function-env';

import { newPlatformBootstrap } from '../../../lambdas/handlers/platform-bootstrap/handler';
import { aServiceWorld } from '../../support/service-world';

function aPlatform() {
  const { deps, store, telemetry } = aServiceWorld();
  const users = new Map([
    ['ada@example.com', 'ada'],
    ['eve@example.com', 'eve'],
  ]);
  const directory = { findUserByEmail: async (email: string) => users.get(email) };
  const bootstrap = newPlatformBootstrap({ ...deps, journal: store.journal, directory });
  return { store, telemetry, run: (event: unknown) => bootstrap(event, { awsRequestId: 'lambda-1' }) };
}

test('the person with the address becomes the first Super Admin', async () => {
  const { run, store, telemetry } = aPlatform();
  expect(await run({ email: 'ada@example.com' })).toEqual({ userId: 'ada' });
  expect(store.commits).toMatchObject([
    { stream: { kind: 'bootstrap' }, actor: { level: 'operator' }, request: { id: 'lambda-1' } },
    { stream: { kind: 'platform-admin', id: 'ada' } },
  ]);
  expect(JSON.stringify([store.commits, telemetry.lines])).not.toContain('ada@example.com');
});

test('a second run is refused and says why', async () => {
  const { run, store } = aPlatform();
  await run({ email: 'ada@example.com' });
  await expect(run({ email: 'eve@example.com' })).rejects.toThrow('has had its first Super Admin');
  expect(store.commits).toHaveLength(2);
});

test.each([
  [{ email: 'nobody@example.com' }, 'sign up first'],
  [{}, 'send {"email"'],
  [null, 'send {"email"'],
])('%j is refused without a word about the address', async (event, message) => {
  const { run, store } = aPlatform();
  const failure: unknown = await run(event).catch((error: unknown) => error);
  expect(String(failure)).toContain(message);
  expect(String(failure)).not.toContain('nobody@');
  expect(store.commits).toEqual([]);
});
