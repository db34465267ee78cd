import '../../support/function-env';

import { generate } from 'otplib';

import { resetFactors } from '../../../lambdas/domain/mfa';
import { newMe } from '../../../lambdas/handlers/me/handler';
import { ask, aServiceWorld } from '../../support/service-world';
import { SoftAuthenticator } from '../../support/soft-authenticator';

const operator = {
  actor: { user: 'platform-admins', level: 'operator' },
  request: { id: 'r', route: 'platform-admins' },
  command: { name: 'platform-admins.resetMfa' },
} as const;

function aPerson() {
  const world = aServiceWorld();
  const service = newMe(world.deps);
  const who = { user: 'ada', email: 'ada@example.com' };
  const me = (more: object = {}) => ask(service, { resource: '/v1/me', ...who, ...more });
  const enrol = (more: object = {}) => ask(service, { resource: '/v1/me/mfa/totp', method: 'POST', ...who, ...more });
  const confirm = (code: string, more: object = {}) =>
    ask(service, { resource: '/v1/me/mfa/totp/confirm', body: { code }, ...who, ...more });
  const verify = (code: string, more: object = {}) =>
    ask(service, { resource: '/v1/me/mfa/verify', body: { code }, ...who, ...more });
  const codeOf = (secret: string) => generate({ secret, epoch: Math.floor(world.now().getTime() / 1000) });
  /** Another than the right codes of now. */
  const wrongFor = async (secret: string) => {
    const epoch = Math.floor(world.now().getTime() / 1000);
    const right = [await generate({ secret, epoch }), await generate({ secret, epoch: epoch - 30 })];
    return ['000000', '111111', '222222'].find((code) => !right.includes(code)) ?? '';
  };
  const enrolled = async () => {
    const { secret } = (await enrol()).body as unknown as { secret: string };
    expect((await confirm(await codeOf(secret))).status).toBe(200);
    world.pass(30_000);
    return secret;
  };
  return { world, me, enrol, confirm, verify, codeOf, wrongFor, enrolled };
}

describe('GET /v1/me', () => {
  test('tells memberships, standing, second factor and step-up', async () => {
    const { world, me, enrolled } = aPerson();
    const tenant = await world.tenant();
    await world.member(tenant, 'ada', 'admin', ['payments:read']);
    await world.member(tenant, 'bob');
    await world.superAdmin('root');
    await world.project();
    expect((await me()).body).toEqual({
      userId: 'ada',
      platformAdmin: false,
      memberships: [{ tenantId: tenant, role: 'admin', permissions: ['payments:read'], status: 'active' }],
      mfa: { totp: 'none', passkeys: [], recoveryCodesLeft: 0 },
      stepUp: { verifiedAt: null, expiresAt: null },
    });
    await enrolled();
    expect((await me()).body).toMatchObject({
      mfa: { totp: 'active' },
      stepUp: { verifiedAt: '2026-11-22T12:00:00.000Z', expiresAt: '2026-11-22T12:10:00.000Z' },
    });
    expect((await me({ session: 'another' })).body).toMatchObject({ stepUp: { verifiedAt: null } });
    world.pass(600_000);
    expect((await me()).body).toMatchObject({ stepUp: { verifiedAt: null } });
    expect((await me({ user: 'root' })).body).toMatchObject({ platformAdmin: true, memberships: [] });
  });

  test('reads everything in one round', async () => {
    const { world, me } = aPerson();
    await me();
    expect(world.calls).toEqual([
      'limiter.take',
      'platform.views.record',
      'platform.views.list',
      'platform.journal.read',
      'stepUps.read',
      'sessionStarts.claim',
      'platform.journal.observe',
    ]);
  });
});

