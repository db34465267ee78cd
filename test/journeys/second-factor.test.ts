import { sharedCloud, type ApiClient } from '../support/local-cloud';
import {
  aMember,
  aPerson,
  aSession,
  aSuperAdmin,
  aTenant,
  anotherSuperAdmin,
  enrol,
  must,
  newKey,
  nextCode,
  problemOf,
  signInAnew,
  accept,
  type SignedIn,
  type TestTenant,
} from '../support/people';
import { plant } from '../support/planted';
import { SoftAuthenticator } from '../support/soft-authenticator';

/** Second factors over HTTP: what the functions may do by their roles, and how it goes together. */
const cloud = sharedCloud();

const evidence = { evidence: 'Called back on the number on file, case 4711' };

/** The console of the development stage. */
const site = { origin: 'http://localhost:5173', site: 'localhost' };

const recoveryCodes = async (person: SignedIn): Promise<string[]> => {
  const made = must(await person.api.post('/v1/me/mfa/recovery-codes'), 201);
  return (made.recoveryCodes as string[]).map((code) => plant('recovery code', code));
};

const isSteppedUp = async (api: ApiClient): Promise<boolean> =>
  must(await api.get('/v1/me'), 200).stepUp.verifiedAt !== null;

async function aPasskey(person: SignedIn, api = person.api): Promise<SoftAuthenticator> {
  const authenticator = new SoftAuthenticator();
  const { challenge } = must(await api.post('/v1/me/mfa/passkeys/options'), 200);
  const credential = authenticator.register({ challenge, ...site });
  must(await api.post('/v1/me/mfa/passkeys', { name: 'Laptop', credential }), 201);
  return authenticator;
}

describe('second factors', () => {
  it('let one of two concurrent uses of a code win, and of many uses of a recovery code one', async () => {
    const person = await aPerson(cloud, 'raced');
    await enrol(person);
    const [recoveryCode = ''] = await recoveryCodes(person);
    const sessions = await Promise.all([1, 2, 3, 4].map(async () => cloud.api(await aSession(cloud, person))));
    const race = async (body: object): Promise<number[]> =>
      (await Promise.all(sessions.map((api) => api.post('/v1/me/mfa/verify', body))))
        .map(({ status }) => status)
        .sort();
    expect(await race({ recoveryCode })).toEqual([200, 422, 422, 422]);
    expect(await race({ code: await nextCode(person) })).toEqual([200, 422, 422, 422]);
    expect((await Promise.all(sessions.map(isSteppedUp))).filter(Boolean).length).toBeGreaterThan(0);
    expect(must(await person.api.get('/v1/me'), 200).mfa).toMatchObject({ totp: 'active', recoveryCodesLeft: 9 });
  });

  it('that are locked by guessing stay locked for a right code, and leave recovery codes as the way out', async () => {
    const person = await aPerson(cloud, 'guessed');
    await enrol(person);
    const [recoveryCode = ''] = await recoveryCodes(person);
    const guesses = await Promise.all(
      Array.from({ length: 12 }, (_, guess) => person.api.post('/v1/me/mfa/verify', { code: String(100_000 + guess) })),
    );
    expect(guesses.map(({ status }) => status).sort()).toEqual([...Array<number>(10).fill(422), 429, 429]);
    const locked = { status: 429, type: 'second-factor-locked' };
    const right = { code: await nextCode(person) };
    expect(problemOf(await person.api.post('/v1/me/mfa/verify', right))).toMatchObject(locked);
    must(await person.api.post('/v1/me/mfa/verify', { recoveryCode }), 200);
    expect(problemOf(await person.api.post('/v1/me/mfa/verify', right))).toMatchObject(locked);
  });

  it('by passkey: registered, verified once, counted up, removed only beside another factor', async () => {
    const person = await aPerson(cloud, 'passkey');
    const authenticator = await aPasskey(person);
    const options = () => person.api.post('/v1/me/mfa/passkeys/verify/options');
    const verify = (credential: object) => person.api.post('/v1/me/mfa/passkeys/verify', { credential });

    expect(await isSteppedUp(person.api)).toBe(false);
    const { challenge } = must(await options(), 200);
    const credential = authenticator.assert({ challenge, ...site }, person.userId);
    must(await verify(credential), 200);
    expect(await isSteppedUp(person.api)).toBe(true);
    expect((await verify(credential)).status).toBe(422);
    const foreign = authenticator.assert({
      challenge: must(await options(), 200).challenge,
      ...site,
      site: 'evil.example',
    });
    expect((await verify(foreign)).status).toBe(422);
    const copied = authenticator.assert({ challenge: must(await options(), 200).challenge, ...site, counter: 1 });
    expect((await verify(copied)).status).toBe(422);

    const [passkey] = must(await person.api.get('/v1/me'), 200).mfa.passkeys;
    expect((await person.api.delete(`/v1/me/mfa/passkeys/${String(passkey.id)}`)).status).toBe(409);
    await enrol(person);
    expect((await person.api.delete(`/v1/me/mfa/passkeys/${String(passkey.id)}`)).status).toBe(204);
    expect((await person.api.delete('/v1/me/mfa/totp')).status).toBe(409);
  });

  it('are added by a session that has shown one already, and by no other', async () => {
    const person = await aPerson(cloud, 'stolen');
    await enrol(person);
    const stolen = cloud.api(await aSession(cloud, person));
    for (const path of ['/totp', '/passkeys/options', '/recovery-codes']) {
      expect(problemOf(await stolen.post(`/v1/me/mfa${path}`))).toMatchObject({
        status: 401,
        type: 'step-up-required',
      });
    }
    await aPasskey(person);
  });
});

