import { randomBytes } from 'node:crypto';

import { platform, type Owner } from '../../lambdas/kernel/journal';
import { routes } from '../../lambdas/routes';
import { asServer, keyBody } from '../support/an-api-key';
import { askerOf, auditLog, faultsOf, newAuditedClient, sessionIdOf, type Asker } from '../support/audited';
import { sharedCloud, type Parsed } from '../support/local-cloud';
import { newOperator } from '../support/operator';
import {
  aMember,
  anotherSuperAdmin,
  aPerson,
  aSession,
  aSuperAdmin,
  aTenant,
  enrol,
  invitationToken,
  must,
  nextCode,
  paymentBody,
  signInAnew,
  type SignedIn,
  type TestTenant,
} from '../support/people';
import { plant } from '../support/planted';
import { SoftAuthenticator } from '../support/soft-authenticator';

/** Where the console of the stage is, to which passkeys belong. */
const consoleSite = { site: 'localhost', origin: 'http://localhost:5173' };

/** Changing routes that this file does not ask, and why. */
const elsewhere: Readonly<Record<string, string>> = {
  'webhookEvents.redrive': 'needs a dead event: test/faults/webhook-poison.test.ts',
  'payments.resolve': 'needs an operation that was looked up for days: test/journeys/unknown-outcomes.test.ts',
  'settlements.acknowledge': 'needs a payout that does not add up: test/journeys/settlements.test.ts',
  'settlements.importLines': 'needs lines that were given up: test/journeys/settlements.test.ts',
  'me.passkeys.options': 'changes nothing but the challenge of the session',
  'me.passkeys.verifyOptions': 'changes nothing but the challenge of the session',
};

const cloud = sharedCloud();
const operator = newOperator(cloud);
const { ask, asked } = newAuditedClient();