describe('enrolling an authenticator app', () => {
  test('shows the secret once, as URI, text and QR code', async () => {
    const { world, enrol } = aPerson();
    const answer = await enrol();
    expect(answer).toMatchObject({ status: 201, body: { expiresAt: '2026-11-22T12:15:00.000Z' } });
    const { secret, otpauthUri, qrCode } = answer.body as unknown as Record<'secret' | 'otpauthUri' | 'qrCode', string>;
    expect(secret).toMatch(/^[A-Z2-7]{32}$/);
    expect(otpauthUri).toContain(`secret=${secret}`);
    const svg = Buffer.from(qrCode.replace('data:image/svg+xml;base64,', ''), 'base64').toString();
    expect(svg).toMatch(/^<svg [\s\S]*<\/svg>\s*$/);
    expect(svg).not.toMatch(/script|href/);
    expect(JSON.stringify([world.store.commits, world.telemetry.lines, world.store.observations])).not.toContain(
      secret,
    );
  });

  test('is confirmed by a first code, which steps the session up', async () => {
    const { enrol, confirm, codeOf, me } = aPerson();
    const { secret } = (await enrol()).body as unknown as { secret: string };
    expect((await me()).body).toMatchObject({ mfa: { totp: 'pending' } });
    expect(await confirm(await codeOf(secret))).toMatchObject({
      status: 200,
      body: { totp: 'active', stepUpExpiresAt: '2026-11-22T12:10:00.000Z' },
    });
  });

  test('cannot be confirmed with a wrong code, after 15 minutes, or before it has begun', async () => {
    const { world, enrol, confirm, codeOf, wrongFor } = aPerson();
    expect((await confirm('123456')).status).toBe(409);
    const { secret } = (await enrol()).body as unknown as { secret: string };
    expect((await confirm(await wrongFor(secret))).status).toBe(422);
    world.pass(15 * 60_000);
    expect((await confirm(await codeOf(secret))).status).toBe(409);
  });

  test('anew makes the earlier secret worthless', async () => {
    const { enrol, confirm, codeOf } = aPerson();
    const first = (await enrol()).body as unknown as { secret: string };
    const second = (await enrol()).body as unknown as { secret: string };
    expect((await confirm(await codeOf(first.secret))).status).toBe(422);
    expect((await confirm(await codeOf(second.secret))).status).toBe(200);
  });

  test('asks for a step-up in this session while a factor is active, and then replaces the app', async () => {
    const { enrol, confirm, verify, codeOf, enrolled, world } = aPerson();
    const old = await enrolled();
    expect(await enrol({ session: 'stolen' })).toMatchObject({
      status: 401,
      body: { error: 'insufficient_user_authentication', maxAgeSeconds: 600 },
    });
    expect(world.store.observations.at(-1)).toMatchObject({ type: 'StepUpRefused', outcome: 'refused' });
    const { secret } = (await enrol()).body as unknown as { secret: string };
    expect((await verify(await codeOf(old))).status).toBe(200);
    world.pass(30_000);
    expect((await confirm(await codeOf(secret), { session: 'stolen' })).status).toBe(401);
    expect((await confirm(await codeOf(secret))).status).toBe(200);
    world.pass(30_000);
    expect((await verify(await codeOf(old))).status).toBe(422);
    expect((await verify(await codeOf(secret))).status).toBe(200);
  });
});

test('who has a factor is asked for it before anything about an addition is looked at', async () => {
  const { confirm, enrolled, world } = aPerson();
  const service = newMe(world.deps);
  const register = (session: string) =>
    ask(service, {
      resource: '/v1/me/mfa/passkeys',
      user: 'ada',
      session,
      body: { name: 'Phone', credential: new SoftAuthenticator().register({ challenge: 'made-up' }) },
    });
  expect((await confirm('123456', { session: 'stolen' })).status).toBe(409);
  expect((await register('stolen')).status).toBe(422);
  await enrolled();
  expect((await confirm('123456', { session: 'stolen' })).status).toBe(401);
  expect((await register('stolen')).status).toBe(401);
  expect((await confirm('123456')).status).toBe(409);
  expect((await register('session-1')).status).toBe(422);
});

describe('after a reset of the second factors', () => {
  test('a session from before it is asked to sign in again, which is remembered', async () => {
    const { world, enrol, enrolled } = aPerson();
    await enrolled();
    const signedInAt = world.now();
    world.pass(5_000);
    const { deps, store } = world;
    expect(await resetFactors({ ...deps, journal: store.journal }, 'ada', 'case 4711', operator)).toMatchObject({
      ok: true,
    });
    expect(await enrol({ signedInAt })).toMatchObject({
      status: 401,
      body: { type: expect.stringMatching(/unauthenticated$/), detail: expect.stringContaining('Sign in again') },
      headers: { 'www-authenticate': expect.stringContaining('invalid_token') },
    });
    expect(store.observations.at(-1)).toMatchObject({
      type: 'AccessRefused',
      data: { reason: 'signed-in-before-reset' },
    });
    expect((await enrol()).status).toBe(201);
  });
});

