import '../../support/function-env';

import { generate } from 'otplib';

import { resetFactors } from '../../../lambdas/domain/mfa';
import { newMe } from '../../../lambdas/handlers/me/handler';
import { ask, aServiceWorld } from '../../support/service-world';
import { SoftAuthenticator } from '../../support/soft-authenticator';

async function aPerson() {
  const world = aServiceWorld();
  const service = newMe(world.deps);
  const post = (path: string, body?: object, more: object = {}) =>
    ask(service, {
      resource: `/v1/me${path}`,
      method: 'POST',
      user: 'ada',
      ...(body === undefined ? {} : { body }),
      ...more,
    });
  const { secret } = (await post('/mfa/totp')).body as unknown as { secret: string };
  const code = () => generate({ secret, epoch: Math.floor(world.now().getTime() / 1000) });
  expect((await post('/mfa/totp/confirm', { code: await code() })).status).toBe(200);
  world.pass(30_000);
  const make = async (more: object = {}): Promise<readonly string[]> => {
    const answer = await post('/mfa/recovery-codes', undefined, more);
    expect(answer.status).toBe(201);
    return (answer.body as unknown as { recoveryCodes: string[] }).recoveryCodes;
  };
  const use = (recoveryCode: string, more: object = {}) => post('/mfa/verify', { recoveryCode }, more);
  const me = () => ask(service, { resource: '/v1/me', user: 'ada' });
  const removeTotp = () => ask(service, { resource: '/v1/me/mfa/totp', method: 'DELETE', user: 'ada' });
  return { world, post, make, use, me, code, removeTotp };
}

describe('recovery codes', () => {
  it('are ten of 120 bits, shown once and kept nowhere in clear', async () => {
    const { world, make, me } = await aPerson();
    const codes = await make();
    expect(new Set(codes).size).toBe(10);
    for (const code of codes) expect(code).toMatch(/^[0-9a-hjkmnp-tv-z]{6}(?:-[0-9a-hjkmnp-tv-z]{6}){3}$/);
    expect((await me()).body).toMatchObject({ mfa: { recoveryCodesLeft: 10 } });
    const kept = JSON.stringify([world.store.commits, world.store.observations, world.telemetry.lines]);
    for (const code of codes) expect(kept).not.toContain(code);
  });

  it('are made by a session that is stepped up, and by no other', async () => {
    const { post, world, make } = await aPerson();
    expect((await post('/mfa/recovery-codes', undefined, { session: 'stolen' })).status).toBe(401);
    await make();
    world.pass(11 * 60_000);
    expect((await post('/mfa/recovery-codes')).status).toBe(401);
  });

  it('step a session up once each, by the method recovery-code', async () => {
    const { world, make, use, me } = await aPerson();
    const [code = ''] = await make();
    expect(await use(code, { session: 'later' })).toMatchObject({
      status: 200,
      body: { verifiedAt: '2026-11-22T12:00:30.000Z', expiresAt: '2026-11-22T12:10:30.000Z' },
    });
    expect(await world.deps.stepUps.read('ada', 'later')).toMatchObject({ method: 'recovery-code' });
    expect((await use(code, { session: 'third' })).status).toBe(422);
    expect(await world.deps.stepUps.read('ada', 'third')).toBeUndefined();
    expect((await me()).body).toMatchObject({ mfa: { recoveryCodesLeft: 9 } });
    expect(world.store.commits.at(-1)).toMatchObject({
      events: [{ type: 'RecoveryCodeUsed', data: { left: 9 } }],
      changes: [{ from: 10, to: 9 }],
    });
  });

  it('raced by many sessions open one of them', async () => {
    const { make, use } = await aPerson();
    const [code = ''] = await make();
    const answers = await Promise.all(['a', 'b', 'c', 'd'].map((session) => use(code, { session })));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 422, 422, 422]);
  });

  it('are taken as people type them', async () => {
    const { make, use } = await aPerson();
    const [code = '', other = ''] = await make();
    expect((await use(code.toUpperCase().replaceAll('-', ' '))).status).toBe(200);
    expect((await use(other.replaceAll('-', '').replaceAll('0', 'O').replaceAll('1', 'l'))).status).toBe(200);
  });

  it('of an earlier set are void', async () => {
    const { make, use } = await aPerson();
    const [old = ''] = await make();
    const [fresh = ''] = await make();
    expect((await use(old)).status).toBe(422);
    expect((await use(fresh)).status).toBe(200);
  });

  const failTen = async (world: { pass(ms: number): void }, guess: () => Promise<{ readonly status: number }>) => {
    for (let count = 0; count < 10; count += 1) {
      world.pass(3_000);
      expect((await guess()).status).toBe(422);
    }
  };

  it('that are wrong are counted, and a right one opens nothing while they are locked; the app goes on', async () => {
    const { world, make, use, post, code } = await aPerson();
    const [right = ''] = await make();
    await failTen(world, () => use('0'.repeat(24)));
    expect((await use(right)).status).toBe(429);
    expect((await post('/mfa/verify', { code: await code() })).status).toBe(200);
    expect((await use(right)).status).toBe(429);
    world.pass(30 * 60_000);
    expect((await use(right)).status).toBe(200);
  });

  it('are the way out where somebody has locked the codes of the app, and do not lift that lock', async () => {
    const { world, make, use, post, code } = await aPerson();
    const [right = ''] = await make();
    await failTen(world, () => post('/mfa/verify', { code: '000000' }, { session: 'stolen' }));
    expect((await post('/mfa/verify', { code: await code() })).status).toBe(429);
    expect((await use(right)).status).toBe(200);
    expect((await post('/mfa/verify', { code: await code() })).status).toBe(429);
  });

  it('that were locked are so no more after a reset', async () => {
    const { world, make, use } = await aPerson();
    await make();
    await failTen(world, () => use('0'.repeat(24)));
    const { deps, store } = world;
    const context = {
      actor: { user: 'root', level: 'super-admin' },
      request: { id: 'r', route: 'platform.mfaReset' },
      command: { name: 'platform.mfaReset' },
    } as const;
    expect((await resetFactors({ ...deps, journal: store.journal }, 'ada', 'case 4711', context)).ok).toBe(true);
    expect(await deps.recoveryCounters.beginAttempt('ada', world.now().getTime())).toMatchObject({ allowed: true });
  });

  it('forgive what was mistyped before', async () => {
    const { world, make, use } = await aPerson();
    const codes = await make();
    for (const code of codes.slice(0, 2)) {
      for (let guess = 0; guess < 9; guess += 1) {
        world.pass(3_000);
        expect((await use('0'.repeat(24))).status).toBe(422);
      }
      expect((await use(code)).status).toBe(200);
    }
  });

  it('are refused where there are none', async () => {
    const { use } = await aPerson();
    expect((await use('0'.repeat(24))).status).toBe(409);
  });
});

describe('removing the authenticator app', () => {
  it('leaves the last factor where it is', async () => {
    const { removeTotp, post, me } = await aPerson();
    expect((await removeTotp()).status).toBe(409);
    const { challenge } = (await post('/mfa/passkeys/options')).body as unknown as { challenge: string };
    const credential = new SoftAuthenticator().register({ challenge });
    expect((await post('/mfa/passkeys', { name: 'Phone', credential })).status).toBe(201);
    expect((await removeTotp()).status).toBe(204);
    expect((await me()).body).toMatchObject({ mfa: { totp: 'none', passkeys: [{ name: 'Phone' }] } });
    expect((await removeTotp()).status).toBe(404);
    expect((await post('/mfa/verify', { code: '123456' })).status).toBe(409);
  });
});
