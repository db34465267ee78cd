import { sharedCloud, type ApiAnswer, type Parsed } from '../support/local-cloud';
import { anApiKey, asServer, keyBody, type IssuedKey } from '../support/an-api-key';
import {
  aConnectedTenant,
  aMember,
  aPayment,
  aSession,
  aTenant,
  must,
  newKey,
  paymentBody,
  problemOf,
  within,
  type ConnectedTenant,
} from '../support/people';
import { plant } from '../support/planted';

const cloud = sharedCloud();

/** What an answer consists of, but for the ids and times of the request itself. */
function likeness({ status, headers, body }: ApiAnswer): object {
  const own = ['x-request-id', 'x-amzn-requestid', 'x-amz-apigw-id', 'x-amzn-trace-id', 'date', 'ratelimit'];
  const rest = [...headers].filter(([name]) => !own.includes(name));
  return { status, headers: Object.fromEntries(rest), body: { ...body, requestId: '' } };
}

async function actionsOf(answer: ApiAnswer): Promise<readonly string[]> {
  const calls = await cloud.callsOf(answer);
  return calls.map(({ service, action, resource }) => `${service} ${action} ${resource}`).sort();
}

describe("a tenant's own servers", () => {
  let tenant: ConnectedTenant;
  let shop: IssuedKey;
  const as = (key: { readonly secret: string }) => asServer(cloud, key.secret);
  const payments = (): string => `${tenant.path}/payments`;
  const keyPath = ({ id }: IssuedKey): string => `${tenant.path}/api-keys/${id}`;
  const isOpen = async (key: { readonly secret: string }): Promise<boolean> => {
    const { status } = await as(key).get(payments());
    expect([200, 401]).toContain(status);
    return status === 200;
  };

  beforeAll(async () => {
    tenant = await aConnectedTenant(cloud, 'Automatic Shop');
    shop = await anApiKey(tenant, { scopes: ['payments:create', 'payments:read', 'audit:read'] });
  });

  it('take payments with a key, without a second factor, under their own Idempotency-Keys', async () => {
    const headers = newKey();
    const created = await as(shop).post(payments(), paymentBody(), headers);
    const payment = must(created, 201);
    expect(payment).toMatchObject({ status: 'captured' });
    const again = await as(shop).post(payments(), paymentBody(), headers);
    expect(must(again, 201)).toEqual(payment);
    expect(again.headers.get('idempotent-replayed')).toBe('true');

    // The same text of another principal is another key.
    const other = await anApiKey(tenant, { scopes: ['payments:create'] });
    expect(must(await as(other).post(payments(), paymentBody(), headers), 201).id).not.toBe(payment.id);
    expect(must(await tenant.owner.api.post(payments(), paymentBody(), headers), 201).id).not.toBe(payment.id);
    expect(must(await as(shop).get(`${payments()}/${String(payment.id)}`), 200)).toMatchObject({ id: payment.id });
  });

  it('refund only with the scope that names it, though people need a second factor for it', async () => {
    const { id } = await aPayment(tenant);
    const refund = (key: IssuedKey) => as(key).post(`${payments()}/${String(id)}/refunds`, {}, newKey());
    expect(problemOf(await refund(shop))).toEqual({ status: 403, type: 'forbidden' });
    const refunder = await anApiKey(tenant, { scopes: ['payments:refund'] });
    expect(must(await refund(refunder), 201)).toMatchObject({ status: 'refunded' });
    // It names nothing else: neither reading nor creating is implied.
    expect(problemOf(await as(refunder).get(payments()))).toMatchObject({ status: 403 });
    expect(problemOf(await as(refunder).post(payments(), paymentBody(), newKey()))).toMatchObject({ status: 403 });
  });

  it('only read with a key that reads, and are admitted by every function that takes keys', async () => {
    const reader = await anApiKey(tenant, {
      scopes: ['payments:read', 'connections:read', 'webhooks:read', 'audit:read'],
    });
    for (const list of ['payments', 'provider-connections', 'webhook-events', 'audit-events']) {
      must(await as(reader).get(`${tenant.path}/${list}`), 200);
    }
    const { id } = await aPayment(tenant);
    const place = `${payments()}/${String(id)}`;
    const changes = await Promise.all([
      as(reader).post(payments(), paymentBody(), newKey()),
      as(reader).post(`${place}/capture`, {}, newKey()),
      as(reader).post(`${place}/cancel`, {}, newKey()),
      as(reader).post(`${place}/refunds`, {}, newKey()),
    ]);
    expect(changes.map(({ status }) => status)).toEqual([403, 403, 403, 403]);
  });

  it('are nobody without the right secret, in the right place, in the right header', async () => {
    const wrong = plant('API key', `${shop.secret.slice(0, -43)}${'A'.repeat(43)}`);
    const refused = [
      await as({ secret: wrong }).get(payments()),
      await as({ secret: tenant.owner.session.idToken }).get(payments()),
      await as(shop).get(payments(), { authorization: shop.secret }),
      await as(shop).get(payments(), { authorization: `Basic ${shop.secret}` }),
      await as(shop).get(payments(), { authorization: `Bearer ${shop.secret}, Bearer ${shop.secret}` }),
      await cloud.api().get(`/server${payments()}`, { 'x-api-key': shop.secret }),
      await cloud.api(tenant.owner.session).get(`/server${payments()}`),
    ];
    for (const answer of refused) expect(problemOf(answer)).toEqual({ status: 401, type: 'unauthenticated' });
    must(await as(shop).get(payments(), { authorization: `bearer ${shop.secret}` }), 200);
  });

  it('are not people: a key opens nothing at their entrance, nor what is not for keys at its own', async () => {
    const header = { authorization: `Bearer ${shop.secret}` };
    for (const path of [payments(), `${tenant.path}/api-keys`, '/v1/me']) {
      const answer = await cloud.api().get(path, header);
      expect(problemOf(answer)).toEqual({ status: 401, type: 'unauthenticated' });
      expect(answer.body).toMatchObject({ title: 'Not signed in', requestId: expect.any(String) });
    }
    for (const path of [`${tenant.path}/api-keys`, `${tenant.path}/members`, '/v1/me', '/v1/tenants']) {
      expect(problemOf(await as(shop).get(path))).toEqual({ status: 404, type: 'not-found' });
    }
    const preflight = await cloud.api().request('OPTIONS', `/server${payments()}`, undefined, {
      origin: 'https://console.example.com',
      'access-control-request-method': 'GET',
    });
    expect(preflight.status).not.toBe(204);
    expect(preflight.headers.get('access-control-allow-methods')).toBeNull();
  });

  it('are answered for another tenant as for none, by the same calls, none of which is for a tenant', async () => {
    const other = await aTenant(cloud, 'Other Shop');
    await cloud.idle();
    const place = (id: string) => `/v1/tenants/${id}/payments`;
    const absent = `ten_${'0'.repeat(20)}`;
    // The first use of a function and of a limiter's cell costs calls of its own.
    await as(shop).get(place(`ten_${'1'.repeat(20)}`));
    await cloud.idle();
    const foreign = await as(shop).get(place(other.tenantId));
    const missing = await as(shop).get(place(absent));
    expect(problemOf(foreign)).toEqual({ status: 404, type: 'not-found' });
    expect(likeness(missing)).toEqual(likeness(foreign));
    const actions = await actionsOf(foreign);
    expect(await actionsOf(missing)).toEqual(actions);
    expect(actions.filter((action) => /sts|BatchGetItem|Query/.test(action))).toEqual([]);
    const moved = await as(shop).post(place(other.tenantId), paymentBody(), newKey());
    expect(problemOf(moved)).toEqual({ status: 404, type: 'not-found' });
  });

  it('are shut out at the very next request once their key is revoked, or kept to other addresses', async () => {
    const key = await anApiKey(tenant);
    expect(await isOpen(key)).toBe(true);
    must(await tenant.owner.api.patch(keyPath(key), { ipAllowlist: ['198.51.100.0/24'] }), 200);
    expect(await isOpen(key)).toBe(false);
    expect((await as(key).get(payments(), { 'x-forwarded-for': '198.51.100.7' })).status).toBe(401);
    must(await tenant.owner.api.patch(keyPath(key), { ipAllowlist: ['127.0.0.0/8', '::1/128'] }), 200);
    expect(await isOpen(key)).toBe(true);
    must(await tenant.owner.api.delete(`${keyPath(key)}?reason=leaked`), 200);
    expect(await isOpen(key)).toBe(false);
    expect(must(await tenant.owner.api.get(keyPath(key)), 200)).toMatchObject({ status: 'revoked' });
    expect(problemOf(await tenant.owner.api.post(`${keyPath(key)}/rotate`, { overlapSeconds: 0 }, newKey()))).toEqual({
      status: 409,
      type: 'conflict',
    });
  });

  it('change to a new secret within the overlap, or at once', async () => {
    const key = await anApiKey(tenant);
    const rotate = async (overlapSeconds: number): Promise<IssuedKey> => {
      const { secret } = must(await tenant.owner.api.post(`${keyPath(key)}/rotate`, { overlapSeconds }, newKey()), 200);
      return { id: key.id, secret: plant('API key', secret) };
    };
    const second = await rotate(4);
    const rotatedMs = Date.now();
    expect([await isOpen(key), await isOpen(second)]).toEqual([true, true]);
    await within(15_000, 'the old secret opens for ever', async () => ((await isOpen(key)) ? undefined : true));
    expect(Date.now() - rotatedMs).toBeGreaterThan(3_000);
    expect(await isOpen(second)).toBe(true);
    const third = await rotate(0);
    expect([await isOpen(key), await isOpen(second), await isOpen(third)]).toEqual([false, false, true]);
  });

  it('are noticed: the list of keys says when each was last used, and from where', async () => {
    const key = await anApiKey(tenant, { name: 'Noticed' });
    const ofKey = async (): Promise<Parsed> => {
      const { data } = must(await tenant.owner.api.get(`${tenant.path}/api-keys?limit=100`), 200);
      return data.find((each: Parsed) => each.id === key.id);
    };
    expect(await within(20_000, 'the key is not listed', ofKey)).toMatchObject({
      lastUsedAt: null,
      lastUsedFrom: null,
    });
    const beforeMs = Date.now();
    expect(await isOpen(key)).toBe(true);
    const used = await ofKey();
    expect(Date.parse(used.lastUsedAt)).toBeGreaterThanOrEqual(beforeMs - 1_000);
    expect(used.lastUsedFrom).toMatch(/127\.0\.0\.1|::1/);
    expect(used).not.toHaveProperty('secrets');
  });

  it('are limited each for themselves, by the policy of their tenant', async () => {
    const strict = await aTenant(cloud, 'Strict Shop');
    const limits = { rateLimits: { read: { burst: 4, intervalMs: 60_000 } } };
    must(await strict.owner.api.patch(`${strict.path}/security-policy`, limits), 200);
    const [busy, calm] = [await anApiKey(strict), await anApiKey(strict)];
    const read = (key: IssuedKey) => as(key).get(`${strict.path}/payments`);
    const limited = await within(30_000, 'the key is never limited', async () => {
      const answer = await read(busy);
      return answer.status === 429 ? answer : undefined;
    });
    expect(problemOf(limited)).toEqual({ status: 429, type: 'rate-limited' });
    expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(1);
    must(await read(calm), 200);
    expect((await read(busy)).status).toBe(429);
  });

  it('stand in the audit log under the id of their key, and what was refused them, too', async () => {
    const key = await anApiKey(tenant, { scopes: ['payments:create'] });
    const { id } = must(await as(key).post(payments(), paymentBody(), newKey()), 201);
    expect((await as(key).post(`${payments()}/${String(id)}/refunds`, {}, newKey())).status).toBe(403);
    const elsewhere = await anApiKey(tenant, { ipAllowlist: ['198.51.100.0/24'] });
    expect(await isOpen(elsewhere)).toBe(false);
    await cloud.idle();
    const { data } = must(await tenant.owner.api.get(`${tenant.path}/audit-events?limit=100`), 200);
    const own = data.filter(({ actor }: Parsed) => actor.user === key.id);
    expect(own.map(({ action }: Parsed) => action).sort()).toEqual(
      expect.arrayContaining(['AccessRefused', 'payments.create']),
    );
    for (const { actor, request } of own) {
      expect(actor).toEqual({ user: key.id, level: 'api-key' });
      expect(request).toMatchObject({ ip: expect.any(String), id: expect.any(String) });
    }
    // Somebody has this key where they should not: its tenant is told, though the refused acted as nobody.
    const tried = data.find(({ events }: Parsed) => events[0].data.key === elsewhere.id);
    expect(tried).toMatchObject({ action: 'AccessRefused', outcome: 'refused', actor: { user: 'anonymous' } });
    expect(tried.events[0].data.reason).toBe('address-not-allowed');
    const issued = data.find(({ entity, action }: Parsed) => entity?.id === key.id && action === 'api-keys.issue');
    expect(issued).toMatchObject({ actor: { user: tenant.owner.userId, level: 'owner' }, outcome: 'succeeded' });
    expect(JSON.stringify(issued)).not.toContain('hash');
  });
});