describe('the audit trail of a run', () => {
  let tenant: TestTenant;
  let own: Owner;
  let owner: Asker;
  let superAdmin: Asker;
  let admin: SignedIn;
  let log: Awaited<ReturnType<typeof auditLog>>;

  const inTenant = (more: Readonly<Record<string, string>> = {}) => ({ tenantId: tenant.tenantId, ...more });
  const anAddress = () => plant('e-mail address', `audited.${randomBytes(5).toString('hex')}@people.example`);

  /** A request that changes something: which event it must have left, in whose log. */
  const changes = async (
    who: Asker,
    route: string,
    params: Readonly<Record<string, string>>,
    type: string,
    body?: object,
    { status = 200, of = own }: { readonly status?: number; readonly of?: Owner } = {},
  ): Promise<Parsed> => (await ask(who, route, params, body, { owner: of, type, outcome: 'changed' }, status)).body;

  /** A request that is refused: with which answer, and what of it was remembered in whose log. */
  const refused = async (
    who: Asker,
    route: string,
    params: Readonly<Record<string, string>>,
    [status, type, reason, of = own]: readonly [number, string, (string | undefined)?, Owner?],
    body?: object,
  ): Promise<void> => {
    const expected = { owner: of, type, outcome: 'refused', ...(reason === undefined ? {} : { reason }) } as const;
    await ask(who, route, params, body, expected, status);
  };

  beforeAll(async () => {
    tenant = await aTenant(cloud, 'Audited Shop');
    own = { tenant: tenant.tenantId };
    owner = askerOf(cloud, tenant.owner);
    superAdmin = askerOf(cloud, await aSuperAdmin(cloud));
    admin = await aMember(cloud, tenant, { role: 'admin' });
  });

  describe('is made of changes', () => {
    it('of tenants and Owners', async () => {
      const made = { name: 'Another Shop', ownerEmail: anAddress() };
      const provisioned = { owner: undefined, type: 'TenantProvisioned', outcome: 'changed' } as const;
      await ask(superAdmin, 'tenants.create', {}, made, provisioned, 201);
      await changes(superAdmin, 'tenants.rename', inTenant(), 'TenantRenamed', { name: 'Renamed Shop' });
      await changes(superAdmin, 'tenants.suspend', inTenant(), 'TenantSuspended', { reason: 'for the audit' });
      await changes(superAdmin, 'tenants.reactivate', inTenant(), 'TenantReactivated');
      const allowed = { consoleIpAllowlist: ['127.0.0.0/8'] };
      await changes(owner, 'security-policy.change', inTenant(), 'SecurityPolicyChanged', allowed);
      const locked = { reason: 'for the audit' };
      const reset = 'AllowedAddressesReset';
      await changes(superAdmin, 'tenants.reset-addresses', inTenant(), reset, locked, { status: 204 });
      const nobody = { email: anAddress() };
      const none = await changes(superAdmin, 'owners.invite', inTenant(), 'InvitationIssued', nobody, { status: 201 });
      const ofNobody = inTenant({ invitationId: none.id });
      await changes(superAdmin, 'owners.resendInvitation', ofNobody, 'InvitationResent');
      await changes(superAdmin, 'owners.revokeInvitation', ofNobody, 'InvitationRevoked', undefined, { status: 204 });
      const second = await aPerson(cloud, 'second');
      await changes(
        superAdmin,
        'owners.invite',
        inTenant(),
        'InvitationIssued',
        { email: second.email },
        { status: 201 },
      );
      const token = await invitationToken(cloud, second.email);
      await changes(askerOf(cloud, second), 'invitations.accept', {}, 'MemberJoined', { token });
      const about = inTenant({ userId: second.userId });
      await changes(superAdmin, 'owners.suspend', about, 'MemberSuspended', { reason: 'for the audit' });
      await changes(superAdmin, 'owners.reactivate', about, 'MemberReactivated');
      await changes(superAdmin, 'owners.remove', about, 'MemberRemoved', undefined, { status: 204 });
      await changes(
        superAdmin,
        'break-glass.open',
        inTenant(),
        'BreakGlassOpened',
        { reason: 'for the audit' },
        { status: 201 },
      );
      await changes(superAdmin, 'break-glass.close', inTenant(), 'BreakGlassClosed', undefined, { status: 204 });
    });

    it('of members and their invitations', async () => {
      const about = inTenant({ userId: admin.userId });
      await changes(owner, 'members.change', about, 'MemberGrantChanged', { permissions: ['payments:read'] });
      await changes(owner, 'members.suspend', about, 'MemberSuspended', { reason: 'for the audit' });
      await changes(owner, 'members.reactivate', about, 'MemberReactivated');
      const other = await aMember(cloud, tenant, { role: 'auditor' });
      await changes(owner, 'members.remove', inTenant({ userId: other.userId }), 'MemberRemoved', undefined, {
        status: 204,
      });
      const body = { email: anAddress(), role: 'auditor' };
      const { id } = await changes(owner, 'members.invite', inTenant(), 'InvitationIssued', body, { status: 201 });
      const invitation = inTenant({ invitationId: id });
      await changes(owner, 'invitations.resend', invitation, 'InvitationResent');
      await changes(owner, 'invitations.revoke', invitation, 'InvitationRevoked', undefined, { status: 204 });
    });

    it('of who owns the tenant', async () => {
      const taker = await aMember(cloud, tenant, { role: 'admin' });
      const offer = { userId: taker.userId };
      await changes(owner, 'ownership.offer', inTenant(), 'OwnershipOffered', offer, { status: 201 });
      await changes(owner, 'ownership.withdraw', inTenant(), 'OwnershipOfferWithdrawn', undefined, { status: 204 });
      // Another tenant is handed over, so that this one keeps its Owner.
      const passing = await aTenant(cloud, 'Passing Shop');
      const [giver, heir] = [askerOf(cloud, passing.owner), await aMember(cloud, passing, { role: 'admin' })];
      await enrol(heir);
      const [there, of] = [{ tenantId: passing.tenantId }, { tenant: passing.tenantId }];
      await changes(giver, 'ownership.offer', there, 'OwnershipOffered', { userId: heir.userId }, { status: 201, of });
      await changes(askerOf(cloud, heir), 'ownership.accept', there, 'OwnershipTransferred', undefined, { of });
    });

    it('of second factors', async () => {
      const person = await aMember(cloud, tenant, { role: 'auditor' });
      const who = askerOf(cloud, person);
      const of = platform;
      const { secret } = await changes(who, 'me.totp.enrol', {}, 'TotpEnrolmentBegun', undefined, { status: 201, of });
      person.totpSecret = plant('TOTP seed', secret);
      await changes(who, 'me.totp.confirm', {}, 'TotpConfirmed', { code: await nextCode(person) }, { of });
      const made = await changes(who, 'me.recoveryCodes.make', {}, 'RecoveryCodesMade', undefined, { status: 201, of });
      const [recoveryCode] = made.recoveryCodes as string[];
      plant('recovery code', recoveryCode ?? '');
      await changes(who, 'me.mfa.verify', {}, 'RecoveryCodeUsed', { recoveryCode }, { of });

      const authenticator = new SoftAuthenticator();
      const { challenge } = (await who.api.post('/v1/me/mfa/passkeys/options')).body;
      const credential = authenticator.register({ challenge, ...consoleSite });
      const body = { name: 'Laptop', credential };
      const { id } = await changes(who, 'me.passkeys.register', {}, 'PasskeyRegistered', body, { status: 201, of });
      const verification = (await who.api.post('/v1/me/mfa/passkeys/verify/options')).body;
      const assertion = authenticator.assert({ challenge: verification.challenge, ...consoleSite });
      const verified = { owner: platform, type: 'MfaVerified', outcome: 'succeeded' } as const;
      await ask(who, 'me.passkeys.verify', {}, { credential: assertion }, verified, 200);
      await changes(who, 'me.passkeys.remove', { passkeyId: id }, 'PasskeyRemoved', undefined, { status: 204, of });

      const evidence = { evidence: 'Called back on the number on file' };
      const about = { userId: person.userId };
      await changes(owner, 'members.mfaReset', inTenant(about), 'SecondFactorsReset', evidence, { status: 204, of });
      await enrol(await signInAnew(cloud, person));
      await changes(superAdmin, 'platform.mfaReset', about, 'SecondFactorsReset', evidence, { status: 204, of });
    });

    it('of an authenticator app that is removed, beside a passkey', async () => {
      const person = await aPerson(cloud, 'remover');
      await enrol(person);
      const authenticator = new SoftAuthenticator();
      const { challenge } = (await person.api.post('/v1/me/mfa/passkeys/options')).body;
      const credential = authenticator.register({ challenge, ...consoleSite });
      must(await person.api.post('/v1/me/mfa/passkeys', { name: 'Phone', credential }), 201);
      await changes(askerOf(cloud, person), 'me.totp.remove', {}, 'TotpRemoved', undefined, {
        status: 204,
        of: platform,
      });
    });

    it('of policies', async () => {
      await changes(owner, 'security-policy.change', inTenant(), 'SecurityPolicyChanged', { stepUpWindowSeconds: 500 });
      const change = (body: object) =>
        changes(superAdmin, 'platform-policy.change', {}, 'SecurityPolicyChanged', body, { of: platform });
      await change({ stepUpWindowSeconds: 599 });
      await change({ stepUpWindowSeconds: null });
    });

    it('of API keys, connections and payments, by people and by servers', async () => {
      const scopes = ['payments:read', 'payments:create'] as const;
      const issued = await changes(owner, 'api-keys.issue', inTenant(), 'ApiKeyIssued', keyBody({ scopes }), {
        status: 201,
      });
      plant('API key of a server', issued.secret);
      const apiKey = plant('API key', `sk_sandbox_${randomBytes(16).toString('hex')}`);
      const connection = { provider: 'sandbox', displayName: 'Sandbox', credentials: { apiKey } };
      const connected = await changes(owner, 'connections.create', inTenant(), 'ConnectionRequested', connection, {
        status: 201,
      });
      const place = inTenant({ connectionId: connected.id });
      await changes(owner, 'connections.change', place, 'ConnectionRenamed', { displayName: 'Renamed' });
      await changes(owner, 'connections.rotateWebhookSecret', place, 'SecretChangeRequested', {});
      await changes(owner, 'connections.test', place, 'ConnectionTested', {}, { status: 202 });

      const server: Asker = { api: asServer(cloud, issued.secret), user: issued.id, session: undefined };
      const manual = () => paymentBody({ capture: 'manual' });
      const pay = (who: Asker) =>
        changes(who, 'payments.create', inTenant(), 'PaymentCreated', manual(), { status: 201 });
      const [first, second] = [await pay(server), await pay(owner)];
      const operation = 'OperationRequested';
      const payment = inTenant({ paymentId: first.id });
      await changes(owner, 'payments.capture', payment, operation, {});
      const amount = { amount: 100, currency: 'USD' };
      await changes(owner, 'payments.refund', payment, operation, { amount }, { status: 201 });
      await changes(owner, 'payments.cancel', inTenant({ paymentId: second.id }), operation, {});
      const settled = {
        connectionId: connected.id,
        currency: 'USD',
        arrivedOn: new Date().toISOString().slice(0, 10),
        items: [{ paymentId: first.id, amount: 100 }],
        noPayoutListed: true,
        evidence: { kind: 'bank-statement', reference: 'Statement 1' },
      };
      await changes(owner, 'settlements.create', inTenant(), 'SettledManually', settled, { status: 201 });
      const absent = { webhookEventIds: ['whe_00000000000000000000'] };
      const redrive = 'BulkRedriveRequested';
      await changes(owner, 'webhookEvents.redriveMany', inTenant(), redrive, absent, { status: 202 });
      await changes(owner, 'webhookEvents.redriveDead', inTenant(), redrive, {}, { status: 202 });

      const key = inTenant({ apiKeyId: issued.id });
      await changes(owner, 'api-keys.change', key, 'ApiKeyChanged', { name: 'Renamed server' });
      const { secret } = await changes(owner, 'api-keys.rotate', key, 'ApiKeyRotated', { overlapSeconds: 0 });
      plant('API key of a server', secret);
      await changes(owner, 'api-keys.revoke', key, 'ApiKeyRevoked');
      const answer = [401, 'AccessRefused', undefined, platform] as const;
      // Nobody has proved to be this key, so nobody is named.
      await refused({ ...server, user: 'anonymous' }, 'payments.list', inTenant(), answer);
    });

    it('by every route that changes anything', () => {
      const changing = routes.filter(({ method }) => method !== 'GET').map(({ id }) => id);
      const seen = new Set(asked.map(({ route }) => route));
      expect(changing.filter((id) => !seen.has(id)).sort()).toEqual(Object.keys(elsewhere).sort());
    });
  });

  describe('is made of refusals', () => {
    const absent = { paymentId: 'pay_00000000000000000000' };

    it('of strangers, and of members who lack a permission', async () => {
      const stranger = askerOf(cloud, await aPerson(cloud, 'stranger'));
      await refused(stranger, 'payments.list', inTenant(), [404, 'AccessRefused', 'not-a-member', platform]);
      await refused(stranger, 'tenants.list', {}, [403, 'AccessRefused', 'not-a-super-admin', platform]);
      const auditor = askerOf(cloud, await aMember(cloud, tenant, { role: 'auditor' }));
      await refused(
        auditor,
        'members.suspend',
        inTenant({ userId: admin.userId }),
        [403, 'AccessRefused', 'members:manage'],
        {
          reason: 'I may not',
        },
      );
      await refused(auditor, 'payments.get', inTenant(absent), [404, 'AccessRefused', 'not-found']);
    });

    it('of those who reach beyond their authority', async () => {
      const about = inTenant({ userId: tenant.owner.userId });
      await refused(owner, 'members.suspend', about, [403, 'AccessRefused'], { reason: 'myself' });
      const beyond = { userId: superAdmin.user };
      const evidence = { evidence: 'Called back on the number on file' };
      await refused(superAdmin, 'platform.mfaReset', beyond, [403, 'AccessRefused', undefined, platform], evidence);
      const loose = { stepUpWindowSeconds: 86_400 };
      await refused(owner, 'security-policy.change', inTenant(), [422, 'AccessRefused', 'below-floor'], loose);
    });

    it('of sessions that have not stepped up', async () => {
      const session = await aSession(cloud, tenant.owner);
      const another = askerOf(cloud, tenant.owner, session);
      await refused(another, 'api-keys.issue', inTenant(), [401, 'StepUpRefused', 'always'], keyBody());
      const bare = askerOf(cloud, await anotherSuperAdmin(cloud));
      const suspend = [401, 'StepUpRefused', 'always', platform] as const;
      await refused(bare, 'tenants.suspend', inTenant(), suspend, { reason: 'without a factor' });
    });

    it('of invitations that are not theirs', async () => {
      const thief = askerOf(cloud, await aPerson(cloud, 'thief'));
      const email = anAddress();
      must(
        await tenant.owner.api.post(
          `${tenant.path}/members`,
          { email, role: 'auditor' },
          { 'idempotency-key': email.slice(0, 30) },
        ),
        201,
      );
      const token = await invitationToken(cloud, email);
      await refused(thief, 'invitations.accept', {}, [422, 'InvitationRefused', 'not-invited', platform], { token });
    });

    it('of codes: wrong, while locked, and too many', async () => {
      const person = await aPerson(cloud, 'guesser');
      await enrol(person);
      const who = askerOf(cloud, person);
      const guess = async (answer: readonly [number, string, (string | undefined)?, Owner?]) =>
        refused(who, 'me.mfa.verify', {}, answer, { code: plant('TOTP code', '000111') });
      for (let guesses = 0; guesses < 10; guesses += 1) await guess([422, 'MfaRefused', 'code-refused', platform]);
      await guess([429, 'MfaRefused', 'locked', platform]);
      const flood = async (): Promise<void> => {
        const { body } = await who.api.post('/v1/me/mfa/verify', { code: '000111' });
        if (!String(body.type).endsWith('/rate-limited')) await flood();
      };
      await flood();
    });
  });

  describe('and holds', () => {
    beforeAll(async () => {
      await cloud.idle();
      log = await auditLog(operator);
    });

    it('for each of them exactly one record, with actor, session, address, user agent and request id', () => {
      expect(asked.length).toBeGreaterThan(60);
      expect(asked.flatMap((each) => faultsOf(each, log.get(each.requestId)))).toEqual([]);
    });

    it('the limit that was hit, once a window', () => {
      const records = [...log.values()].flat();
      const limited = records.filter(
        ({ types, actor }) => types.includes('RateLimited') && actor.session !== undefined,
      );
      const guesser = asked.findLast(({ route }) => route === 'me.mfa.verify')?.who;
      expect(limited.filter(({ actor }) => actor.session === guesser?.session)).toHaveLength(1);
    });

    it('who signed in, and the first request of each session, once', async () => {
      const person = await aPerson(cloud, 'console');
      const sessions = [person.session, await aSession(cloud, person)];
      for (const session of sessions) {
        must(await cloud.api(session).get('/v1/me', { 'user-agent': 'console/1' }), 200);
        must(await cloud.api(session).get('/v1/me', { 'user-agent': 'console/2' }), 200);
      }
      await cloud.idle();
      const records = [...(await auditLog(operator)).values()]
        .flat()
        .filter(({ actor }) => actor.user === person.userId);
      const ofType = (type: string) => records.filter(({ types }) => types.includes(type));
      expect(ofType('SignedIn')).toHaveLength(2);
      expect(ofType('SignedIn')[0]).toMatchObject({
        owner: platform,
        outcome: 'succeeded',
        request: { route: 'sign-in' },
      });
      const started = ofType('SessionStarted');
      expect(started.map(({ actor }) => actor.session).sort()).toEqual(sessions.map(sessionIdOf).sort());
      for (const { request } of started) {
        expect(request).toMatchObject({ route: 'me.get', userAgent: 'console/1', ip: expect.any(String) });
      }
    });
  });
});
