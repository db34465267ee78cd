import type { Commit } from '../../lambdas/kernel/journal';
import { startCloud, type TestCloud } from '../support/local-cloud';
import { newOperator } from '../support/operator';
import {
  accept,
  aConnectedTenant,
  aMember,
  anotherSuperAdmin,
  aPayment,
  aPerson,
  aSession,
  aSuperAdmin,
  enrol,
  must,
  newKey,
  problemOf,
  within,
  type ConnectedTenant,
  type SignedIn,
} from '../support/people';
import { productAssembly } from '../support/product-assembly';

const reason = 'the Owner called: payouts are stuck';

/** The operator's functions, and what Super Admins may do, on a platform of its own: here Super Admins come and go. */
describe('authority over the platform', () => {
  let cloud: TestCloud;
  let shop: ConnectedTenant;
  let grace: SignedIn;

  beforeAll(async () => {
    cloud = await startCloud({ assemblyDir: await productAssembly(), seed: true });
    shop = await aConnectedTenant(cloud, 'Corner Shop');
    grace = await aSuperAdmin(cloud);
  });

  afterAll(async () => cloud.stop());

  /** `done`, or why the operator was refused. */
  const order = async (functionName: string, payload: object): Promise<string> => {
    const { functionError, payload: answer } = await cloud.invoke(`countinghouse-dev-${functionName}`, payload);
    return functionError === undefined ? 'done' : String(answer.errorMessage);
  };

  const remove = ({ userId }: { readonly userId: string }) =>
    order('platform-admins', { action: 'remove', userId, reason: 'left the company last week' });

  const superAdmins = async (): Promise<readonly string[]> => {
    const { data } = must(await grace.api.get('/v1/platform/admins?limit=100'), 200);
    return data
      .filter(({ status }: { status: string }) => status === 'active')
      .map(({ userId }: { userId: string }) => userId);
  };

  /** Commits with such an event, wherever they are. */
  const commitsOf = async (type: string): Promise<readonly Commit[]> =>
    (await newOperator(cloud).journal()).flatMap((record) =>
      record.type === 'commit' && record.commit.events.some((event) => event.type === type) ? [record.commit] : [],
    );

  const glass = () => `${shop.path}/break-glass`;

  describe('of the operator', () => {
    it('makes the first Super Admin once: a second run is refused, for whomever', async () => {
      const usurper = await aPerson(cloud, 'usurper');
      for (const email of [usurper.email, grace.email]) {
        expect(await order('platform-bootstrap', { email })).toContain('has had its first Super Admin');
      }
      expect((await usurper.api.get('/v1/tenants')).status).toBe(403);
    });

    it('appoints and removes further ones, which holds from their next request', async () => {
      const henry = await anotherSuperAdmin(cloud);
      expect(await superAdmins()).toContain(henry.userId);
      expect((await henry.api.get('/v1/tenants')).status).toBe(200);
      expect(await order('platform-admins', { action: 'appoint', email: henry.email })).toContain('already');
      expect(await remove(henry)).toBe('done');
      expect((await henry.api.get('/v1/tenants')).status).toBe(403);
      expect(await superAdmins()).not.toContain(henry.userId);
      const removals = await commitsOf('PlatformAdminRemoved');
      expect(removals.at(-1)).toMatchObject({
        stream: { id: henry.userId },
        actor: { user: 'platform-admins', level: 'operator' },
      });
    });

    it('resets the second factor of one who has lost theirs: what it had opened is shut', async () => {
      const ruth = await anotherSuperAdmin(cloud);
      await enrol(ruth);
      const provision = () =>
        ruth.api.post('/v1/tenants', { name: 'New Shop', ownerEmail: 'new@people.example' }, newKey());
      must(await provision(), 201);
      const evidence = 'passport checked by two colleagues';
      expect(await order('platform-admins', { action: 'reset-mfa', userId: ruth.userId, evidence })).toBe('done');
      expect(problemOf(await provision())).toMatchObject({ status: 401, type: 'step-up-required' });
      expect(await order('platform-admins', { action: 'reset-mfa', userId: shop.owner.userId, evidence })).toContain(
        'no Super Admin',
      );
    });
  });

  it('whose list of addresses locks Super Admins out is opened by the operator', async () => {
    const path = '/v1/platform/security-policy';
    const reset = () => order('platform-admins', { action: 'reset-addresses', reason: 'everybody moved house' });
    must(await grace.api.patch(path, { consoleIpAllowlist: ['127.0.0.0/8', '::1/128'] }), 200);
    expect(await reset()).toBe('done');
    expect(must(await grace.api.get(path), 200)).toMatchObject({ policy: { consoleIpAllowlist: [] }, own: {} });
    expect(await reset()).toContain('no allowed addresses');
  });

  describe('over the Owners of a tenant', () => {
    it('renames the tenant, by its version', async () => {
      const { version } = must(await grace.api.get(shop.path), 200);
      const ifMatch = { 'if-match': `"${String(version)}"` };
      expect(must(await grace.api.patch(shop.path, { name: 'Corner Shop Ltd' }, ifMatch), 200)).toMatchObject({
        name: 'Corner Shop Ltd',
      });
      expect((await grace.api.patch(shop.path, { name: 'Other' }, ifMatch)).status).toBe(412);
      expect((await shop.owner.api.patch(shop.path, { name: 'Mine' })).status).toBe(403);
    });

    it('keeps the last one, until there is another', async () => {
      const place = `${shop.path}/owners`;
      const last = `${place}/${shop.owner.userId}`;
      const suspension = { reason: 'under investigation' };
      expect(problemOf(await grace.api.post(`${last}/suspend`, suspension))).toMatchObject({
        status: 422,
        reason: 'last-owner',
      });
      expect(problemOf(await grace.api.delete(last))).toMatchObject({ status: 422, reason: 'last-owner' });

      const otto = await aPerson(cloud, 'otto');
      must(await grace.api.post(place, { email: otto.email }, newKey()), 201);
      await accept(cloud, otto);
      const { data } = must(await grace.api.get(place), 200);
      expect(data.map(({ userId }: { userId: string }) => userId)).toEqual([otto.userId, shop.owner.userId]);

      must(await grace.api.post(`${last}/suspend`, suspension), 200);
      expect(problemOf(await shop.owner.api.get(`${shop.path}/payments`))).toMatchObject({ type: 'member-suspended' });
      must(await grace.api.post(`${last}/reactivate`), 200);
      expect((await shop.owner.api.get(`${shop.path}/payments`)).status).toBe(200);
      expect((await grace.api.delete(`${place}/${otto.userId}`)).status).toBe(204);
      expect((await otto.api.get(`${shop.path}/payments`)).status).toBe(404);
    });

    it('makes an Owner of whom the tenant has suspended, past an open invitation to less', async () => {
      const place = `${shop.path}/owners`;
      const admin = await aMember(cloud, shop, { role: 'admin' });
      must(await shop.owner.api.post(`${shop.path}/members/${admin.userId}/suspend`, { reason: 'in the way' }), 200);
      must(await shop.owner.api.post(`${shop.path}/members`, { email: admin.email, role: 'auditor' }, newKey()), 201);
      await cloud.idle();
      const invited = must(await grace.api.post(place, { email: admin.email }, newKey()), 201);
      const about = `${place}/invitations/${String(invited.id)}`;
      must(await grace.api.post(`${about}/resend`, undefined, newKey()), 200);
      await cloud.idle();
      await accept(cloud, admin);
      const { data } = must(await grace.api.get(place), 200);
      expect(data.map(({ userId }: { userId: string }) => userId)).toContain(admin.userId);
      must(await admin.api.get(`${shop.path}/members`), 200);
      expect((await grace.api.delete(about)).status).toBe(409);
      expect((await grace.api.delete(`${place}/${admin.userId}`)).status).toBe(204);
    });

    it('is asked for a second factor, in this very session', async () => {
      const elsewhere = cloud.api(await aSession(cloud, grace));
      const place = `${shop.path}/owners`;
      const refused = await elsewhere.post(place, { email: 'x@people.example' }, newKey());
      expect(problemOf(refused)).toMatchObject({ status: 401, type: 'step-up-required' });
      expect((await elsewhere.delete(`${place}/${shop.owner.userId}`)).status).toBe(401);
      expect((await elsewhere.post(glass(), { reason }, newKey())).status).toBe(401);
    });
  });

  describe('as a guest of a tenant', () => {
    const payments = () => `${shop.path}/payments`;

    it('is nothing without breaking the glass, and is for Super Admins alone', async () => {
      await aPayment(shop);
      expect((await grace.api.get(payments())).status).toBe(404);
      const admin = await aMember(cloud, shop, { role: 'admin' });
      for (const somebody of [shop.owner, admin]) {
        expect((await somebody.api.post(glass(), { reason }, newKey())).status).toBe(403);
      }
    });

    it('reads for an hour, changes nothing, is in the tenant’s own log, and its Owners are told', async () => {
      const key = newKey();
      const opened = must(await grace.api.post(glass(), { reason }, key), 201);
      expect(Date.parse(opened.until) - Date.now()).toBeLessThanOrEqual(3_600_000);
      expect(must(await grace.api.post(glass(), { reason }, key), 201)).toEqual(opened);
      expect(problemOf(await grace.api.post(glass(), { reason }, newKey()))).toMatchObject({ status: 409 });

      const { data } = must(await grace.api.get(payments()), 200);
      expect(data.length).toBeGreaterThan(0);
      must(await grace.api.get(`${shop.path}/members`), 200);
      const refund = await grace.api.post(`${payments()}/${String(data[0].id)}/refunds`, {}, newKey());
      expect(problemOf(refund)).toMatchObject({ status: 403, type: 'forbidden' });
      const invitation = { email: 'friend@people.example', role: 'admin' };
      expect((await grace.api.post(`${shop.path}/members`, invitation, newKey())).status).toBe(403);

      const [broken] = (await commitsOf('BreakGlassOpened')).filter(({ stream }) => stream.id === grace.userId);
      expect(broken).toMatchObject({
        stream: { owner: { tenant: shop.tenantId }, kind: 'member' },
        actor: { user: grace.userId, level: 'super-admin' },
        request: { ip: expect.any(String), userAgent: expect.any(String) },
        events: [{ data: { reason } }],
      });
      await within(20_000, 'the Owner was not told', async () => {
        await cloud.idle();
        return (await cloud.outbox()).find(
          ({ to, text }) => to.includes(shop.owner.email) && /emergency access/.test(text),
        );
      });
    });

    it('ends when it is left', async () => {
      expect((await grace.api.delete(glass())).status).toBe(204);
      expect((await grace.api.get(payments())).status).toBe(404);
      expect((await grace.api.delete(glass())).status).toBe(404);
    });

    it('does what was asked for beyond reading, but never what is the tenant’s to decide', async () => {
      const asked = { reason, permissions: ['payments:read', 'payments:refund', 'payments:create'] };
      expect(problemOf(await grace.api.post(glass(), asked, newKey()))).toMatchObject({ status: 422 });
      const granted = { reason, permissions: ['payments:read', 'payments:refund'] };
      must(await grace.api.post(glass(), granted, newKey()), 201);
      const payment = await aPayment(shop);
      must(await grace.api.post(`${payments()}/${String(payment.id)}/refunds`, {}, newKey()), 201);
      expect((await grace.api.get(`${shop.path}/members`)).status).toBe(403);
      expect((await grace.api.delete(glass())).status).toBe(204);
    });

    it('ends with the standing of the Super Admin, at once', async () => {
      const ivan = await anotherSuperAdmin(cloud);
      await enrol(ivan);
      must(await ivan.api.post(glass(), { reason }, newKey()), 201);
      expect((await ivan.api.get(payments())).status).toBe(200);
      expect(await remove(ivan)).toBe('done');
      expect((await ivan.api.get(payments())).status).toBe(404);
      expect((await ivan.api.post(glass(), { reason }, newKey())).status).toBe(403);
    });
  });

  it('is never left without a Super Admin, however many are removed at the same moment', async () => {
    const everyone = await superAdmins();
    expect(everyone.length).toBeGreaterThan(2);
    await Promise.allSettled(everyone.map((userId) => remove({ userId })));
    // Whom a run in progress kept from being removed is removed now, all but one.
    const answers: string[] = [];
    for (const userId of everyone) answers.push(await remove({ userId }));
    expect(answers.filter((answer) => answer.includes('last Super Admin'))).toHaveLength(1);
    const removed = new Set((await commitsOf('PlatformAdminRemoved')).map(({ stream }) => stream.id));
    expect(everyone.filter((userId) => !removed.has(userId))).toHaveLength(1);
  });
});
