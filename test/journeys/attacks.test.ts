import { createHmac, generateKeyPairSync, randomBytes, sign } from 'node:crypto';

import { deriveId } from '../../lambdas/kernel/ids';
import { keyBody } from '../support/an-api-key';
import { sharedCloud, type ApiAnswer, type Parsed } from '../support/local-cloud';
import {
  aConnectedTenant,
  aMember,
  aPayment,
  aPerson,
  aSession,
  enrol,
  invitationToken,
  must,
  newKey,
  nextCode,
  paymentBody,
  problemOf,
  type ConnectedTenant,
  type SignedIn,
} from '../support/people';
import { plant } from '../support/planted';
import { raw } from '../support/raw-request';

/** What people try over HTTP; `attacks-by-providers.test.ts` has what providers try, `attacks-by-roles.test.ts` stolen credentials. */
const cloud = sharedCloud();

describe('attacks', () => {
  const startedAt = new Date().toISOString();
  let victim: ConnectedTenant;
  let attacker: ConnectedTenant;
  let payment: Parsed;

  beforeAll(async () => {
    victim = await aConnectedTenant(cloud, 'Victim');
    attacker = await aConnectedTenant(cloud, 'Attacker');
    payment = await aPayment(victim, { amount: 500, capture: 'manual' });
  });

  const api = () => attacker.owner.api;
  const pay = (body: unknown, headers: Readonly<Record<string, string>> = newKey()): Promise<ApiAnswer> =>
    api().post(`${attacker.path}/payments`, body, headers);

  describe('by an Owner of another tenant', () => {
    it('finds nothing of another tenant under its own', async () => {
      const there = `${attacker.path}/payments/${String(payment.id)}`;
      const tries = [
        api().get(there),
        api().get(`${there}/timeline`),
        api().post(`${there}/capture`, {}, newKey()),
        api().post(`${there}/cancel`, {}, newKey()),
        api().post(`${there}/refunds`, {}, newKey()),
        api().get(`${attacker.path}/provider-connections/${victim.connectionId}`),
      ];
      for (const answer of await Promise.all(tries)) expect(problemOf(answer)).toMatchObject({ status: 404 });
      expect(problemOf(await pay({ ...paymentBody(), connectionId: victim.connectionId }))).toEqual({
        status: 422,
        type: 'refused',
        reason: 'connection-not-found',
      });
    });

    it('gets no further by a cursor of another list, another tenant, or its own making', async () => {
      await Promise.all([1, 2].map(() => Promise.all([aPayment(victim), aPayment(attacker)])));
      await cloud.idle();
      const cursorOf = async (tenant: ConnectedTenant): Promise<string> =>
        must(await tenant.owner.api.get(`${tenant.path}/payments?limit=1`), 200).nextCursor;
      const own = await cursorOf(attacker);
      const [position = '', tag = ''] = own.split('.');
      const moved = Buffer.from(position, 'base64url').toString().replaceAll(attacker.tenantId, victim.tenantId);
      const elsewhere = [
        `payments?cursor=${await cursorOf(victim)}`,
        `payments?cursor=${Buffer.from(moved).toString('base64url')}.${tag}`,
        `payments?cursor=${position}`,
        `payments?cursor=${position}=.${tag}`,
        `members?cursor=${own}`,
        `audit-events?cursor=${own}`,
      ];
      for (const list of elsewhere) {
        expect(problemOf(await api().get(`${attacker.path}/${list}`))).toEqual({ status: 400, type: 'invalid-cursor' });
      }
      must(await api().get(`${attacker.path}/payments?cursor=${own}`), 200);
    });

    it('does not get the result of another by their Idempotency-Key', async () => {
      const key = newKey();
      const path = (tenant: ConnectedTenant) => `${tenant.path}/payments`;
      const first = must(await victim.owner.api.post(path(victim), paymentBody(), key), 201);
      const second = await api().post(path(attacker), paymentBody(), key);
      expect(must(second, 201).id).not.toBe(first.id);
      expect(second.headers.get('idempotent-replayed')).toBeNull();
    });
  });

  describe('by a token', () => {
    it('that is not the ID token of a person, as the pool signed it, opens nothing', async () => {
      const { idToken, accessToken, refreshToken } = attacker.owner.session;
      const [head = '', payload = '', signature = ''] = idToken.split('.');
      const header = JSON.parse(Buffer.from(head, 'base64url').toString()) as object;
      const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
      const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
      const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
      const signed = (withHeader: object, withClaims: object = claims): string => {
        const text = `${part(withHeader)}.${part(withClaims)}`;
        return `${text}.${sign('RSA-SHA256', Buffer.from(text), privateKey).toString('base64url')}`;
      };
      const hmacText = `${part({ ...header, alg: 'HS256' })}.${payload}`;
      const hmacKey = publicKey.export({ type: 'spki', format: 'pem' }).toString();
      const forged = [
        accessToken,
        refreshToken,
        `${part({ ...header, alg: 'none' })}.${payload}.`,
        `${part({ ...header, alg: 'None' })}.${payload}.${signature}`,
        `${hmacText}.${createHmac('sha256', hmacKey).update(hmacText).digest('base64url')}`,
        signed(header),
        signed({ ...header, jwk: publicKey.export({ format: 'jwk' }) }),
        signed({ ...header, kid: '__proto__' }),
        `${head}.${part({ ...claims, sub: victim.owner.userId })}.${signature}`,
        `${head}.${part({ ...claims, exp: 4_102_444_800 })}.${signature}`,
        '..',
        'a'.repeat(7_000),
      ];
      for (const authorization of forged) {
        const { status } = await raw('GET', cloud.description.apiUrl, `${attacker.path}/payments`, { authorization });
        expect({ token: authorization.slice(0, 60), status }).toMatchObject({ status: 401 });
      }
    });
  });

  describe('by the form of a request', () => {
    const json = (amount: string, rest = '') =>
      `{"amount":{"amount":${amount},"currency":"USD"},"paymentMethod":{"token":"tok_success"}${rest}}`;

    it.each<[string, string, number]>([
      ['half a cent', json('1.5'), 400],
      ['nothing', json('-0'), 400],
      ['less than nothing', json('-5'), 400],
      ['more than is exact', json('9007199254740993'), 400],
      ['more than a number', json('1e400'), 400],
      ['an amount in words', json('"100"'), 400],
      ['a prototype', json('1', ',"__proto__":{"capture":"manual"}'), 400],
      ['an escaped prototype', json('1', String.raw`,"\u005f_proto__":1`), 400],
      ['a name twice', json('1', ',"capture":"manual","capture":"automatic"'), 400],
      ['half a character', json('1', String.raw`,"reference":"\ud800"`), 400],
      ['half a character for a name', json('1', String.raw`,"\ud800":1`), 400],
      ['a field of the answer', json('1', ',"status":"captured"'), 400],
      ['deep brackets', '['.repeat(30_000) + ']'.repeat(30_000), 400],
      ['two documents', json('1') + json('1'), 400],
      ['a byte order mark', `\ufeff${json('1')}`, 400],
      ['null', 'null', 400],
      ['too much', json('1', `,"reference":"${'x'.repeat(70_000)}"`), 413],
    ])('%s is refused', async (_, body, status) => {
      expect(problemOf(await pay(body)).status).toBe(status);
    });

    it.each<[string, Readonly<Record<string, string | string[]>>, number]>([
      ['a key twice', { 'idempotency-key': ['one', 'one'] }, 400],
      ['a key too long', { 'idempotency-key': 'k'.repeat(256) }, 400],
      ['another content type', { 'content-type': 'text/plain' }, 415],
      ['another charset', { 'content-type': 'application/json; charset=utf-16' }, 415],
      ['two versions', { 'if-match': ['"1"', '"2"'] }, 400],
      ['another method behind the method', { 'x-http-method-override': 'DELETE' }, 201],
      ['a host that is none', { host: '[::1' }, 201],
      ['another address', { 'x-forwarded-for': '203.0.113.9' }, 201],
    ])('%s in the headers changes nothing else', async (_, headers, status) => {
      const given = { ...newKey(), authorization: attacker.owner.session.idToken, 'content-type': 'application/json' };
      const place = `${attacker.path}/payments`;
      const answer = await raw('POST', cloud.description.apiUrl, place, { ...given, ...headers }, json('7'));
      expect(answer.status).toBe(status);
    });

    it('another spelling of a path leads nowhere', async () => {
      const { tenantId } = attacker;
      const paths = [
        `/v1/tenants/${tenantId}/payments/`,
        `//v1/tenants/${tenantId}/payments`,
        `/V1/tenants/${tenantId}/payments`,
        `/v1/tenants/${tenantId.toUpperCase()}/payments`,
        `/v1/tenants/${tenantId}%2F..%2F${victim.tenantId}/payments`,
        `/v1/tenants/${tenantId}/..;/${victim.tenantId}/payments`,
        `/v1/tenants/${tenantId}/../${victim.tenantId}/payments`,
        `/v1/tenants/${tenantId}%00/payments`,
        `/v1/tenants/${tenantId}%23payment/payments`,
        '/v1/tenants/%2a/payments',
        '/v1/tenants/__proto__/payments',
        '/v1/tenants/%ff/payments',
        `/v1/tenants/${'a'.repeat(5_000)}/payments`,
        `/v1/tenants/${tenantId}/payments?limit=1&limit=2`,
        `/v1/tenants/${tenantId}/payments?constructor=1`,
        `/v1/tenants/${tenantId}/payments?tenantId=${victim.tenantId}`,
      ];
      for (const path of paths) {
        const headers = { authorization: attacker.owner.session.idToken };
        const { status } = await raw('GET', cloud.description.apiUrl, path, headers);
        expect({ path: path.slice(0, 90), status }).toEqual({
          path: path.slice(0, 90),
          status: path.includes('?') ? 400 : 404,
        });
      }
    });

    it('no origin but the console is let in', async () => {
      const path = `${attacker.path}/payments`;
      const evil = ['https://evil.example', 'null', 'http://localhost:5173.evil.example', 'http://LOCALHOST:5173'];
      for (const origin of evil) {
        const headers = { origin, authorization: attacker.owner.session.idToken };
        const { headers: answered } = await raw('GET', cloud.description.apiUrl, path, headers);
        expect(answered).not.toHaveProperty('access-control-allow-origin');
        const preflight = await raw('OPTIONS', cloud.description.apiUrl, path, { origin });
        expect(preflight.headers['access-control-allow-origin']).not.toBe(origin);
      }
    });
  });

  describe('by an invitation', () => {
    const accept = (person: SignedIn, token: unknown) => person.api.post('/v1/invitations/accept', { token });

    it('nobody gets in but whom it was sent to: not by another token, nor by an address that looks alike', async () => {
      const { owner, path } = victim;
      const local = `kim.${randomBytes(5).toString('hex')}`;
      const password = plant('password', `Pw-${randomBytes(12).toString('base64url')}-1a`);
      const email = plant('e-mail address', `${local}@people.example`);
      must(await owner.api.post(`${path}/members`, { email, role: 'admin' }, newKey()), 201);
      const token = await invitationToken(cloud, email);
      const [tenantId = '', invitationId = '', code = ''] = token.split('.');

      const eve = await aPerson(cloud, 'eve');
      const others: readonly unknown[] = [
        token,
        `${attacker.tenantId}.${invitationId}.${code}`,
        `${tenantId}.${deriveId('invitation', ['absent'])}.${code}`,
        `${tenantId}.${invitationId}.`,
        `${tenantId}.${invitationId}.AAAA`,
        `${token}=`,
        `${token}.x`,
      ];
      for (const other of others) expect((await accept(eve, other)).status).toBe(422);
      for (const other of [[token], 5, null]) expect((await accept(eve, other)).status).toBe(400);

      // The Kelvin sign is `k` to a careless comparison, and part of another address to the mail.
      const lookAlike = { email: plant('e-mail address', email.replace('k', '\u212a')), password };
      await cloud.signUp(lookAlike);
      const session = await aSession(cloud, lookAlike);
      const refused = await cloud.api(session).post('/v1/invitations/accept', { token });
      expect(problemOf(refused)).toMatchObject({ status: 422, type: 'refused' });

      const invited = { email: email.toUpperCase(), password };
      await cloud.signUp(invited);
      must(await cloud.api(await aSession(cloud, invited)).post('/v1/invitations/accept', { token }), 200);
    });

    it('nobody is given more than the giver has', async () => {
      const { owner, path } = victim;
      const invite = (who: SignedIn, grant: object) =>
        who.api.post(`${path}/members`, { email: 'more@people.example', ...grant }, newKey());
      expect((await invite(owner, { role: 'owner' })).status).toBe(403);
      expect((await invite(owner, { role: 'super-admin' })).status).toBe(400);
      expect((await invite(owner, { role: 'admin', permissions: ['members:manage'] })).status).toBe(422);
      expect((await invite(owner, { role: 'admin', permissions: ['__proto__'] })).status).toBe(400);
      const restricted = await aMember(cloud, victim, { role: 'admin', permissions: ['payments:read'] });
      expect((await invite(restricted, { role: 'admin', permissions: ['payments:read'] })).status).toBe(403);
      expect((await restricted.api.post(`${path}/payments`, paymentBody(), newKey())).status).toBe(403);
      expect((await restricted.api.post('/v1/tenants', { name: 'x', ownerEmail: 'x@people.example' })).status).toBe(
        403,
      );
    });
  });

  describe('by a second factor', () => {
    it('guessing locks it in every session, for the right code, too', async () => {
      const person = await aPerson(cloud, 'guessed');
      await enrol(person);
      const sessions = await Promise.all([aSession(cloud, person), aSession(cloud, person)]);
      const verify = (session: number, code: string) =>
        cloud.api(sessions[session % 2]).post('/v1/me/mfa/verify', { code });
      const guesses = await Promise.all(
        Array.from({ length: 13 }, (_, guess) => verify(guess, String(100_000 + guess))),
      );
      expect(guesses.map(({ status }) => status).sort()).toEqual([
        ...Array.from({ length: 10 }, () => 422),
        ...Array.from({ length: 3 }, () => 429),
      ]);
      const right = await verify(1, await nextCode(person));
      expect(problemOf(right)).toMatchObject({ status: 429, type: 'second-factor-locked' });
      expect(Number(right.headers.get('retry-after'))).toBeGreaterThan(1_700);
      // No session that has shown nothing puts a factor of its own in its place.
      expect(problemOf(await cloud.api(sessions[0]).post('/v1/me/mfa/totp'))).toMatchObject({
        type: 'step-up-required',
      });
    });

    it('what one session has done by it, another of the same person cannot repeat', async () => {
      const { owner, path } = victim;
      const [body, headers] = [keyBody(), newKey()];
      const { secret } = must(await owner.api.post(`${path}/api-keys`, body, headers), 201);
      plant('API key', secret);
      const another = cloud.api(await aSession(cloud, owner));
      const replayed = await another.post(`${path}/api-keys`, body, headers);
      expect(problemOf(replayed)).toEqual({ status: 401, type: 'step-up-required' });
      expect(replayed.text).not.toContain(secret);
    });

    it('one code steps up one session', async () => {
      const person = await aPerson(cloud, 'raced');
      await enrol(person);
      const sessions = await Promise.all([aSession(cloud, person), aSession(cloud, person)]);
      const code = await nextCode(person);
      const race = [...sessions, ...sessions].map((session) => cloud.api(session).post('/v1/me/mfa/verify', { code }));
      expect((await Promise.all(race)).map(({ status }) => status).sort()).toEqual([200, 422, 422, 422]);
      const me = await Promise.all(sessions.map((session) => cloud.api(session).get('/v1/me')));
      expect(me.filter(({ body }) => body.stepUp.verifiedAt !== null)).toHaveLength(1);
    });
  });

  it('made no error that nobody expected', async () => {
    const failed = (await cloud.logs({ contains: 'failed' })).filter(
      ({ at, line }) => at >= startedAt && /"ERROR"/.test(line),
    );
    expect(failed.map(({ line }) => line)).toEqual([]);
  });
});
