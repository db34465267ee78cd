import { request } from 'node:http';

import { sharedCloud, type ApiAnswer, type Session } from '../support/local-cloud';
import {
  aMember,
  aSession,
  aSuperAdmin,
  aTenant,
  enrol,
  must,
  newKey,
  problemOf,
  stepUp,
  within,
  type SignedIn,
  type TestTenant,
} from '../support/people';

const cloud = sharedCloud();

const platformPath = '/v1/platform/security-policy';

describe('the security policy of a tenant', () => {
  let tenant: TestTenant;
  let path: string;
  const patch = (body: object, headers?: Readonly<Record<string, string>>): Promise<ApiAnswer> =>
    tenant.owner.api.patch(path, body, headers);

  beforeAll(async () => {
    tenant = await aTenant(cloud, 'Strict Shop');
    path = `${tenant.path}/security-policy`;
  });

  it('says what holds, and of each value where it comes from', async () => {
    const before = must(await tenant.owner.api.get(path), 200);
    expect(before).toMatchObject({
      policy: { sessionMaxAgeSeconds: 43_200, require2faFor: { Refunds: true } },
      sources: { sessionMaxAgeSeconds: 'default', require2faFor: { Refunds: 'default' } },
      version: 0,
    });
    const changed = must(await patch({ sessionMaxAgeSeconds: 7_200 }, { 'if-match': '"0"' }), 200);
    expect(changed).toMatchObject({
      policy: { sessionMaxAgeSeconds: 7_200 },
      sources: { sessionMaxAgeSeconds: 'tenant' },
      own: { sessionMaxAgeSeconds: 7_200 },
      version: 1,
    });
    expect(must(await tenant.owner.api.get(path), 200)).toEqual(changed);
    expect(problemOf(await patch({ sessionMaxAgeSeconds: 3_600 }, { 'if-match': '"0"' }))).toMatchObject({
      status: 412,
    });
  });

  it('can be tightened, and never be loosened below the floor, which the refusal names', async () => {
    const refused = await patch({ sessionMaxAgeSeconds: 43_201, require2faFor: { Refunds: false } });
    expect(problemOf(refused)).toEqual({ status: 422, type: 'refused', reason: 'below-floor' });
    expect(refused.body).toMatchObject({
      floor: { sessionMaxAgeSeconds: 43_200, 'require2faFor.Refunds': true },
      errors: [
        { in: 'body', pointer: '#/require2faFor/Refunds', detail: expect.stringContaining('true') },
        { in: 'body', pointer: '#/sessionMaxAgeSeconds', detail: expect.stringContaining('43200') },
      ],
    });
  });

  it('holds in every warm function from the next request on', async () => {
    const list = () => tenant.owner.api.get(`${tenant.path}/payments`);
    await list();
    must(await patch({ rateLimits: { read: { burst: 150 } } }), 200);
    // The limiter measures by the policy as the function last saw it: the request after the change shows it the new one.
    await list();
    expect((await list()).headers.get('ratelimit-policy')).toContain('q=150');
    must(await patch({ rateLimits: { read: { burst: null } } }), 200);
  });

  it('tells its history: who changed what from what to what', async () => {
    const { data } = must(await tenant.owner.api.get(`${path}/history?limit=2`), 200);
    expect(data).toMatchObject([
      {
        version: 3,
        actor: { user: tenant.owner.userId, level: 'owner' },
        changes: [{ path: 'rateLimits.read.burst', from: 150 }],
      },
      { version: 2, changes: [{ path: 'rateLimits.read.burst', to: 150 }] },
    ]);
  });

  it('admits people from allowed addresses alone, and cannot shut out who changes it', async () => {
    const refused = await patch({ consoleIpAllowlist: ['203.0.113.0/24'] });
    expect(problemOf(refused)).toEqual({ status: 422, type: 'refused', reason: 'shuts-you-out' });
    must(await patch({ consoleIpAllowlist: ['127.0.0.1/32'] }), 200);
    const from = (address: string) => statusFrom(address, `${tenant.path}/payments`, tenant.owner.session);
    expect(await from('127.0.0.1')).toEqual({ status: 200 });
    expect(await from('127.0.0.2')).toEqual({ status: 403, type: 'address-not-allowed' });
    must(await patch({ consoleIpAllowlist: null }), 200);
    expect(await from('127.0.0.2')).toEqual({ status: 200 });
  });

  it('that locks people out lets a guest in, and is taken back by a Super Admin, of which the Owners are told', async () => {
    const superAdmin = await aSuperAdmin(cloud);
    const elsewhere = (session: Session) => statusFrom('127.0.0.2', `${tenant.path}/payments`, session);
    must(await patch({ consoleIpAllowlist: ['127.0.0.1/32'] }), 200);
    expect(await elsewhere(tenant.owner.session)).toMatchObject({ status: 403 });
    const glass = `${tenant.path}/break-glass`;
    must(await superAdmin.api.post(glass, { reason: 'the Owners are locked out' }, newKey()), 201);
    expect(await elsewhere(superAdmin.session)).toEqual({ status: 200 });
    expect((await superAdmin.api.delete(glass)).status).toBe(204);

    const reset = { reason: 'the Owners are locked out' };
    expect((await tenant.owner.api.post(`${path}/reset-addresses`, reset)).status).toBe(403);
    expect((await superAdmin.api.post(`${path}/reset-addresses`, reset)).status).toBe(204);
    expect(await elsewhere(tenant.owner.session)).toEqual({ status: 200 });
    expect(must(await tenant.owner.api.get(path), 200)).toMatchObject({ own: { sessionMaxAgeSeconds: 7_200 } });
    expect((await superAdmin.api.post(`${path}/reset-addresses`, reset)).status).toBe(409);
    await within(20_000, 'the Owner was not told', async () => {
      await cloud.idle();
      return (await cloud.outbox()).find(
        ({ to, text }) => to.includes(tenant.owner.email) && /took back the list of addresses/.test(text),
      );
    });
  });

  it('makes the window of a second factor as short as it says', async () => {
    const session = await aSession(cloud, tenant.owner);
    await stepUp(cloud, tenant.owner, session);
    const api = cloud.api(session);
    must(await api.patch(path, { stepUpWindowSeconds: 30 }), 200);
    must(await api.patch(path, {}), 200);
    await pause(29_000);
    const isOver = await within(10_000, 'the window never ended', async () => {
      const answer = await api.patch(path, {});
      return answer.status === 401 ? answer : undefined;
    });
    expect(problemOf(isOver)).toEqual({ status: 401, type: 'step-up-required' });
    expect(isOver.body).toMatchObject({ error: 'insufficient_user_authentication', maxAgeSeconds: 30 });
  });
});