describe('a reset of second factors', () => {
  let tenant: TestTenant;
  beforeAll(async () => {
    tenant = await aTenant(cloud, 'Resetting Shop');
  });
  const reset = (member: SignedIn, by: ApiClient = tenant.owner.api) =>
    by.post(`${tenant.path}/members/${member.userId}/mfa-reset`, evidence);

  it('by the Owner ends the step-ups of an Admin at once, and the Admin begins anew', async () => {
    const member = await aMember(cloud, tenant, { role: 'admin' });
    await enrol(member);
    const [recoveryCode = ''] = await recoveryCodes(member);
    await cloud.idle();
    expect(await isSteppedUp(member.api)).toBe(true);

    expect(problemOf(await reset(member, member.api)).status).toBe(403);
    expect(problemOf(await reset(tenant.owner))).toMatchObject({ status: 403, type: 'beyond-authority' });
    expect((await reset(member)).status).toBe(204);
    expect(await isSteppedUp(member.api)).toBe(false);
    expect(problemOf(await member.api.post('/v1/me/mfa/recovery-codes'))).toMatchObject({ type: 'step-up-required' });
    expect((await member.api.post('/v1/me/mfa/verify', { recoveryCode })).status).toBe(409);
    expect(must(await member.api.get('/v1/me'), 200).mfa).toEqual({ totp: 'none', passkeys: [], recoveryCodesLeft: 0 });

    // What is verified within a second of the reset does not count.
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    for (const path of ['/totp', '/passkeys/options']) {
      expect(problemOf(await member.api.post(`/v1/me/mfa${path}`))).toMatchObject({
        status: 401,
        type: 'unauthenticated',
      });
    }
    const anew = await signInAnew(cloud, member);
    await enrol(anew);
    expect(await isSteppedUp(anew.api)).toBe(true);
  });

  it('is for a Super Admin where the person counts in two tenants, and for the operator where they are one', async () => {
    const member = await aMember(cloud, tenant, { role: 'auditor' });
    const other = await aTenant(cloud, 'Other Shop');
    must(await other.owner.api.post(`${other.path}/members`, { email: member.email, role: 'auditor' }, newKey()), 201);
    // The mail of the second invitation is the newest only once it is there.
    await cloud.idle();
    await accept(cloud, member);
    await enrol(member);
    await cloud.idle();
    const refused = await reset(member);
    expect(problemOf(refused)).toMatchObject({ status: 403, type: 'beyond-authority' });
    expect(refused.text).not.toContain(other.tenantId);

    const { api: superAdmin, userId } = await aSuperAdmin(cloud);
    const path = `/v1/platform/users/${member.userId}/mfa-reset`;
    expect(problemOf(await tenant.owner.api.post(path, evidence)).status).toBe(403);
    expect((await superAdmin.post(path, evidence)).status).toBe(204);
    expect(await isSteppedUp(member.api)).toBe(false);
    expect(problemOf(await superAdmin.post(`/v1/platform/users/${userId}/mfa-reset`, evidence))).toMatchObject({
      status: 403,
      type: 'beyond-authority',
    });
  });

  it("of another Super Admin's factors is the operator's", async () => {
    const other = await anotherSuperAdmin(cloud);
    await enrol(other);
    const { api: superAdmin } = await aSuperAdmin(cloud);
    const refused = await superAdmin.post(`/v1/platform/users/${other.userId}/mfa-reset`, evidence);
    expect(problemOf(refused)).toMatchObject({ status: 403, type: 'beyond-authority' });
    expect(await isSteppedUp(other.api)).toBe(true);

    const order = { action: 'reset-mfa', userId: other.userId, ...evidence };
    const { functionError } = await cloud.invoke('countinghouse-dev-platform-admins', order);
    expect(functionError).toBeUndefined();
    expect(await isSteppedUp(other.api)).toBe(false);
    expect(must(await other.api.get('/v1/me'), 200).mfa.totp).toBe('none');
  });
});
