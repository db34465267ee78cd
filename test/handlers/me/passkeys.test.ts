import '../../support/function-env';

import { newMe } from '../../../lambdas/handlers/me/handler';
import { SoftAuthenticator, type Algorithm, type Ceremony } from '../../support/soft-authenticator';
import { ask, aServiceWorld } from '../../support/service-world';

interface Who {
  readonly user?: string;
  readonly session?: string;
}

function aWorld() {
  const world = aServiceWorld();
  const service = newMe(world.deps);
  const call = (path: string, body: object | undefined, { user = 'ada', session = 'session-1' }: Who = {}) =>
    ask(service, {
      resource: `/v1/me/mfa/passkeys${path}`,
      method: 'POST',
      user,
      session,
      email: `${user}@example.com`,
      ...(body === undefined ? {} : { body }),
    });
  const challengeFor = async (path: '/options' | '/verify/options', who: Who = {}): Promise<string> => {
    const { status, body } = await call(path, undefined, who);
    expect(status).toBe(200);
    return (body as unknown as { challenge: string }).challenge;
  };
  const register = async (authenticator: SoftAuthenticator, wrong: Partial<Ceremony> = {}, who: Who = {}) => {
    const challenge = await challengeFor('/options', who);
    return call('', { name: 'Laptop', credential: authenticator.register({ challenge, ...wrong }) }, who);
  };
  const verify = async (authenticator: SoftAuthenticator, wrong: Partial<Ceremony> = {}, who: Who = {}) => {
    const challenge = await challengeFor('/verify/options', who);
    return call('/verify', { credential: authenticator.assert({ challenge, ...wrong }) }, who);
  };
  const remove = (id: string, who: Who = {}) =>
    ask(service, {
      resource: '/v1/me/mfa/passkeys/{passkeyId}',
      params: { passkeyId: id },
      method: 'DELETE',
      user: 'ada',
      ...who,
    });
  const me = () => ask(service, { resource: '/v1/me', user: 'ada' });
  const isSteppedUp = async (session = 'session-1') => (await world.deps.stepUps.read('ada', session)) !== undefined;
  return { world, call, challengeFor, register, verify, remove, me, isSteppedUp };
}

const wrongs: readonly (readonly [string, Partial<Ceremony>])[] = [
  ['made for another origin', { origin: 'https://console.example.com.evil.example' }],
  ['made for another port of the host', { origin: 'https://console.example.com:8443' }],
  ['made without TLS', { origin: 'http://console.example.com' }],
  ['bound to another site', { site: 'evil.example' }],
  ['bound to the site above', { site: 'example.com' }],
  ['over another challenge', { challenge: Buffer.alloc(32).toString('base64url') }],
  ['without user verification', { userVerified: false }],
  ['of another ceremony', { type: 'payment.get' }],
];

