import { platform, type Owner } from '../../lambdas/kernel/journal';
import { aRegisteredPasskey, consoleSite } from '../support/a-registered-passkey';
import { anApiKey, asServer, type KeyRequest } from '../support/an-api-key';
import { tokenOfSignIn } from '../support/attacks/tokens';
import { askerOf, auditLog, faultsOf, newAuditedClient, type Asker } from '../support/audited';
import { sharedCloud, type ApiAnswer } from '../support/local-cloud';
import { newOperator } from '../support/operator';
import { aMember, aPerson, aSession, aSuperAdmin, aTenant, must, within, type TestTenant } from '../support/people';
import { plant } from '../support/planted';
import { raw } from '../support/raw-request';

const cloud = sharedCloud();
const operator = newOperator(cloud);
const { ask, asked } = newAuditedClient();

/** Longer than any session may last by the defaults. */
const thirteenHours = 13 * 3_600;

/** Every way to be turned away at the door of a tenant, each with its record in the log of whom it concerns. */
describe('the audit trail of who was turned away', () => {
  let tenant: TestTenant;
  let own: Owner;

  const list = (
    who: Asker,
    status: number,
    reason: string,
    { of = own, type = 'AccessRefused', route = 'payments.list', tenantId = tenant.tenantId } = {},
  ): Promise<ApiAnswer> =>
    ask(who, route, { tenantId }, undefined, { owner: of, type, outcome: 'refused', reason }, status);

  const aServer = async (request: KeyRequest): Promise<Asker> => {
    const { id, secret } = await anApiKey(tenant, request);
    return { api: asServer(cloud, secret), user: id, session: undefined };
  };

  /** A key that has not proved to be one, or not here and now, acts as nobody. */
  const unproved = (server: Asker): Asker => ({ ...server, user: 'anonymous' });

  const tighten = async (policy: object): Promise<void> => {
    must(await tenant.owner.api.patch(`${tenant.path}/security-policy`, policy), 200);
  };

  beforeAll(async () => {
    tenant = await aTenant(cloud, 'Guarded Shop');
    own = { tenant: tenant.tenantId };
  });

  it('suspended members, and members of a suspended tenant', async () => {
    const member = await aMember(cloud, tenant, { role: 'auditor' });
    must(await tenant.owner.api.post(`${tenant.path}/members/${member.userId}/suspend`, { reason: 'On leave' }), 200);
    await list(askerOf(cloud, member), 403, 'member-suspended');

    const { owner, tenantId, path } = await aTenant(cloud, 'Closed Shop');
    const { api: superAdmin } = await aSuperAdmin(cloud);
    must(await superAdmin.post(`${path}/suspend`, { reason: 'for the audit' }), 200);
    await list(askerOf(cloud, owner), 403, 'tenant-suspended', { of: { tenant: tenantId }, tenantId });
  });

  it('servers: without the scope, from elsewhere, too late, of another tenant, and with another secret', async () => {
    const late = await aServer({ expiresAt: new Date(Date.now() + 2_000).toISOString() });
    const lateAtMs = Date.now() + 2_100;
    await list(await aServer({ scopes: ['webhooks:read'] }), 403, 'payments:read');
    await list(unproved(await aServer({ ipAllowlist: ['203.0.113.0/24'] })), 401, 'address-not-allowed');

    const { id, secret } = await anApiKey(tenant);
    const { tenantId } = await aTenant(cloud, 'Other Shop');
    const server = unproved({ api: asServer(cloud, secret), user: id, session: undefined });
    await list(server, 404, 'key-of-another-tenant', { of: platform, tenantId });
    const wrong = plant('API key', `${secret.slice(0, -2)}${secret.endsWith('AA') ? 'BB' : 'AA'}`);
    await list({ ...server, api: asServer(cloud, wrong) }, 401, 'secret-wrong', { of: platform });

    await new Promise((resolve) => setTimeout(resolve, Math.max(0, lateAtMs - Date.now())));
    await list(unproved(late), 401, 'key-expired');
  });

  it('a passkey that signed for another site', async () => {
    const person = await aPerson(cloud, 'passkey');
    const { authenticator } = await aRegisteredPasskey(person);
    const { challenge } = must(await person.api.post('/v1/me/mfa/passkeys/verify/options'), 200);
    const credential = authenticator.assert({ challenge, ...consoleSite, site: 'evil.example' });
    const expected = { owner: platform, type: 'MfaRefused', outcome: 'refused', reason: 'passkey-refused' } as const;
    await ask(askerOf(cloud, person), 'me.passkeys.verify', {}, { credential }, expected, 422);
  });

  it('a sign-in that is too old', async () => {
    const { session } = tenant.owner;
    const idToken = plant('ID token', tokenOfSignIn(session, thirteenHours));
    await list(askerOf(cloud, tenant.owner, { ...session, idToken }), 401, 'sign-in-too-old');
  });

  it('one request too many of those that read much at once', async () => {
    await tighten({ expensiveConcurrency: 1 });
    const who = askerOf(cloud, tenant.owner);
    const slow = {
      id: 'slow-list',
      kind: 'delay',
      delayMs: 3_000,
      functionName: 'countinghouse-dev-audit-events',
      service: 'dynamodb',
      action: 'Query',
      times: 1,
    } as const;
    await cloud.addFault(slow);
    try {
      const first = tenant.owner.api.get(`${tenant.path}/audit-events`);
      await within(10_000, 'the first is not being served', async () =>
        (await cloud.faults()).find(({ id, fired }) => id === slow.id && fired > 0),
      );
      await list(who, 429, 'too-many-concurrent', { type: 'RateLimited', route: 'auditEvents.list' });
      must(await first, 200);
    } finally {
      await cloud.clearFaults();
    }
  });

  it('people from an address, or without the second factor, that the policy asks of every sign-in', async () => {
    const [bare, elsewhere] = await Promise.all([
      aMember(cloud, tenant, { role: 'auditor' }),
      aMember(cloud, tenant, { role: 'auditor' }),
    ]);
    await tighten({ consoleIpAllowlist: ['127.0.0.1/32'] });
    const { session } = elsewhere;
    const away = { ...askerOf(cloud, elsewhere), api: { ...elsewhere.api, request: fromElsewhere(session.idToken) } };
    await list(away, 403, 'address-not-allowed');

    await tighten({ require2faFor: { SignIn: true } });
    await list(askerOf(cloud, bare), 403, 'second-factor-enrolment-required');
    const another = askerOf(cloud, tenant.owner, await aSession(cloud, tenant.owner));
    await list(another, 401, 'SignIn', { type: 'StepUpRefused' });
  });

  it('has for each of them exactly one record, with actor, session, address, user agent and request id', async () => {
    await cloud.idle();
    const log = await auditLog(operator);
    expect(asked).toHaveLength(13);
    expect(asked.flatMap((each) => faultsOf(each, log.get(each.requestId)))).toEqual([]);
  });
});

/** The client of somebody who sits at another address of this machine. */
function fromElsewhere(authorization: string) {
  return async (
    method: string,
    path: string,
    _body?: unknown,
    more: Readonly<Record<string, string>> = {},
  ): Promise<ApiAnswer> => {
    const headers = { ...more, authorization };
    const answer = await raw(method, cloud.description.apiUrl, path, headers, undefined, '127.0.0.2');
    const given = Object.entries(answer.headers).map(([name, value]): [string, string] => [name, String(value)]);
    const { status, text } = answer;
    return { status, text, headers: new Headers(given), body: JSON.parse(text), invocationId: '' };
  };
}
