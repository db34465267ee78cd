import { bootstrapPlatform, isActivePlatformAdmin, platformAdminStream } from '../../../lambdas/domain/identity';
import { aServiceWorld } from '../../support/service-world';

const context = {
  actor: { user: 'platform-bootstrap', level: 'operator' },
  request: { id: 'r', route: 'platform-bootstrap' },
  command: { name: 'platform.bootstrap' },
} as const;

function aWorld() {
  const { deps, store } = aServiceWorld();
  const bootstrap = (user: string) => bootstrapPlatform({ ...deps, journal: store.journal }, user, context);
  return { store, bootstrap };
}

test('the first Super Admin stands at once, in one transaction with the marker', async () => {
  const { store, bootstrap } = aWorld();
  expect(await bootstrap('root')).toEqual({ ok: true, value: undefined });
  const record = await store.views.record(platformAdminStream('root'));
  expect(record !== undefined && isActivePlatformAdmin(record)).toBe(true);
  expect(store.commits.map(({ stream }) => stream.kind)).toEqual(['bootstrap', 'platform-admin']);
});

test('there is no second one, not even the same', async () => {
  const { store, bootstrap } = aWorld();
  await bootstrap('root');
  const refused = { ok: false, error: { reason: 'already-bootstrapped' } };
  expect(await bootstrap('intruder')).toEqual(refused);
  expect(await bootstrap('root')).toEqual(refused);
  expect(store.commits).toHaveLength(2);
});

test('of many runs at once one wins', async () => {
  const { store, bootstrap } = aWorld();
  const runs = await Promise.all(['a', 'b', 'c', 'd'].map(bootstrap));
  expect(runs.filter(({ ok }) => ok)).toHaveLength(1);
  expect(store.commits).toHaveLength(2);
});