describe('registering a passkey', () => {
  it('asks for what the standard calls for: user verification, no attestation, known algorithms', async () => {
    const { call } = aWorld();
    expect((await call('/options', undefined)).body).toEqual({
      rp: { id: 'console.example.com', name: 'Countinghouse' },
      user: { id: Buffer.from('ada').toString('base64url'), name: 'ada@example.com', displayName: 'ada@example.com' },
      challenge: expect.stringMatching(/^[\w-]{43}$/),
      pubKeyCredParams: [-8, -7, -257].map((alg) => ({ type: 'public-key', alg })),
      timeout: 300_000,
      excludeCredentials: [],
      authenticatorSelection: { residentKey: 'preferred', userVerification: 'required' },
      attestation: 'none',
    });
  });

  it.each<Algorithm>(['ES256', 'RS256', 'EdDSA'])('takes a key of %s, and then what it signs', async (algorithm) => {
    const { register, verify, me, isSteppedUp } = aWorld();
    const authenticator = new SoftAuthenticator(algorithm);
    expect(await register(authenticator)).toMatchObject({ status: 201, body: { name: 'Laptop' } });
    expect((await me()).body).toMatchObject({
      mfa: { totp: 'none', passkeys: [{ id: expect.stringMatching(/^psk_/), name: 'Laptop' }] },
    });
    expect(await isSteppedUp()).toBe(false);
    expect((await verify(authenticator)).status).toBe(200);
    expect(await isSteppedUp()).toBe(true);
  });

  it.each(wrongs)('refuses one %s', async (_what, wrong) => {
    const { register, me, world } = aWorld();
    expect(await register(new SoftAuthenticator(), wrong)).toMatchObject({ status: 422 });
    expect((await me()).body).toMatchObject({ mfa: { passkeys: [] } });
    expect(world.store.observations.find(({ type }) => type === 'MfaRefused')).toMatchObject({
      data: { reason: 'passkey-refused' },
    });
  });

  it('takes an attestation by the key itself, and none by anybody else', async () => {
    const { call, challengeFor } = aWorld();
    const send = async (format: 'packed' | 'fido-u2f', certificates?: readonly Buffer[]) => {
      const challenge = await challengeFor('/options');
      const credential = new SoftAuthenticator().register({ challenge }, format, certificates);
      return (await call('', { name: 'Attested', credential })).status;
    };
    expect(await send('fido-u2f')).toBe(422);
    expect(await send('packed', [Buffer.alloc(300)])).toBe(422);
    expect(await send('packed')).toBe(201);
  });

  it('takes each challenge once, within five minutes, in its own session and of its own person', async () => {
    const { call, challengeFor, world } = aWorld();
    const send = (challenge: string, who: Who = {}) =>
      call('', { name: 'Laptop', credential: new SoftAuthenticator().register({ challenge }) }, who);
    const challenge = await challengeFor('/options');
    expect((await send(challenge, { session: 'another' })).status).toBe(422);
    expect((await send(challenge, { user: 'bob' })).status).toBe(422);
    expect((await send(challenge)).status).toBe(201);
    await world.stepUp('ada');
    expect((await send(challenge)).status).toBe(422);
    const late = await challengeFor('/options');
    world.pass(5 * 60_000);
    expect((await send(late)).status).toBe(422);
  });

  it('asks for a step-up where a factor is active, at both steps', async () => {
    const { call, challengeFor, register, world } = aWorld();
    const early = await challengeFor('/options', { session: 'stolen' });
    expect((await register(new SoftAuthenticator())).status).toBe(201);
    const credential = new SoftAuthenticator().register({ challenge: early });
    expect(await call('', { name: 'Thief', credential }, { session: 'stolen' })).toMatchObject({
      status: 401,
      body: { error: 'insufficient_user_authentication' },
    });
    expect((await call('/options', undefined, { session: 'stolen' })).status).toBe(401);
    await world.stepUp('ada');
    expect((await register(new SoftAuthenticator())).status).toBe(201);
    expect((await call('/options', undefined, { session: 'stolen' })).status).toBe(401);
  });

  it('takes a credential once', async () => {
    const { register, world } = aWorld();
    const authenticator = new SoftAuthenticator();
    await register(authenticator);
    await world.stepUp('ada');
    expect((await register(authenticator)).status).toBe(409);
  });

  it('stops at ten', async () => {
    const { register, call, world } = aWorld();
    for (let made = 0; made < 10; made += 1) {
      world.pass(10_000);
      await world.stepUp('ada');
      expect((await register(new SoftAuthenticator('EdDSA'))).status).toBe(201);
    }
    expect((await call('/options', undefined)).status).toBe(409);
  });
});

