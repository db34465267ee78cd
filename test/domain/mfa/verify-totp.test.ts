import { generate } from 'otplib';

import { confirmTotp, enrolTotp, verifyTotp } from '../../../lambdas/domain/mfa';
import { aServiceWorld } from '../../support/service-world';

const context = {
  actor: { user: 'ada', level: 'user' },
  request: { id: 'r', route: 'me.totp.confirm' },
  command: { name: 'me.totp.confirm' },
} as const;

const presenter = { user: 'ada', session: 'session-1' };

function aWorld() {
  const { deps, store, now } = aServiceWorld();
  const ports = { ...deps, journal: store.journal, stepUpWindowSeconds: 600 };
  const enrol = async () => {
    const enrolled = await enrolTotp(ports, presenter, context);
    if (!enrolled.ok) throw new Error('an enrolment begins');
    return generate({ secret: enrolled.value.secret, epoch: Math.floor(now().getTime() / 1000) });
  };
  return { ports, store, enrol };
}

test('an enrolment that begins anew while its first code is checked is not confirmed by that code', async () => {
  const { ports, store, enrol } = aWorld();
  const code = await enrol();
  const counters = {
    ...ports.counters,
    useStep: async (user: string, step: number) => {
      await enrol();
      return ports.counters.useStep(user, step);
    },
  };
  expect(await confirmTotp({ ...ports, counters }, presenter, code, context)).toEqual({
    ok: false,
    error: { reason: 'enrolment-expired' },
  });
  expect(store.commits.flatMap(({ events }) => events.map(({ type }) => type))).not.toContain('TotpConfirmed');
  expect(await ports.stepUps.read('ada', 'session-1')).toBeUndefined();
});

test('of two confirmations by the same code at once one stands', async () => {
  const { ports, store, enrol } = aWorld();
  const code = await enrol();
  const results = await Promise.all([1, 2].map(() => confirmTotp(ports, presenter, code, context)));
  expect(results.filter(({ ok }) => ok)).toHaveLength(1);
  expect(store.commits).toHaveLength(2);
});

test('a factor that is only pending verifies nothing', async () => {
  const { ports, enrol } = aWorld();
  expect(await verifyTotp(ports, presenter, await enrol())).toEqual({ ok: false, error: { reason: 'not-enrolled' } });
});