describe('a second factor at sign-in', () => {
  let tenant: TestTenant;
  let admin: SignedIn;
  const list = (session: Session) => cloud.api(session).get(`${tenant.path}/payments`);

  beforeAll(async () => {
    tenant = await aTenant(cloud, 'Guarded Shop');
    admin = await aMember(cloud, tenant, { role: 'admin' });
    must(await tenant.owner.api.patch(`${tenant.path}/security-policy`, { require2faFor: { SignIn: true } }), 200);
  });

  it('leaves a member without one nothing but to enrol it', async () => {
    expect(problemOf(await list(admin.session))).toEqual({ status: 403, type: 'second-factor-enrolment-required' });
    must(await admin.api.get('/v1/me'), 200);
    await enrol(admin);
    must(await list(admin.session), 200);
  });

  it('is asked of every new sign-in, and counts for that one alone', async () => {
    const another = await aSession(cloud, admin);
    expect(problemOf(await list(another))).toEqual({ status: 401, type: 'step-up-required' });
    await stepUp(cloud, admin, another);
    must(await list(another), 200);
    expect(problemOf(await list(await aSession(cloud, admin)))).toEqual({ status: 401, type: 'step-up-required' });
  });

  it('leaves a record of each refusal in the log of the tenant', async () => {
    await cloud.idle();
    const { data } = must(await tenant.owner.api.get(`${tenant.path}/audit-events?limit=100`), 200);
    const text = JSON.stringify(data);
    expect(text).toContain('second-factor-enrolment-required');
    expect(text).toContain('StepUpRefused');
  });
});

