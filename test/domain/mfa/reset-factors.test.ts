import { resetFactors, verifyTotp, enrolTotp, confirmTotp } from '../../../lambdas/domain/mfa';
import { generate } from 'otplib';

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
  const enrolled = await enrolTotp(ports, presenter, context);
  if (!enrolled.ok) throw new Error('an enrolment begins');
  expect((await confirmTotp(ports, presenter, await code(), context)).ok).toBe(false);
  const fresh = await generate({ secret: enrolled.value.secret, epoch: Math.floor(world.now().getTime() / 1000) });
  expect((await confirmTotp(ports, presenter, fresh, context)).ok).toBe(true);
  expect(await ports.stepUps.read('ada', 'session-1')).toBeDefined();
});

test('a reset that is repeated writes nothing new', async () => {
  const { world, reset } = await anEnrolled();
  expect((await reset()).ok).toBe(true);
  const commits = world.store.commits.length;
  expect((await reset()).ok).toBe(true);
  expect(world.store.commits).toHaveLength(commits);
});