describe('verifying a passkey', () => {
  it('steps up this session and no other, by the method passkey', async () => {
    const { world, register, verify, isSteppedUp } = aWorld();
    const authenticator = new SoftAuthenticator();
    await register(authenticator);
    expect(await verify(authenticator)).toMatchObject({
      status: 200,
      body: { verifiedAt: '2026-11-22T12:00:00.000Z', expiresAt: '2026-11-22T12:10:00.000Z' },
    });
    expect(await world.deps.stepUps.read('ada', 'session-1')).toMatchObject({ method: 'passkey' });
    expect(await isSteppedUp('another')).toBe(false);
    expect(world.store.observations.at(-1)).toMatchObject({ type: 'MfaVerified', data: { method: 'passkey' } });
  });

  it.each(wrongs)('refuses an assertion %s', async (_what, wrong) => {
    const { register, verify, isSteppedUp } = aWorld();
    const authenticator = new SoftAuthenticator();
    await register(authenticator);
    expect((await verify(authenticator, wrong)).status).toBe(422);
    expect(await isSteppedUp()).toBe(false);
  });

  it('takes an assertion once, and of many at once one', async () => {
    const { call, challengeFor, register } = aWorld();
    const authenticator = new SoftAuthenticator();
    await register(authenticator);
    const credential = authenticator.assert({ challenge: await challengeFor('/verify/options') });
    const answers = await Promise.all([1, 2, 3].map(() => call('/verify', { credential })));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 422, 422]);
    expect((await call('/verify', { credential })).status).toBe(422);
  });

  it('takes no challenge of another session, of another ceremony, or of more than five minutes ago', async () => {
    const { world, call, challengeFor, register } = aWorld();
    const authenticator = new SoftAuthenticator();
    await register(authenticator);
    const answer = async (challenge: string, who: Who = {}) =>
      (await call('/verify', { credential: authenticator.assert({ challenge }) }, who)).status;
    const others = await challengeFor('/verify/options', { session: 'another' });
    expect(await answer(others)).toBe(422);
    await world.stepUp('ada');
    expect(await answer(await challengeFor('/options'))).toBe(422);
    const late = await challengeFor('/verify/options');
    world.pass(5 * 60_000);
    expect(await answer(late)).toBe(422);
  });

  it("refuses another person's passkey, and a handle of another person", async () => {
    const { call, challengeFor, register, isSteppedUp } = aWorld();
    const [own, others] = [new SoftAuthenticator(), new SoftAuthenticator()];
    await register(own);
    await register(others, {}, { user: 'bob' });
    const challenge = await challengeFor('/verify/options');
    expect((await call('/verify', { credential: others.assert({ challenge }) })).status).toBe(422);
    const again = await challengeFor('/verify/options');
    expect((await call('/verify', { credential: own.assert({ challenge: again }, 'bob') })).status).toBe(422);
    // The credential of one, signed by the key of the other.
    const third = await challengeFor('/verify/options');
    const forged = { ...others.assert({ challenge: third }), id: own.credentialId, rawId: own.credentialId };
    expect((await call('/verify', { credential: forged })).status).toBe(422);
    expect(await isSteppedUp()).toBe(false);
    const last = await challengeFor('/verify/options');
    expect((await call('/verify', { credential: own.assert({ challenge: last }, 'ada') })).status).toBe(200);
  });

  it('refuses a counter that does not rise, and remembers it', async () => {
    const { world, register, verify } = aWorld();
    const authenticator = new SoftAuthenticator();
    await register(authenticator);
    expect((await verify(authenticator, { counter: 7 })).status).toBe(200);
    expect((await verify(authenticator, { counter: 7 })).status).toBe(422);
    expect((await verify(authenticator, { counter: 3 })).status).toBe(422);
    expect((await verify(authenticator, { counter: 0 })).status).toBe(422);
    expect(world.store.observations.at(-1)).toMatchObject({ type: 'MfaRefused', data: { reason: 'counter-fell' } });
    expect((await verify(authenticator, { counter: 8 })).status).toBe(200);
  });

  it('takes authenticators that do not count', async () => {
    const { register, verify } = aWorld();
    const authenticator = new SoftAuthenticator('ES256', false);
    await register(authenticator);
    expect((await verify(authenticator)).status).toBe(200);
    expect((await verify(authenticator)).status).toBe(200);
  });

  it('is not begun without a passkey', async () => {
    const { call } = aWorld();
    expect((await call('/verify/options', undefined)).status).toBe(409);
  });
});

describe('removing a passkey', () => {
  it('needs a step-up, and leaves the last factor where it is', async () => {
    const { world, register, remove, me } = aWorld();
    await register(new SoftAuthenticator());
    const idsOf = async () =>
      ((await me()).body as unknown as { mfa: { passkeys: { id: string }[] } }).mfa.passkeys.map(({ id }) => id);
    const [first = ''] = await idsOf();
    expect((await remove(first)).status).toBe(401);
    await world.stepUp('ada');
    expect((await remove(first)).status).toBe(409);
    await register(new SoftAuthenticator());
    expect((await remove(first)).status).toBe(204);
    expect(await idsOf()).toHaveLength(1);
    expect((await remove(first)).status).toBe(404);
  });
});
