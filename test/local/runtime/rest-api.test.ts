import { request } from 'node:http';

import { startCloud, type Parsed, type TestCloud } from '../../support/local-cloud';
import { fixtureAssembly } from '../fixture/assembly';

let cloud: TestCloud;
const person = { email: 'someone@example.com', password: 'Correct-horse-9-battery' };

beforeAll(async () => {
  cloud = await startCloud({ assemblyDir: fixtureAssembly() });
  await cloud.signUp(person);
}, 60_000);
afterAll(() => cloud.stop());

/** What a request with this Host header is answered. */
function statusFor(host: string, path: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request(cloud.description.apiUrl + path, { headers: { host } }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    })
      .once('error', reject)
      .end();
  });
}

describe('a request to a proxied method', () => {
  it('reaches the function as the event that API Gateway sends', async () => {
    const answer = await cloud
      .api()
      .get('/v1/things/a%20b?x=1&x=2&y=%2F', { 'X-Custom': 'one', 'X-Forwarded-For': '9.9.9.9', Cookie: 'a=1' });

    expect(answer.status).toBe(200);
    const { event } = answer.body;
    expect(event).toMatchObject({
      resource: '/v1/things/{thingId}',
      path: '/v1/things/a%20b',
      httpMethod: 'GET',
      pathParameters: { thingId: 'a b' },
      queryStringParameters: { x: '2', y: '/' },
      multiValueQueryStringParameters: { x: ['1', '2'], y: ['/'] },
      stageVariables: null,
      body: null,
      isBase64Encoded: false,
    });
    expect(event.requestContext).toMatchObject({
      resourcePath: '/v1/things/{thingId}',
      httpMethod: 'GET',
      path: '/test/v1/things/a%20b',
      stage: 'test',
      accountId: '000000000000',
      protocol: 'HTTP/1.1',
      requestId: answer.headers.get('x-amzn-requestid'),
      extendedRequestId: answer.headers.get('x-amz-apigw-id'),
    });
    expect(event.requestContext.authorizer).toBeUndefined();
    expect(event.requestContext.requestTime).toMatch(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/);
  });

  it('takes names that every object has, and any host', async () => {
    const { event } = (await cloud.api().get('/v1/things?constructor=1&__proto__=2', { toString: '3' })).body;
    expect(Object.entries(event.multiValueQueryStringParameters)).toEqual([
      ['constructor', ['1']],
      ['__proto__', ['2']],
    ]);
    const statuses = ['a b<>', '[::1', 'evil.example:99999'].map((host) => statusFor(host, '/v1/things/special'));
    expect(await Promise.all(statuses)).toEqual([200, 200, 200]);
  });

  it('takes the source address from the socket, whatever X-Forwarded-For claims', async () => {
    const { event } = (await cloud.api().get('/v1/things', { 'X-Forwarded-For': '9.9.9.9' })).body;

    expect(event.requestContext.identity.sourceIp).toBe('127.0.0.1');
    expect(event.headers['X-Forwarded-For']).toBe('9.9.9.9, 127.0.0.1');
  });

  it('prefers a literal path segment over a parameter', async () => {
    const { event } = (await cloud.api().get('/v1/things/special')).body;

    expect(event.resource).toBe('/v1/things/special');
    expect(event.pathParameters).toBeNull();
  });

  it('hands over the body as text', async () => {
    const { event } = (await cloud.api().post('/v1/things', { name: 'Zoë' })).body;

    expect(JSON.parse(event.body as string)).toEqual({ name: 'Zoë' });
    expect(event.isBase64Encoded).toBe(false);
  });

  it('is told in its context which invocation it is and how long it has', async () => {
    const answer = await cloud.api().get('/v1/things');

    expect(answer.body.context).toMatchObject({
      awsRequestId: answer.invocationId,
      functionName: 'fixture-echo',
      memoryLimitInMB: '256',
    });
    expect(answer.body.context.remaining).toBeGreaterThan(500);
    expect(answer.body.context.remaining).toBeLessThanOrEqual(2000);
  });
});

