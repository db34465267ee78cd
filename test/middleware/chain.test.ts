import { deriveId, deriveToken } from '../../lambdas/kernel/ids';
import { ask, aServiceWorld } from '../support/service-world';
import { anExampleService } from './a-route-table';

const key = { 'Idempotency-Key': 'order-1' };

async function aPayingWorld() {
  const world = aServiceWorld();
  const tenant = await world.tenant();
  await world.member(tenant, 'user-1');
  const { service, seen } = anExampleService(world);
  const create = (more: object = {}) =>
    ask(service, {
      resource: '/v1/tenants/{tenantId}/payments',
      params: { tenantId: tenant },
      headers: key,
      body: { amount: 100 },
      ...more,
    });
  const list = (more: object = {}) =>
    ask(service, { resource: '/v1/tenants/{tenantId}/payments', params: { tenantId: tenant }, ...more });
  return { world, tenant, service, seen, create, list };
}

describe('the chain', () => {
  test('admits a member in one round: the limiter beside one access read, and nothing else', async () => {
    const { world, create } = await aPayingWorld();
    // The first one of a while also takes a block from the cell that all of the tenant share.
    await create();
    world.calls.length = 0;
    expect((await create({ headers: { 'Idempotency-Key': 'order-2' } })).status).toBe(201);
    expect(world.calls).toEqual(['limiter.take', 'tenant.views.access']);
  });

  test('hands the endpoint what it has parsed, and who acts from where', async () => {
    const { tenant, seen, create } = await aPayingWorld();
    await create({ requestId: 'request-7' });
    const [request] = seen;
    const scope = [tenant, 'user-1', 'pay.create', 'order-1'];
    expect(request).toMatchObject({
      params: { tenantId: tenant },
      query: {},
      body: { amount: 100 },
      caller: { user: 'user-1', session: 'session-1', email: 'user-1@example.com', emailVerified: true },
      tenant: { id: tenant, principal: { kind: 'member', userId: 'user-1', role: 'owner' } },
      createdId: deriveId('payment', scope),
      firstCommit: undefined,
      context: {
        actor: { user: 'user-1', session: 'session-1', level: 'owner' },
        request: { id: 'request-7', ip: '192.0.2.1', userAgent: 'jest', route: 'pay.create' },
        command: {
          name: 'pay.create',
          key: deriveToken(scope),
          fingerprint: deriveToken([
            'POST',
            'pay.create',
            JSON.stringify({ tenantId: tenant }),
            '{"amount":100}',
            'order-1',
          ]),
        },
      },
    });
  });

  test('answers with the request id, security headers, CORS for allowed origins only, and the limits', async () => {
    const { create } = await aPayingWorld();
    const answer = await create({ headers: { ...key, Origin: 'https://console.example.com' } });
    expect(answer.headers).toMatchObject({
      'x-request-id': 'request-1',
      'content-type': 'application/json',
      etag: '"1"',
      'cache-control': 'no-store',
      'strict-transport-security': 'max-age=63072000; includeSubDomains',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'access-control-allow-origin': 'https://console.example.com',
      vary: 'Origin',
      'ratelimit-policy': '"money";q=100;w=10',
      ratelimit: '"money";r=99;t=1',
    });
    const foreign = await create({ headers: { ...key, Origin: 'https://evil.example.com' } });
    expect(foreign.headers).not.toHaveProperty('access-control-allow-origin');
    expect(foreign.headers).toMatchObject({ vary: 'Origin' });
  });

  test('decorates refusals just the same', async () => {
    const { create } = await aPayingWorld();
    const answer = await create({ body: '{', headers: { ...key, Origin: 'https://console.example.com' } });
    expect(answer).toMatchObject({
      status: 400,
      headers: {
        'content-type': 'application/problem+json',
        'x-request-id': 'request-1',
        'x-content-type-options': 'nosniff',
        'access-control-allow-origin': 'https://console.example.com',
        'ratelimit-policy': '"money";q=100;w=10',
      },
      body: {
        type: 'https://countinghouse.example/problems/bad-request',
        title: 'Bad request',
        status: 400,
        requestId: 'request-1',
      },
    });
  });

  test('drops what the response schema does not name', async () => {
    const world = aServiceWorld();
    const { service } = anExampleService(world, {
      'me.get': async () => ({ status: 200, body: Object.assign({ saw: 'me' }, { secret: 'sk_live_1' }) }),
    });
    expect((await ask(service, { resource: '/v1/me' })).body).toEqual({ saw: 'me' });
  });

  test('answers an empty body where the route has none', async () => {
    const world = aServiceWorld();
    const tenant = await world.tenant();
    await world.superAdmin('user-1');
    const { service } = anExampleService(world, { 'admin.act': async () => ({ status: 204, body: undefined }) });
    const answer = await ask(service, {
      resource: '/v1/tenants/{tenantId}/act',
      method: 'POST',
      params: { tenantId: tenant },
    });
    expect(answer.status).toBe(204);
    expect(answer.body).toBeUndefined();
    expect(answer.headers).not.toHaveProperty('content-type');
  });

  test('says nothing but its id when something breaks, and logs the redacted reason', async () => {
    const world = aServiceWorld();
    const { service } = anExampleService(world, {
      'me.get': async () => {
        throw new Error('the store said no to ada@example.com');
      },
    });
    const answer = await ask(service, { resource: '/v1/me' });
    expect(answer).toMatchObject({ status: 500, headers: { 'x-content-type-options': 'nosniff' } });
    expect(answer.body).toEqual({
      type: 'https://countinghouse.example/problems/internal',
      title: 'Internal error',
      status: 500,
      requestId: 'request-1',
    });
    expect(world.telemetry.counted).toContain('UnexpectedError');
    const [line] = world.telemetry.lines;
    expect(line).toMatchObject({ level: 'error', fields: { requestId: 'request-1', route: 'me.get', status: 500 } });
  });

  test('takes a reply that breaks its own contract for a fault of ours', async () => {
    const world = aServiceWorld();
    const { service } = anExampleService(world, {
      'me.get': async () => ({ status: 200, body: {} as { saw: string } }),
    });
    expect((await ask(service, { resource: '/v1/me' })).status).toBe(500);
  });

  test('knows no other resource or method', async () => {
    const { service } = await aPayingWorld();
    expect((await ask(service, { resource: '/v1/nothing' })).status).toBe(404);
    expect((await ask(service, { resource: '/v1/me', method: 'DELETE' })).status).toBe(404);
  });

  test('serves the public without a caller, limited by address', async () => {
    const { service, world } = await aPayingWorld();
    const answer = await ask(service, { resource: '/v1/open', claims: null });
    expect(answer).toMatchObject({ status: 200, headers: { 'ratelimit-policy': '"public";q=100;w=10' } });
    expect(world.telemetry.lines.at(-1)).toMatchObject({ fields: { userId: undefined } });
  });

  test('logs one line a request, by ids alone', async () => {
    const { create, tenant, world } = await aPayingWorld();
    await create();
    expect(world.telemetry.lines).toEqual([
      {
        level: 'info',
        message: 'request',
        fields: {
          requestId: 'request-1',
          awsRequestId: 'lambda-1',
          route: 'pay.create',
          method: 'POST',
          resource: '/v1/tenants/{tenantId}/payments',
          status: 201,
          problem: undefined,
          durationMs: 0,
          coldStart: true,
          tenantId: tenant,
          userId: 'user-1',
        },
      },
    ]);
  });
});

