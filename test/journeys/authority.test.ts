import { sharedCloud, type ApiAnswer } from '../support/local-cloud';
import {
  accept,
  aMember,
  aPerson,
  aSession,
  aSuperAdmin,
  aTenant,
  enrol,
  invitationToken,
  must,
  newKey,
  problemOf,
  within,
  type SignedIn,
  type TestTenant,
} from '../support/people';

const cloud = sharedCloud();

describe('authority in a tenant, over HTTP', () => {
  let tenant: TestTenant;

  beforeAll(async () => {
    tenant = await aTenant(cloud, 'Corner Shop');
  });

  const at = (person: SignedIn): string => `${tenant.path}/members/${person.userId}`;
  const acceptWith = (person: SignedIn, token: string): Promise<ApiAnswer> =>
    person.api.post('/v1/invitations/accept', { token });
  const invite = async (person: SignedIn, role = 'admin') =>
    must(await tenant.owner.api.post(`${tenant.path}/members`, { email: person.email, role }, newKey()), 201);
  const anotherOwner = async (): Promise<SignedIn> => {
    const person = await aPerson(cloud, 'owner');
    const superAdmin = await aSuperAdmin(cloud);
    must(await superAdmin.api.post(`${tenant.path}/owners`, { email: person.email }, newKey()), 201);
    await accept(cloud, person);
    await enrol(person);
    return person;
  };

  describe('an invitation', () => {
    it('sent again has another token, and the old one is worth nothing', async () => {
      const invited = await aPerson(cloud, 'invited');
      const { id } = await invite(invited);
      const first = await invitationToken(cloud, invited.email);
      const again = { email: invited.email, role: 'auditor' };
      const second = await tenant.owner.api.post(`${tenant.path}/members`, again, newKey());
      expect(problemOf(second)).toEqual({ status: 409, type: 'conflict' });

      const place = `${tenant.path}/invitations/${String(id)}`;
      const resent = must(await tenant.owner.api.post(`${place}/resend`, undefined, newKey()), 200);
      expect(resent).toMatchObject({ id, status: 'pending', version: 2 });
      const token = await within(20_000, 'no second mail came', async () => {
        const newest = await invitationToken(cloud, invited.email);
        return newest === first ? undefined : newest;
      });
      expect(problemOf(await acceptWith(invited, first))).toEqual({ status: 422, type: 'refused' });
      expect(must(await acceptWith(invited, token), 200)).toMatchObject({ userId: invited.userId, role: 'admin' });
      const late = await tenant.owner.api.post(`${place}/resend`, undefined, newKey());
      expect(problemOf(late)).toEqual({ status: 409, type: 'conflict' });
    });

    it('revoked is worth nothing, and listed as what it is', async () => {
      const invited = await aPerson(cloud, 'invited');
      const { id } = await invite(invited);
      const token = await invitationToken(cloud, invited.email);
      must(await tenant.owner.api.delete(`${tenant.path}/invitations/${String(id)}`), 204);
      expect(problemOf(await acceptWith(invited, token))).toEqual({ status: 422, type: 'refused' });
      await cloud.idle();
      const { data } = must(await tenant.owner.api.get(`${tenant.path}/invitations`), 200);
      expect(data[0]).toMatchObject({ id, status: 'revoked', email: 'i***@people.example' });
    });

    it('ends with the authority of who sent it', async () => {
      const sender = await anotherOwner();
      const invited = await aPerson(cloud, 'invited');
      const body = { email: invited.email, role: 'auditor' };
      must(await sender.api.post(`${tenant.path}/members`, body, newKey()), 201);
      const token = await invitationToken(cloud, invited.email);
      const superAdmin = await aSuperAdmin(cloud);
      must(await superAdmin.api.delete(`${tenant.path}/owners/${sender.userId}`), 204);
      expect(problemOf(await acceptWith(invited, token))).toEqual({ status: 422, type: 'refused' });
      expect(problemOf(await invited.api.get(`${tenant.path}/members`))).toMatchObject({ status: 404 });
    });
  });

  describe('a member', () => {
    it('is read, and an unknown one is absent', async () => {
      const admin = await aMember(cloud, tenant, { role: 'admin' });
      const read = await tenant.owner.api.get(at(admin));
      expect(must(read, 200)).toMatchObject({ userId: admin.userId, role: 'admin', status: 'active', version: 1 });
      expect(read.headers.get('etag')).toBe('"1"');
      const stranger = await aPerson(cloud, 'stranger');
      expect(problemOf(await tenant.owner.api.get(at(stranger)))).toEqual({ status: 404, type: 'not-found' });
    });

    it('has another role from the next request on', async () => {
      const admin = await aMember(cloud, tenant, { role: 'admin' });
      must(await admin.api.get(`${tenant.path}/payments`), 200);
      const body = { permissions: ['members:read'] };
      const narrowed = must(await tenant.owner.api.patch(at(admin), body), 200);
      expect(narrowed).toMatchObject({ role: 'admin', permissions: ['members:read'], version: 2 });
      expect(problemOf(await admin.api.get(`${tenant.path}/payments`))).toMatchObject({ status: 403 });
      const stale = await tenant.owner.api.patch(at(admin), { role: 'auditor' }, { 'if-match': '"1"' });
      expect(problemOf(stale)).toEqual({ status: 412, type: 'stale-version' });
      expect(must(await tenant.owner.api.patch(at(admin), { role: 'auditor' }), 200)).toMatchObject({
        role: 'auditor',
      });
      must(await admin.api.get(`${tenant.path}/payments`), 200);
    });

    it('is suspended from the next request on, and let in again', async () => {
      const admin = await aMember(cloud, tenant, { role: 'admin' });
      const suspended = must(await tenant.owner.api.post(`${at(admin)}/suspend`, { reason: 'on leave' }), 200);
      expect(suspended).toMatchObject({ status: 'suspended', suspendedReason: 'on leave' });
      const shut = await admin.api.get(`${tenant.path}/payments`);
      expect(problemOf(shut)).toEqual({ status: 403, type: 'member-suspended' });
      must(await tenant.owner.api.post(`${at(admin)}/reactivate`), 200);
      must(await admin.api.get(`${tenant.path}/payments`), 200);
    });

    it('is removed from the next request on, and may be invited again', async () => {
      const admin = await aMember(cloud, tenant, { role: 'admin' });
      must(await tenant.owner.api.delete(at(admin)), 204);
      expect(problemOf(await admin.api.get(`${tenant.path}/payments`))).toEqual({ status: 404, type: 'not-found' });
      await cloud.idle();
      const { data } = must(await tenant.owner.api.get(`${tenant.path}/members`), 200);
      expect(data.map(({ userId }: { userId: string }) => userId)).not.toContain(admin.userId);
      expect(must(await admin.api.get('/v1/me'), 200).memberships).toEqual([]);
      await invite(admin, 'auditor');
      expect(await accept(cloud, admin)).toMatchObject({ role: 'auditor', status: 'active' });
    });

    it('is changed only by those strictly above, who show a second factor', async () => {
      const [owner, admin] = [await anotherOwner(), await aMember(cloud, tenant, { role: 'admin' })];
      const { api } = tenant.owner;
      expect(problemOf(await api.patch(at(owner), { role: 'admin' }))).toEqual({
        status: 403,
        type: 'beyond-authority',
      });
      expect(problemOf(await api.delete(at(owner)))).toEqual({ status: 403, type: 'beyond-authority' });
      expect(problemOf(await api.patch(at(admin), { role: 'owner' }))).toEqual({
        status: 403,
        type: 'beyond-authority',
      });
      expect(problemOf(await api.delete(at(tenant.owner)))).toEqual({ status: 403, type: 'forbidden' });
      expect(problemOf(await admin.api.delete(at(owner)))).toEqual({ status: 403, type: 'forbidden' });
      const fresh = cloud.api(await aSession(cloud, tenant.owner));
      expect(problemOf(await fresh.delete(at(admin)))).toEqual({ status: 401, type: 'step-up-required' });
    });
  });

  describe('ownership', () => {
    it('passes in two steps, both under a second factor', async () => {
      const [owner, admin] = [await anotherOwner(), await aMember(cloud, tenant, { role: 'admin' })];
      const place = `${tenant.path}/ownership-transfer`;
      const offered = must(await owner.api.post(place, { userId: admin.userId }, newKey()), 201);
      expect(offered).toMatchObject({ from: owner.userId, to: admin.userId, status: 'pending' });
      expect(problemOf(await admin.api.post(`${place}/accept`))).toEqual({ status: 401, type: 'step-up-required' });
      expect(must(await admin.api.get(place), 200)).toEqual(offered);

      await enrol(admin);
      expect(must(await admin.api.post(`${place}/accept`), 200)).toMatchObject({ status: 'accepted' });
      expect(must(await admin.api.get(at(admin)), 200)).toMatchObject({ role: 'owner' });
      expect(must(await admin.api.get(at(owner)), 200)).toMatchObject({ role: 'admin' });
      // From the next request on, the one manages members and the other does not.
      expect(problemOf(await owner.api.delete(at(admin)))).toEqual({ status: 403, type: 'forbidden' });
      must(await admin.api.delete(at(owner)), 204);
      const superAdmin = await aSuperAdmin(cloud);
      must(await superAdmin.api.delete(`${tenant.path}/owners/${admin.userId}`), 204);
    });

    it('is withdrawn by who offered it', async () => {
      const [owner, admin] = [await anotherOwner(), await aMember(cloud, tenant, { role: 'admin' })];
      await enrol(admin);
      const place = `${tenant.path}/ownership-transfer`;
      must(await owner.api.post(place, { userId: admin.userId }, newKey()), 201);
      expect(problemOf(await tenant.owner.api.delete(place))).toEqual({ status: 403, type: 'beyond-authority' });
      must(await owner.api.delete(place), 204);
      expect(problemOf(await admin.api.post(`${place}/accept`))).toEqual({
        status: 422,
        type: 'refused',
        reason: 'offer-withdrawn',
      });
    });

    it('keeps one active Owner under any race of removals and suspensions', async () => {
      const superAdmin = await aSuperAdmin(cloud);
      for (let round = 0; round < 3; round += 1) {
        const shop = await aTenant(cloud, 'Racing Shop');
        const second = await aPerson(cloud, 'owner');
        must(await superAdmin.api.post(`${shop.path}/owners`, { email: second.email }, newKey()), 201);
        await accept(cloud, second);
        const ownerAt = ({ userId }: SignedIn): string => `${shop.path}/owners/${userId}`;
        const answers = await Promise.all([
          superAdmin.api.delete(ownerAt(shop.owner)),
          superAdmin.api.post(`${ownerAt(second)}/suspend`, { reason: 'race' }),
        ]);
        const refused = answers.filter(({ status }) => status >= 300);
        expect(refused.map(problemOf)).toEqual([{ status: 422, type: 'refused', reason: 'last-owner' }]);
      }
    });

    it('of the last Owner passes on, or is not lost: acceptance and removal at once', async () => {
      const shop = await aTenant(cloud, 'Handed Shop');
      const admin = await aMember(cloud, shop, { role: 'admin' });
      await enrol(admin);
      const place = `${shop.path}/ownership-transfer`;
      must(await shop.owner.api.post(place, { userId: admin.userId }, newKey()), 201);
      const superAdmin = await aSuperAdmin(cloud);
      const [taken, removed] = await Promise.all([
        admin.api.post(`${place}/accept`),
        superAdmin.api.delete(`${shop.path}/owners/${shop.owner.userId}`),
      ]);
      // The only Owner cannot be removed; once they have handed over, they are none.
      expect(taken.status).toBe(200);
      expect(removed.status).toBeGreaterThanOrEqual(404);
      expect(must(await admin.api.get(`${shop.path}/members/${admin.userId}`), 200)).toMatchObject({ role: 'owner' });
    });
  });
});