describe('an answer of a function', () => {
  it('keeps repeated headers, decodes base64 and renames WWW-Authenticate, as a REST API does', async () => {
    const answer = await cloud.api().get('/v1/things?do=headers');

    expect(answer.status).toBe(401);
    expect(answer.text).toBe('bytes');
    expect(answer.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(answer.headers.get('x-own')).toBe('yes');
    expect(answer.headers.get('www-authenticate')).toBeNull();
    expect(answer.headers.get('x-amzn-remapped-www-authenticate')).toBe('Bearer');
  });

  it.each([
    ['without a status code', 'malformed'],
    ['that never comes because the process exits', 'exit'],
    ['lost in an uncaught error', 'crash'],
  ])('%s is a 502', async (_case, action) => {
    const answer = await cloud.api().get(`/v1/things?do=${action}`);

    expect(answer.status).toBe(502);
    expect(answer.body).toEqual({ message: 'Internal server error' });
  });

  it.each([
    ['waits for ever', 'hang'],
    ['never yields', 'spin'],
  ])('of a function that %s is a 502 at its timeout, and the next call is served', async (_case, action) => {
    const startedMs = Date.now();
    const answer = await cloud.api().get(`/v1/things?do=${action}`);

    expect(answer.status).toBe(502);
    expect(Date.now() - startedMs).toBeGreaterThanOrEqual(1900);
    expect(
      await cloud.logs({ invocation: answer.invocationId, contains: 'Task timed out after 2.00 seconds' }),
    ).toHaveLength(1);
    expect((await cloud.api().get('/v1/things')).status).toBe(200);
  });
});

describe('the gateway itself', () => {
  it('answers an unknown path and an unknown method with 403 Missing Authentication Token', async () => {
    expect(await cloud.api().get('/nothing')).toMatchObject({
      status: 403,
      body: { message: 'Missing Authentication Token' },
    });
    expect(await cloud.api().delete('/v1/things')).toMatchObject({
      status: 403,
      body: { message: 'Missing Authentication Token' },
    });
  });

  it('answers a preflight without a function, for each allowed origin and no other', async () => {
    const preflight = (origin: string) =>
      cloud
        .api()
        .request('OPTIONS', '/v1/things', undefined, { Origin: origin, 'Access-Control-Request-Method': 'POST' });
    const [first, second, other] = await Promise.all(
      ['https://console.example', 'http://localhost:5173', 'https://evil.example'].map(preflight),
    );

    expect(first!.status).toBe(204);
    expect(first!.headers.get('access-control-allow-origin')).toBe('https://console.example');
    expect(first!.headers.get('access-control-allow-methods')).toContain('POST');
    expect(second!.headers.get('access-control-allow-origin')).toBe('http://localhost:5173');
    expect(other!.headers.get('access-control-allow-origin')).not.toBe('https://evil.example');
    expect(await cloud.callsOf(first!)).toEqual([]);
  });

  it('refuses more than 10 MB, and more than a function takes', async () => {
    expect((await cloud.api().post('/v1/things', 'x'.repeat(11 * 1024 * 1024))).status).toBe(413);
    expect((await cloud.api().post('/v1/things', 'x'.repeat(7 * 1024 * 1024))).status).toBe(413);
  });
});

describe('a method behind the user pool', () => {
  it('is refused without a token by the gateway response of the template', async () => {
    const answer = await cloud.api().get('/me');

    expect(answer.status).toBe(401);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(answer.headers.get('x-error')).toBe('unauthorized');
    expect(answer.body).toEqual({ title: 'Unauthorized', requestId: answer.headers.get('x-amzn-requestid') });
  });

  it('is refused to an access token and to a token that was changed', async () => {
    const { accessToken, idToken } = await cloud.signIn(person);
    const [head, payload, signature] = idToken.split('.');
    const forged = Buffer.from(
      JSON.stringify({ ...JSON.parse(Buffer.from(payload!, 'base64url').toString()), email: 'boss@example.com' }),
    ).toString('base64url');

    expect((await cloud.api().get('/me', { Authorization: accessToken })).status).toBe(401);
    expect((await cloud.api().get('/me', { Authorization: `${head}.${forged}.${signature}` })).status).toBe(401);
  });

  it('hands over the claims as strings', async () => {
    const { claims } = (await cloud.api(person).get('/me')).body.event.requestContext.authorizer;

    expect(claims).toMatchObject({
      email: person.email,
      email_verified: 'true',
      token_use: 'id',
      aud: cloud.description.userPoolClientId,
    });
    expect(claims.auth_time).toMatch(/^\d{10}$/);
    expect(claims.exp).toMatch(/^[A-Z][a-z]{2} [A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d UTC \d{4}$/);
    expect(Object.values(claims as object).every((value) => typeof value === 'string')).toBe(true);
  });

  it('names the session by origin_jti: kept over a refresh, new with every sign-in', async () => {
    const originOf = async (session: { idToken: string }): Promise<Parsed> =>
      (await cloud.api().get('/me', { Authorization: `Bearer ${session.idToken}` })).body.event.requestContext
        .authorizer.claims.origin_jti;
    const session = await cloud.signIn(person);
    const origins = [
      await originOf(session),
      await originOf(await cloud.refresh(session)),
      await originOf(await cloud.signIn(person)),
    ];

    expect(origins[0]).toMatch(/^[0-9a-f-]{36}$/);
    expect(origins[1]).toBe(origins[0]);
    expect(origins[2]).not.toBe(origins[0]);
  });
});

describe('a Function URL', () => {
  it('hands over payload format 2.0, the body encoded unless it is text', async () => {
    const url = cloud.description.functionUrls!['fixture-url-echo']!;
    const json = await cloud.api().post(`${url}/ten/con?a=1&a=2`, '{"é":1}', { 'X-Twice': 'one' });
    const binary = await fetch(`${url}/ten/con`, {
      method: 'POST',
      body: new Uint8Array([0, 255]),
      headers: { 'content-type': 'application/octet-stream' },
    });

    expect(json.status).toBe(201);
    expect(json.headers.get('x-path')).toBe('/ten/con');
    expect(json.headers.getSetCookie()).toEqual(['c=1']);
    expect(json.body).toMatchObject({
      version: '2.0',
      routeKey: '$default',
      rawPath: '/ten/con',
      rawQueryString: 'a=1&a=2',
      queryStringParameters: { a: '1,2' },
      headers: { 'x-twice': 'one', 'content-type': 'application/json' },
      requestContext: {
        accountId: 'anonymous',
        stage: '$default',
        http: { method: 'POST', path: '/ten/con', protocol: 'HTTP/1.1', sourceIp: '127.0.0.1' },
      },
      body: '{"é":1}',
      isBase64Encoded: false,
    });
    expect(await binary.json()).toMatchObject({ body: 'AP8=', isBase64Encoded: true });
  });

  it('makes a 200 of an answer without a status', async () => {
    const answer = await cloud.api().get(`${cloud.description.functionUrls!['fixture-url-echo']!}/plain`);

    expect(answer).toMatchObject({ status: 200, body: { hello: 'world' } });
  });
});
