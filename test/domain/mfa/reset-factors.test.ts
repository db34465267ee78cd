import { generate } from 'otplib';

import {
  beginPasskey,
  confirmTotp,
  enrolTotp,
  registerPasskey,
  resetFactors,
  verifyTotp,
} from '../../../lambdas/domain/mfa';
import { SoftAuthenticator } from '../../support/soft-authenticator';
import { aServiceWorld } from '../../support/service-world';

const context = {
  actor: { user: 'root', level: 'super-admin' },
  request: { id: 'r', route: 'platform.mfaReset' },
  command: { name: 'platform.mfaReset' },
} as const;

const presenter = { user: 'ada', session: 'session-1' };

async function anEnrolled() {
  const world = aServiceWorld();
  const ports = { ...world.deps, journal: world.store.journal, stepUpWindowSeconds: 600 };
  const enrolled = await enrolTotp(ports, presenter, context);
  if (!enrolled.ok) throw new Error('an enrolment begins');
  const { secret } = enrolled.value;
  const code = () => generate({ secret, epoch: Math.floor(world.now().getTime() / 1000) });
  expect((await confirmTotp(ports, presenter, await code(), context)).ok).toBe(true);
  world.pass(30_000);
  return { world, ports, code, reset: () => resetFactors(ports, 'ada', 'case 4711', context) };
}

test('a code that is being checked while its factor is reset steps nothing up', async () => {
  const { world, ports, code, reset } = await anEnrolled();
  const counters = {
    ...ports.counters,
    beginAttempt: ports.counters.beginAttempt.bind(ports.counters),
    useStep: async (user: string, step: number) => {
      const used = await ports.counters.useStep(user, step);
      world.pass(5_000);
      expect((await reset()).ok).toBe(true);
      world.pass(5_000);
      return used;
    },
  };
  await verifyTotp({ ...ports, counters }, presenter, await code());
  expect(await ports.stepUps.read('ada', 'session-1')).toBeUndefined();
});

test('an old code opens nothing after a reset, and the same time step may be used by the new app', async () => {
  const { world, ports, code, reset } = await anEnrolled();
  expect((await verifyTotp(ports, presenter, await code())).ok).toBe(true);
  expect((await reset()).ok).toBe(true);
  expect(await verifyTotp(ports, presenter, await code())).toEqual({ ok: false, error: { reason: 'not-enrolled' } });
  world.pass(2_000);
  const later = { ...presenter, signedInAtMs: world.now().getTime() };
  const enrolled = await enrolTotp(ports, later, context);
  if (!enrolled.ok) throw new Error('an enrolment begins');
  expect((await confirmTotp(ports, later, await code(), context)).ok).toBe(false);
  const fresh = await generate({ secret: enrolled.value.secret, epoch: Math.floor(world.now().getTime() / 1000) });
  expect((await confirmTotp(ports, later, fresh, context)).ok).toBe(true);
  expect(await ports.stepUps.read('ada', 'session-1')).toBeDefined();
});

test('a reset that is repeated writes nothing new', async () => {
  const { world, reset } = await anEnrolled();
  expect((await reset()).ok).toBe(true);
  const commits = world.store.commits.length;
  expect((await reset()).ok).toBe(true);
  expect(world.store.commits).toHaveLength(commits);
});

describe('after a reset', () => {
  const refused = { ok: false, error: { reason: 'signed-in-before-reset' } };

  test('no session from before it enrols an app, also not one that another session has begun', async () => {
    const { world, ports, reset } = await anEnrolled();
    const before = { ...presenter, signedInAtMs: world.now().getTime() };
    expect((await reset()).ok).toBe(true);
    for (const old of [presenter, before]) expect(await enrolTotp(ports, old, context)).toEqual(refused);

    world.pass(2_000);
    const later = { user: 'ada', session: 'session-2', signedInAtMs: world.now().getTime() };
    const enrolled = await enrolTotp(ports, later, context);
    if (!enrolled.ok) throw new Error('who has signed in since may enrol');
    const fresh = await generate({ secret: enrolled.value.secret, epoch: Math.floor(world.now().getTime() / 1000) });
    expect(await confirmTotp(ports, before, fresh, context)).toEqual(refused);
    expect((await confirmTotp(ports, later, fresh, context)).ok).toBe(true);
  });

  test('a sign-in of the very moment of the reset is not newer than it', async () => {
    const { world, ports, reset } = await anEnrolled();
    const signedInAtMs = world.now().getTime();
    expect((await reset()).ok).toBe(true);
    expect(await enrolTotp(ports, { ...presenter, signedInAtMs }, context)).toEqual(refused);
    expect((await enrolTotp(ports, { ...presenter, signedInAtMs: signedInAtMs + 1 }, context)).ok).toBe(true);
  });

  test('no session from before it registers a passkey, also not by a challenge that it holds', async () => {
    const { world, ports, reset } = await anEnrolled();
    const before = { ...presenter, signedInAtMs: world.now().getTime() };
    const begun = await beginPasskey(ports, before, 'ada');
    if (!begun.ok) throw new Error('who is stepped up may add a passkey');
    const credential = new SoftAuthenticator().register({ challenge: begun.value.challenge });
    expect((await reset()).ok).toBe(true);
    expect(await registerPasskey(ports, before, { name: 'Stolen', credential }, context)).toEqual(refused);
    expect(await beginPasskey(ports, before, 'ada')).toEqual(refused);

    world.pass(2_000);
    const later = { ...before, signedInAtMs: world.now().getTime() };
    const anew = await beginPasskey(ports, later, 'ada');
    if (!anew.ok) throw new Error('who has signed in since may register');
    const own = new SoftAuthenticator().register({ challenge: anew.value.challenge });
    expect((await registerPasskey(ports, later, { name: 'Phone', credential: own }, context)).ok).toBe(true);
  });
});