describe('verifying a code', () => {
  test('that cannot be noted ends in 503, right or wrong, and is counted', async () => {
    const { world, verify, codeOf, wrongFor, enrolled } = aPerson();
    const secret = await enrolled();
    const before = await world.deps.stepUps.read('ada', 'session-1');
    world.breakObservations();
    for (const code of [await wrongFor(secret), await codeOf(secret)]) {
      const seen = world.telemetry.counted.length;
      expect((await verify(code)).status).toBe(503);
      expect(world.telemetry.counted.slice(seen)).toContain('ObservationFailed');
    }
    expect(await world.deps.stepUps.read('ada', 'session-1')).toEqual(before);
  });

  test('is counted, whether it was right or wrong', async () => {
    const { world, verify, codeOf, wrongFor, enrolled } = aPerson();
    const secret = await enrolled();
    const countedBy = async (code: string): Promise<readonly string[]> => {
      const before = world.telemetry.counted.length;
      await verify(code);
      return world.telemetry.counted.slice(before);
    };
    expect(await countedBy(await wrongFor(secret))).toEqual(['MfaRefused']);
    expect(await countedBy(await codeOf(secret))).toEqual(['MfaVerified']);
  });

  test('steps up this session until the window ends, and no other', async () => {
    const { world, verify, codeOf, enrolled } = aPerson();
    const secret = await enrolled();
    expect(await verify(await codeOf(secret), { session: 'later' })).toMatchObject({
      status: 200,
      body: { verifiedAt: '2026-11-22T12:00:30.000Z', expiresAt: '2026-11-22T12:10:30.000Z' },
    });
    expect(await world.deps.stepUps.read('ada', 'later')).toEqual({
      verifiedAtMs: world.now().getTime(),
      method: 'totp',
    });
    expect(await world.deps.stepUps.read('ada', 'other')).toBeUndefined();
  });

  test('counts once', async () => {
    const { verify, codeOf, enrolled } = aPerson();
    const secret = await enrolled();
    const code = await codeOf(secret);
    expect((await verify(code)).status).toBe(200);
    expect((await verify(code)).status).toBe(422);
  });

  test('at once in many sessions steps one of them up', async () => {
    const { world, verify, codeOf, enrolled } = aPerson();
    const code = await codeOf(await enrolled());
    const answers = await Promise.all(['a', 'b', 'c'].map((session) => verify(code, { session })));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 422, 422]);
    const stepped = await Promise.all(['a', 'b', 'c'].map((session) => world.deps.stepUps.read('ada', session)));
    expect(stepped.filter((stepUp) => stepUp !== undefined)).toHaveLength(1);
  });

  test('steps nothing up that cannot be recorded', async () => {
    const { world, codeOf, enrolled } = aPerson();
    const code = await codeOf(await enrolled());
    const { platform } = world.deps;
    const journal = { ...platform.journal, observe: () => Promise.reject(new Error('out of reach')) };
    const service = newMe({ ...world.deps, platform: { ...platform, journal } });
    const request = { resource: '/v1/me/mfa/verify', body: { code }, user: 'ada', session: 'later' };
    expect((await ask(service, request)).status).toBe(500);
    expect(await world.deps.stepUps.read('ada', 'later')).toBeUndefined();
  });

  test('is refused without a factor', async () => {
    const { verify } = aPerson();
    expect((await verify('123456')).status).toBe(409);
    expect((await verify('12345')).status).toBe(400);
  });

  test('locks after ten wrong codes, and says until when', async () => {
    const { verify, wrongFor, codeOf, enrolled, world } = aPerson();
    const secret = await enrolled();
    for (let count = 0; count < 10; count += 1) {
      world.pass(3_000);
      expect((await verify(await wrongFor(secret))).status).toBe(422);
    }
    expect(await verify(await codeOf(secret))).toMatchObject({
      status: 429,
      headers: { 'retry-after': '1800' },
      body: { type: 'https://countinghouse.example/problems/second-factor-locked' },
    });
  });

  test('is remembered with its outcome, never with its code', async () => {
    const { world, verify, codeOf, wrongFor, enrolled } = aPerson();
    const secret = await enrolled();
    const [wrong, right] = [await wrongFor(secret), await codeOf(secret)];
    await verify(wrong);
    await verify(right);
    expect(world.store.observations.slice(-2)).toMatchObject([
      { owner: 'platform', type: 'MfaRefused', outcome: 'refused', data: { reason: 'code-refused' } },
      { owner: 'platform', type: 'MfaVerified', outcome: 'succeeded', actor: { user: 'ada', session: 'session-1' } },
    ]);
    expect(JSON.stringify(world.store.observations)).not.toContain(right);
  });
});
