import '../../support/function-env';

import { newMe } from '../../../lambdas/handlers/me/handler';
import type { SessionStarts } from '../../../lambdas/domain/identity';
import { ask, aServiceWorld } from '../../support/service-world';

function aWorld(given: { readonly sessionStarts?: SessionStarts } = {}) {
  const world = aServiceWorld();
  const deps = { ...world.deps, ...given };
  /** A warm function of its own, with nothing remembered. */
  const aFunction = () => {
    const service = newMe(deps);
    return (more: object = {}) => ask(service, { resource: '/v1/me', user: 'ada', session: 'session-1', ...more });
  };
  const starts = () => world.store.observations.filter(({ type }) => type === 'SessionStarted');
  return { world, aFunction, starts };
}

describe('the first request of a session', () => {
  test('is remembered with the session, the address, the user agent and the request id', async () => {
    const { aFunction, starts } = aWorld();
    expect((await aFunction()()).status).toBe(200);
    expect(starts()).toEqual([
      expect.objectContaining({
        owner: 'platform',
        outcome: 'succeeded',
        actor: { user: 'ada', session: 'session-1', level: 'user' },
        request: expect.objectContaining({
          id: expect.any(String),
          route: 'me.get',
          ip: expect.any(String),
          userAgent: expect.any(String),
        }),
      }),
    ]);
  });

  test('is remembered once a session, whichever function sees the next', async () => {
    const { world, aFunction, starts } = aWorld();
    const warm = aFunction();
    await warm();
    await warm();
    expect(world.calls.filter((call) => call === 'sessionStarts.claim')).toHaveLength(1);
    world.pass(60_000);
    await aFunction()();
    await Promise.all([aFunction()(), aFunction()()]);
    expect(starts()).toHaveLength(1);
    await warm({ session: 'session-2' });
    await warm({ user: 'bob' });
    expect(starts()).toHaveLength(3);
  });

  test('is answered though it cannot be remembered, which is counted, and the next one tries again', async () => {
    const { world } = aWorld();
    let fails = true;
    const claim: SessionStarts['claim'] = async (_user, _session, start) => {
      if (fails) throw new Error('ThrottlingException');
      return start;
    };
    const service = newMe({ ...world.deps, sessionStarts: { claim } });
    const me = () => ask(service, { resource: '/v1/me', user: 'ada' });
    expect((await me()).status).toBe(200);
    expect(world.telemetry.counted).toContain('ObservationFailed');
    expect(world.store.observations).toEqual([]);
    fails = false;
    await me();
    expect(world.store.observations).toHaveLength(1);
  });
});
