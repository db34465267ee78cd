import { randomBytes } from 'node:crypto';

import { sharedCloud, type Parsed } from '../support/local-cloud';
import {
  aConnectedTenant,
  aMember,
  aPayment,
  aPerson,
  aSuperAdmin,
  aSession,
  aTenant,
  enrol,
  invitationToken,
  must,
  newKey,
  paymentBody,
  problemOf,
  stepUp,
  type ConnectedTenant,
  type SignedIn,
} from '../support/people';
import { plant } from '../support/planted';
import { anAuthorizationEvent, deliver, effectsOf, webhookSecret, webhookUrl } from '../support/sandbox';

const cloud = sharedCloud();

describe('who may do what', () => {
  let tenant: ConnectedTenant;
  let admin: SignedIn;
  const paymentsPath = (): string => `${tenant.path}/payments`;

  beforeAll(async () => {
    tenant = await aConnectedTenant(cloud, 'Corner Shop');
    admin = await aMember(cloud, tenant, { role: 'admin', permissions: ['payments:read', 'payments:create'] });
  });

  describe('people', () => {
    it('knows the Owner, their membership, their factor and their step-up', async () => {
      await cloud.idle();
      const me = must(await tenant.owner.api.get('/v1/me'), 200);
      expect(me).toMatchObject({
        userId: tenant.owner.userId,
        platformAdmin: false,
        memberships: [{ tenantId: tenant.tenantId, role: 'owner', status: 'active' }],
        mfa: { totp: 'active' },
        stepUp: { verifiedAt: expect.any(String) },
      });
    });

    it('lists the members with what each may do', async () => {
      const { data } = must(await tenant.owner.api.get(`${tenant.path}/members`), 200);
      expect(data.map(({ userId, role }: Parsed) => ({ userId, role }))).toEqual([
        { userId: admin.userId, role: 'admin' },
        { userId: tenant.owner.userId, role: 'owner' },
      ]);
      expect(data[0].permissions).toEqual(['payments:read', 'payments:create']);
    });

    it('takes an invitation once, and only from whom it was sent to', async () => {
      const invited = await aPerson(cloud, 'invited');
      const body = { email: invited.email, role: 'admin' };
      const invitation = must(await tenant.owner.api.post(`${tenant.path}/members`, body, newKey()), 201);
      expect(invitation).toMatchObject({ status: 'pending', email: 'i***@people.example' });
      const token = await invitationToken(cloud, invited.email);
      const acceptAs = (person: SignedIn, text: string) => person.api.post('/v1/invitations/accept', { token: text });
      const stranger = await aPerson(cloud, 'stranger');
      const forged = token.slice(0, -3) + (token.endsWith('AAA') ? 'BBB' : 'AAA');
      expect(problemOf(await acceptAs(stranger, token))).toMatchObject({ status: 422, type: 'refused' });
      expect(problemOf(await acceptAs(invited, forged))).toMatchObject({ status: 422, type: 'refused' });
      const member = must(await acceptAs(invited, token), 200);
      expect(member).toMatchObject({ userId: invited.userId, tenantId: tenant.tenantId, role: 'admin' });
      // Whoever has accepted is told so again; nobody else gets anything by it.
      expect(must(await acceptAs(invited, token), 200)).toEqual(member);
      expect(problemOf(await acceptAs(stranger, token))).toMatchObject({ status: 422, type: 'refused' });
    });

    it('refuses a restricted Admin what was not granted', async () => {
      const payment = must(await admin.api.post(paymentsPath(), paymentBody(), newKey()), 201);
      const refused = await admin.api.post(`${paymentsPath()}/${String(payment.id)}/refunds`, {}, newKey());
      expect(problemOf(refused)).toMatchObject({ status: 403, type: 'forbidden' });
      expect(problemOf(await admin.api.get(`${tenant.path}/audit-events`))).toMatchObject({ status: 403 });
      const invite = { email: 'someone@people.example', role: 'admin' };
      expect(problemOf(await admin.api.post(`${tenant.path}/members`, invite, newKey()))).toMatchObject({
        status: 403,
      });
    });

    it('hides a tenant from everyone who is no member of it, Super Admins included', async () => {
      const other = await aTenant(cloud);
      const payment = await aPayment(tenant);
      const place = `${paymentsPath()}/${String(payment.id)}`;
      expect(problemOf(await other.owner.api.get(place))).toMatchObject({ status: 404, type: 'not-found' });
      expect(problemOf(await other.owner.api.get(`${other.path}/payments/${String(payment.id)}`))).toMatchObject({
        status: 404,
      });
      expect(problemOf(await other.owner.api.post(paymentsPath(), paymentBody(), newKey()))).toMatchObject({
        status: 404,
      });
      expect(problemOf(await cloud.api(cloud.seeded('super-admin')).get(place))).toMatchObject({ status: 404 });
      expect((await cloud.api().get(place)).status).toBe(401);
      expect(must(await tenant.owner.api.get(place), 200).id).toBe(payment.id);
    });

    it('shuts a suspended tenant at once, and opens it again', async () => {
      const closed = await aTenant(cloud, 'Closing Shop');
      const superAdmin = (await aSuperAdmin(cloud)).api;
      must(await superAdmin.post(`${closed.path}/suspend`, { reason: 'unpaid' }), 200);
      expect(problemOf(await closed.owner.api.get(`${closed.path}/payments`))).toMatchObject({
        type: 'tenant-suspended',
      });
      must(await superAdmin.post(`${closed.path}/reactivate`), 200);
      must(await closed.owner.api.get(`${closed.path}/payments`), 200);
    });
  });

  describe('step-up', () => {
    it('asks for a second factor where the policy demands one, of this very session', async () => {
      const payment = await aPayment(tenant);
      const session = await aSession(cloud, tenant.owner);
      const refund = () => cloud.api(session).post(`${paymentsPath()}/${String(payment.id)}/refunds`, {}, newKey());

      const challenged = await refund();
      expect(problemOf(challenged)).toMatchObject({ status: 401, type: 'step-up-required' });
      // API Gateway renames the header of an integration.
      const challenge = challenged.headers.get('x-amzn-remapped-www-authenticate');
      expect(challenge).toContain('error="insufficient_user_authentication"');
      expect(challenge).toMatch(/max_age="?600/);
      expect(challenged.body).toMatchObject({ error: 'insufficient_user_authentication', maxAgeSeconds: 600 });
      expect(await effectsOf(cloud, tenant, payment.id)).toHaveLength(1);

      await stepUp(cloud, tenant.owner, session);
      expect(must(await refund(), 201)).toMatchObject({
        status: 'refunded',
        refundedAmount: { amount: 1099, currency: 'USD' },
      });
      // The refreshed session is the same one.
      must(
        await cloud
          .api(await cloud.refresh(session))
          .post(`${tenant.path}/members`, { email: 'n@people.example', role: 'admin' }, newKey()),
        201,
      );
    });

    it('does not take a code twice, nor a wrong one', async () => {
      const person = await aPerson(cloud, 'careless');
      const used = await enrol(person);
      for (const code of [used, '000000']) {
        const refused = await person.api.post('/v1/me/mfa/verify', { code });
        expect(problemOf(refused)).toMatchObject({ status: 422, type: 'refused' });
      }
      const elsewhere = cloud.api(await aSession(cloud, person));
      expect(problemOf(await elsewhere.post('/v1/me/mfa/totp'))).toMatchObject({
        status: 401,
        type: 'step-up-required',
      });
    });
  });

  describe('administration', () => {
    it('shows the Super Admin every tenant, by pages and one by one', async () => {
      const superAdmin = cloud.api(cloud.seeded('super-admin'));
      await cloud.idle();
      const first = must(await superAdmin.get('/v1/tenants?limit=1'), 200);
      const second = must(await superAdmin.get(`/v1/tenants?limit=1&cursor=${String(first.nextCursor)}`), 200);
      expect(second.data[0].createdAt <= first.data[0].createdAt).toBe(true);
      expect(second.data[0].id).not.toBe(first.data[0].id);
      const read = must(await superAdmin.get(tenant.path), 200);
      expect(read).toMatchObject({ id: tenant.tenantId, name: 'Corner Shop', status: 'active' });
    });

    it('shows connections, and never what they were made of', async () => {
      const { api } = tenant.owner;
      const place = `${tenant.path}/provider-connections`;
      const one = await api.get(`${place}/${tenant.connectionId}`);
      expect(must(one, 200)).toMatchObject({ provider: 'sandbox', status: 'active' });
      expect(one.body.webhookUrl).toBe(webhookUrl(cloud, tenant));
      await cloud.idle();
      const list = await api.get(place);
      expect(must(list, 200).data).toEqual([one.body]);
      for (const { text } of [one, list]) {
        expect(text).not.toContain(tenant.apiKey);
        expect(text).not.toContain(webhookSecret(tenant));
      }
    });

    it('makes one connection of several requests under one key, and none with credentials that the provider refuses', async () => {
      const shop = await aTenant(cloud, 'Hasty Shop');
      const connect = (apiKey: string, headers: Readonly<Record<string, string>>) =>
        shop.owner.api.post(
          `${shop.path}/provider-connections`,
          { provider: 'sandbox', displayName: 'Sandbox', credentials: { apiKey: plant('API key', apiKey) } },
          headers,
        );
      const revoked = await connect(`sk_sandbox_revoked${randomBytes(8).toString('hex')}`, newKey());
      expect(problemOf(revoked)).toEqual({ status: 422, type: 'refused', reason: 'credentials-refused' });

      const headers = newKey();
      const apiKey = `sk_sandbox_${randomBytes(16).toString('hex')}`;
      const answers = await Promise.all([1, 2, 3, 4].map(() => connect(apiKey, headers)));
      // One does it; who comes while it is at work is told to come again.
      const [done, ...others] = answers.toSorted((a, b) => a.status - b.status);
      const connection = must(await connect(apiKey, headers), 201);
      expect(done?.body).toEqual(connection);
      for (const { status, body } of others) expect(status === 409 || body.id === connection.id).toBe(true);
      // Its webhooks are understood, whichever of the requests registered them last.
      const connected = { ...shop, connectionId: String(connection.id), apiKey };
      const payment = await aPayment(connected);
      expect((await deliver(cloud, connected, anAuthorizationEvent(payment))).status).toBe(200);
    });

    it('redrives dead webhooks only, and only after a second factor', async () => {
      await aPayment(tenant);
      await cloud.idle();
      const { data } = must(await tenant.owner.api.get(`${tenant.path}/webhook-events`), 200);
      const place = `${tenant.path}/webhook-events/${String(data[0].id)}/redrive`;
      expect(problemOf(await tenant.owner.api.post(place, {}, newKey()))).toMatchObject({
        status: 422,
        type: 'refused',
      });
      const fresh = cloud.api(await aSession(cloud, tenant.owner));
      expect(problemOf(await fresh.post(place, {}, newKey()))).toEqual({ status: 401, type: 'step-up-required' });
    });
  });
});