describe('keys are made', () => {
  let tenant: ConnectedTenant;
  beforeAll(async () => {
    tenant = await aConnectedTenant(cloud, 'Key Shop');
  });
  const place = (): string => `${tenant.path}/api-keys`;

  it('under a second factor of this session, by those who may, within what they hold', async () => {
    const fresh = cloud.api(await aSession(cloud, tenant.owner));
    expect(problemOf(await fresh.post(place(), keyBody(), newKey()))).toEqual({
      status: 401,
      type: 'step-up-required',
    });
    const admin = await aMember(cloud, tenant, { role: 'admin' });
    expect(problemOf(await admin.api.post(place(), keyBody(), newKey()))).toEqual({ status: 403, type: 'forbidden' });
    for (const scopes of [['members:manage'], ['api-keys:manage'], []]) {
      const answer = await tenant.owner.api.post(place(), { ...keyBody(), scopes }, newKey());
      expect(problemOf(answer)).toEqual({ status: 400, type: 'invalid-input' });
    }
  });

  it('once, and their secret is shown once, however often and at once they are asked for', async () => {
    const headers = newKey();
    const body = keyBody();
    const answers = await Promise.all([1, 2, 3, 4].map(() => tenant.owner.api.post(place(), body, headers)));
    answers.push(await tenant.owner.api.post(place(), body, headers));
    const keys = answers.map((answer) => must(answer, 201));
    expect(new Set(keys.map(({ id }) => id)).size).toBe(1);
    const [secret, ...others] = keys.flatMap((key) => (key.secret === undefined ? [] : [plant('API key', key.secret)]));
    expect(others).toEqual([]);
    must(await asServer(cloud, secret!).get(`${tenant.path}/payments`), 200);
    expect(must(await tenant.owner.api.get(`${place()}/${String(keys[0].id)}`), 200)).not.toHaveProperty('secret');
  });

  it('without a trace of their secrets in any log', async () => {
    const { secret } = await anApiKey(tenant);
    must(await asServer(cloud, secret).get(`${tenant.path}/payments`), 200);
    await asServer(cloud, secret).get(`${tenant.path}/payments?cursor=${secret}`);
    await asServer(cloud, secret).get(`${tenant.path}/payments`, { 'user-agent': `shop ${secret}` });
    await cloud.idle();
    expect(await cloud.logs({ contains: secret.slice(-43) })).toEqual([]);
    const written = await cloud.writes();
    expect(written.filter(({ text }) => text.includes(secret.slice(-43)))).toEqual([]);
  });
});