describe("the platform's security policy", () => {
  let superAdmin: SignedIn;

  beforeAll(async () => {
    superAdmin = await aSuperAdmin(cloud);
  });

  afterAll(async () => {
    must(
      await superAdmin.api.patch(platformPath, {
        rateLimits: { read: { burst: null } },
        exportLimits: { maxRows: null },
      }),
      200,
    );
  });

  it('is no affair of an Owner, and is changed with a second factor only', async () => {
    const { owner } = await aTenant(cloud, 'Curious Shop');
    expect(problemOf(await owner.api.get(platformPath))).toMatchObject({ status: 403 });
    expect(problemOf(await owner.api.patch(platformPath, {}))).toMatchObject({ status: 403 });
    const another = cloud.api(await aSession(cloud, superAdmin));
    must(await another.get(platformPath), 200);
    expect(problemOf(await another.patch(platformPath, {}))).toEqual({ status: 401, type: 'step-up-required' });
  });

  it('reaches warm functions within a minute, and a tenant is held to it at once', async () => {
    const tenant = await aTenant(cloud, 'Floored Shop');
    const path = `${tenant.path}/security-policy`;
    must(await tenant.owner.api.patch(path, { exportLimits: { maxRows: 90_000 } }), 200);
    const limits = async () => (await tenant.owner.api.get(`${tenant.path}/payments`)).headers.get('ratelimit-policy');
    expect(await limits()).toContain('q=200');

    must(
      await superAdmin.api.patch(platformPath, {
        rateLimits: { read: { burst: 199 } },
        exportLimits: { maxRows: 80_000 },
      }),
      200,
    );
    const changedAtMs = Date.now();
    expect(must(await tenant.owner.api.get(path), 200)).toMatchObject({
      policy: { exportLimits: { maxRows: 80_000 } },
      sources: { exportLimits: { maxRows: 'platform' } },
      own: { exportLimits: { maxRows: 90_000 } },
      floor: { exportLimits: { maxRows: 80_000 } },
    });
    const refused = await tenant.owner.api.patch(path, { exportLimits: { maxRows: 85_000 } });
    expect(refused.body).toMatchObject({ floor: { 'exportLimits.maxRows': 80_000 } });

    await within(40_000, 'the change did not reach the warm function', async () => {
      await pause(1_000);
      return (await limits())?.includes('q=199') === true ? true : undefined;
    });
    expect(Date.now() - changedAtMs).toBeLessThan(60_000);
  });

  it('tells its history', async () => {
    const { data } = must(await superAdmin.api.get(`${platformPath}/history?limit=1`), 200);
    expect(data).toMatchObject([
      {
        actor: { user: superAdmin.userId, level: 'super-admin' },
        changes: expect.arrayContaining([expect.objectContaining({ to: 199 })]),
      },
    ]);
  });
});

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** A request from another address of this machine. */
function statusFrom(
  localAddress: string,
  path: string,
  { idToken }: Session,
): Promise<{ status: number; type?: string }> {
  const url = new URL(cloud.description.apiUrl + path);
  return new Promise((resolve, reject) => {
    const headers = { authorization: idToken };
    const outgoing = request(url, { localAddress, headers, agent: false }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => {
        const { type } = JSON.parse(Buffer.concat(chunks).toString()) as { type?: string };
        const slug = type?.replace(/^.*\//, '');
        resolve({ status: answer.statusCode ?? 0, ...(slug === undefined ? {} : { type: slug }) });
      });
    });
    outgoing.once('error', reject);
    outgoing.end();
  });
}
