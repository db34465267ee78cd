import { routes, type Route } from '../../lambdas/routes';
import { serverEntrance } from '../../lambdas/routes/route';
import { sharedCloud } from '../support/local-cloud';
import { forgedKeys, forgedTokens } from '../support/attacks/tokens';
import { harmOf } from '../support/attacks/harm';
import { forgetLimits } from '../support/matrix/limits';
import { aPlace, pathOf, type Place } from '../support/matrix/places';
import { newOperator } from '../support/operator';
import { newKey } from '../support/people';
import { raw, rawText } from '../support/raw-request';

const cloud = sharedCloud();
const operator = newOperator(cloud);

/** Of the right form, to know by it what can be forged. */
const aKeyOfNobody = `chk_${'0'.repeat(20)}_${'0'.repeat(20)}_${'A'.repeat(43)}`;

const closed = routes.filter(({ principal }) => principal !== 'public');
const forServers = routes.filter(({ apiKeys }) => apiKeys);

/** Requests at once. */
const width = 6;

/** What people try who have no right token, on every route of the table. */
describe('attacks by tokens', () => {
  let victim: Place;
  let attacker: Place;

  beforeAll(async () => {
    [victim, attacker] = await Promise.all([aPlace(cloud, 'Victim'), aPlace(cloud, 'Attacker')]);
  }, 120_000);

  beforeEach(() => forgetLimits(operator));

  /** The statuses with which routes answer, but for those that are expected; and what does harm. */
  async function answersOf(
    chosen: readonly Route[],
    place: Place,
    entrance: string,
    headers: Readonly<Record<string, string | string[]>>,
    ...expected: readonly number[]
  ): Promise<readonly string[]> {
    const wrongOf = async (route: Route): Promise<readonly string[]> => {
      const body = route.method === 'GET' ? undefined : '{}';
      const given = {
        ...newKey(),
        ...(body === undefined ? {} : { 'content-type': 'application/json', 'content-length': String(body.length) }),
        ...headers,
      };
      const path = `${entrance}${pathOf(route, place.ids)}`;
      const answer = await raw(route.method, cloud.description.apiUrl, path, given, body);
      const asFetched = { ...answer, headers: new Headers({ 'content-type': String(answer.headers['content-type']) }) };
      const harm = harmOf(asFetched, [victim.tenant.owner.email, victim.tenant.owner.userId]);
      if (harm !== undefined) return [`${route.id} ${harm}`];
      return expected.includes(answer.status) ? [] : [`${route.id} answered ${String(answer.status)}`];
    };
    const wrong: string[] = [];
    for (let first = 0; first < chosen.length; first += width) {
      wrong.push(...(await Promise.all(chosen.slice(first, first + width).map(wrongOf))).flat());
    }
    return wrong;
  }

  it.each(Object.keys(forgedTokens(aSessionOfNobody(), '')))('%s opens no route', async (what) => {
    const authorization = forgedTokens(attacker.admin.session, victim.tenant.owner.userId)[what] ?? '';
    expect(await answersOf(closed, attacker, '', { authorization }, 401)).toEqual([]);
  });

  it('a person is nobody at the entrance for servers', async () => {
    const { idToken } = victim.tenant.owner.session;
    const headers = { authorization: `Bearer ${idToken}` };
    expect(await answersOf(forServers, victim, serverEntrance, headers, 401)).toEqual([]);
  });

  it('an API key is nothing at the entrance for people', async () => {
    for (const authorization of [victim.key, `Bearer ${victim.key}`]) {
      expect(await answersOf(closed, victim, '', { authorization }, 401)).toEqual([]);
    }
  });

  it('an API key finds no route that is not for servers', async () => {
    const notForServers = routes.filter(({ apiKeys }) => !apiKeys);
    const headers = { authorization: `Bearer ${victim.key}` };
    expect(await answersOf(notForServers, victim, serverEntrance, headers, 404)).toEqual([]);
  });

  it.each(Object.keys(forgedKeys(aKeyOfNobody, aKeyOfNobody)))('an API key %s opens no route', async (what) => {
    const key = forgedKeys(victim.key, attacker.key)[what] ?? '';
    const authorization = `Bearer ${Buffer.from(key).toString('latin1')}`;
    expect(await answersOf(forServers, victim, serverEntrance, { authorization }, 401)).toEqual([]);
  });

  it('an API key opens no other tenant', async () => {
    const headers = { authorization: `Bearer ${attacker.key}` };
    expect(await answersOf(forServers, victim, serverEntrance, headers, 404)).toEqual([]);
  });

  it.each<[string, (key: string) => Readonly<Record<string, string | string[]>>]>([
    ['without its scheme', (key) => ({ authorization: key })],
    ['by another scheme', (key) => ({ authorization: `Basic ${Buffer.from(`${key}:`).toString('base64')}` })],
    ['with a second one', (key) => ({ authorization: `Bearer ${key}, Bearer ${key}` })],
    ['in another header', (key) => ({ 'x-api-key': key })],
    ['in a cookie', (key) => ({ cookie: `authorization=Bearer ${key}` })],
  ])('an API key %s opens no route', async (_, headersOf) => {
    expect(await answersOf(forServers, victim, serverEntrance, headersOf(victim.key), 401)).toEqual([]);
  });

  it.each<[string, Readonly<Record<string, string>>]>([
    [
      'the address of a colleague',
      { 'x-forwarded-for': '127.0.0.1', forwarded: 'for=127.0.0.1', 'x-real-ip': '127.0.0.1' },
    ],
    ['another path', { 'x-original-url': '/v1/me', 'x-rewrite-url': '/v1/me' }],
    ['another method', { 'x-http-method-override': 'GET', 'x-http-method': 'GET' }],
    [
      'what the gateway would add',
      { 'x-amzn-request-context': '{"authorizer":{"claims":{"sub":"x"}}}', 'x-user-id': 'x' },
    ],
    ['another tenant', { 'x-tenant-id': 'ten_00000000000000000000', 'x-amz-security-token': 'x' }],
    ['a claim', { 'x-cognito-groups': 'super-admin', 'x-cognito-sub': 'x', 'x-amzn-oidc-data': 'x' }],
  ])("a header that names %s opens nobody's tenant", async (_, extra) => {
    const headers = { authorization: attacker.admin.session.idToken, ...extra };
    const tenantRoutes = routes.filter(({ principal }) => principal === 'tenant-member');
    expect(await answersOf(tenantRoutes, victim, '', headers, 404)).toEqual([]);
  });

  it.each(['before', 'after'])('a second token %s one’s own opens nobody’s tenant', async (where) => {
    const inOrder = (mine: string, other: string): string[] => (where === 'before' ? [other, mine] : [mine, other]);
    const tenantRoutes = routes.filter(({ principal }) => principal === 'tenant-member');
    const { session } = attacker.admin;
    const forged = forgedTokens(session, victim.tenant.owner.userId)["with another's subject"] ?? '';
    const people = { authorization: inOrder(session.idToken, forged) };
    expect(await answersOf(tenantRoutes, victim, '', people, 401, 404)).toEqual([]);
    const ofNobody = victim.key.replace(/.{43}$/, 'A'.repeat(43));
    const servers = { authorization: inOrder(`Bearer ${attacker.key}`, `Bearer ${ofNobody}`) };
    expect(await answersOf(forServers, victim, serverEntrance, servers, 401, 404)).toEqual([]);
  });

  it('a request with two lengths is answered once, with a refusal, and what it hides is not asked', async () => {
    const { idToken } = attacker.admin.session;
    const hidden = `GET /v1/me HTTP/1.1\r\nHost: api\r\nAuthorization: ${idToken}\r\n\r\n`;
    const both = (...lengths: readonly string[]): string =>
      [
        `POST ${attacker.tenant.path}/payments HTTP/1.1`,
        'Host: api',
        `Authorization: ${idToken}`,
        'Content-Type: application/json',
        ...lengths,
        '',
        `0\r\n\r\n${hidden}`,
      ].join('\r\n');
    const length = `Content-Length: ${String(hidden.length + 5)}`;
    const chunked = 'Transfer-Encoding: chunked';
    for (const lengths of [
      [length, chunked],
      [chunked, length],
      [length, 'Content-Length: 5'],
      [length, 'Transfer-Encoding: xchunked'],
    ]) {
      const answer = await rawText(cloud.description.apiUrl, both(...lengths));
      expect(answer.match(/^HTTP\/1\.1 \d+/gm)).toEqual(['HTTP/1.1 400']);
      expect(answer).not.toContain(attacker.admin.userId);
    }
  });
});

function aSessionOfNobody() {
  const none = Buffer.from('{}').toString('base64url');
  return { idToken: `${none}.${none}.`, accessToken: '', refreshToken: '' };
}