test('what a caller writes into the user agent is redacted before anything stores it', async () => {
  const { create, seen } = await aPayingWorld();
  await create({ userAgent: 'agent 4111111111111111 ada@example.com' });
  expect(seen[0]?.context.request.userAgent).toBe('agent [redacted] [redacted]');
});

describe('the caller', () => {
  const whole = { token_use: 'id', sub: 'user-1', origin_jti: 'session-1' };
  test.each([
    ['no authorizer', null],
    ['no claims', {}],
    ['an access token', { ...whole, token_use: 'access' }],
    ['no subject', { ...whole, sub: undefined }],
    ['no session', { ...whole, origin_jti: undefined }],
    ['a subject that is fit for no key', { ...whole, sub: 'a#b' }],
  ])('is refused with %s', async (_, claims) => {
    const { service, world } = await aPayingWorld();
    world.calls.length = 0;
    const answer = await ask(service, { resource: '/v1/me', claims });
    expect(answer).toMatchObject({ status: 401, headers: { 'www-authenticate': 'Bearer' } });
    expect(world.calls).toEqual([]);
  });
});

describe('the body', () => {
  test.each([
    ['beyond 64 KiB', 413, { body: JSON.stringify({ amount: 1, x: 'x'.repeat(64 * 1024) }) }],
    ['of another type', 415, { headers: { ...key, 'Content-Type': 'text/plain' } }],
    ['without a type', 415, { headers: { ...key, 'Content-Type': '' } }],
    ['in another charset', 415, { headers: { ...key, 'Content-Type': 'application/json; charset=latin1' } }],
    ['with a field too many', 400, { body: { amount: 1, extra: true } }],
    ['with a name twice', 400, { body: '{"amount":1,"amount":2}' }],
    ['that reaches for the prototype', 400, { body: '{"amount":1,"__proto__":{}}' }],
    ['that is absent', 400, { body: undefined, method: 'POST' }],
  ])('is refused %s', async (_, status, more) => {
    const { create } = await aPayingWorld();
    expect((await create(more)).status).toBe(status);
  });

  test('is taken in base 64, and with a charset of UTF-8', async () => {
    const { create } = await aPayingWorld();
    const headers = { ...key, 'Content-Type': 'application/json; charset=UTF-8' };
    expect((await create({ base64: true, headers })).status).toBe(201);
  });

  test('that does not fit is told field by field, without its values', async () => {
    const { create } = await aPayingWorld();
    const answer = await create({ body: { amount: '4111111111111111', nested: { currency: 'QQQ' }, 'a/b': 1 } });
    expect(answer.body).toMatchObject({
      type: 'https://countinghouse.example/problems/invalid-input',
      errors: expect.arrayContaining([
        expect.objectContaining({ in: 'body', pointer: '#/amount' }),
        expect.objectContaining({ in: 'body', pointer: '#/nested/currency' }),
        { in: 'body', pointer: '#/a~1b', detail: 'unknown field' },
      ]),
    });
    expect(JSON.stringify(answer.body)).not.toMatch(/4111|QQQ/);
  });

  test('does not echo a card number that was sent as the name of a field', async () => {
    const { create } = await aPayingWorld();
    const answer = await create({ body: { amount: 1, '4111111111111111': 1 } });
    expect(answer.status).toBe(400);
    expect(JSON.stringify(answer.body)).not.toContain('4111111111111111');
  });

  test('is not taken where the route reads none, but for an empty object', async () => {
    const world = aServiceWorld();
    const tenant = await world.tenant();
    await world.superAdmin('user-1');
    const { service } = anExampleService(world);
    const act = (body: unknown) =>
      ask(service, { resource: '/v1/tenants/{tenantId}/act', method: 'POST', params: { tenantId: tenant }, body });
    expect((await act({})).status).toBe(200);
    expect((await act({ force: true })).status).toBe(400);
  });
});

describe('the query', () => {
  test.each([
    ['an unknown parameter', { filter: 'x' }],
    ['a parameter twice', { limit: ['1', '2'] }],
    ['a limit beyond 100', { limit: '101' }],
  ])('is refused with %s', async (_, query) => {
    const { list } = await aPayingWorld();
    const answer = await list({ query });
    expect(answer).toMatchObject({ status: 400, body: { errors: [expect.objectContaining({ in: 'query' })] } });
  });
});

describe('If-Match', () => {
  test.each([
    ['"7"', 7],
    ['*', undefined],
    ['W/"7"', 0],
  ])('%s is version %s', async (header, version) => {
    const { create, seen } = await aPayingWorld();
    await create({ headers: { ...key, 'If-Match': header } });
    expect(seen[0]?.ifMatch).toBe(version);
  });

  test.each(['7', '"a"', '"1", "2"'])('%s is malformed', async (header) => {
    const { create } = await aPayingWorld();
    const answer = await create({ headers: { ...key, 'If-Match': header } });
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ in: 'header', pointer: '#/If-Match' }] } });
  });
});
