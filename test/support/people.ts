import { randomBytes, randomUUID } from 'node:crypto';

import type { Permission, Role } from '../../lambdas/domain/identity/permissions';
import { totpCode } from '../../local/totp';
import type { ApiAnswer, ApiClient, Parsed, Session, TestCloud } from './local-cloud';
import { plant } from './planted';

/** Somebody who has signed up and signed in, with one session that is kept. */
export interface SignedIn {
  readonly email: string;
  readonly password: string;
  readonly userId: string;
  readonly session: Session;
  readonly api: ApiClient;
  /** Of the authenticator app, once one is enrolled. */
  totpSecret: string | undefined;
  /** The time step of the last code they used: each can be used once only. */
  lastStep: number;
}

export interface TestTenant {
  readonly tenantId: string;
  /** `/v1/tenants/<id>` */
  readonly path: string;
  /** With a second factor, and stepped up in their kept session. */
  readonly owner: SignedIn;
}

export interface ConnectedTenant extends TestTenant {
  readonly connectionId: string;
  /** The sandbox's account is whoever holds this key. */
  readonly apiKey: string;
}

/** Body of an answer that must have this status; otherwise an error that shows what came instead. */
export function must(answer: ApiAnswer, status: number): Parsed {
  if (answer.status !== status) {
    throw new Error(`expected ${String(status)}, got ${String(answer.status)}: ${answer.text}`);
  }
  return answer.body;
}

/** What a refusal says: its status, the last part of its type, and the reason of a rule that refused. */
export function problemOf(answer: ApiAnswer): { status: number; type: string; reason?: string } {
  const contentType = answer.headers.get('content-type');
  if (contentType !== 'application/problem+json')
    throw new Error(`no problem, but ${String(contentType)}: ${answer.text}`);
  const { type, reason } = answer.body;
  return {
    status: answer.status,
    type: String(type).replace(/^.*\//, ''),
    ...(reason === undefined ? {} : { reason }),
  };
}

/** A header of its own for each request that must not be a repetition. */
export function newKey(): { readonly 'idempotency-key': string } {
  return { 'idempotency-key': randomUUID() };
}

export async function aPerson(cloud: TestCloud, name: string): Promise<SignedIn> {
  const email = plant('e-mail address', `${name}.${randomBytes(5).toString('hex')}@people.example`);
  const password = plant('password', `Pw-${randomBytes(12).toString('base64url')}-1a`);
  const { userSub: userId } = await cloud.signUp({ email, password });
  const session = await aSession(cloud, { email, password });
  return { email, password, userId, session, api: cloud.api(session), totpSecret: undefined, lastStep: 0 };
}

/** A new sign-in. A step-up belongs to one session, so it starts without one. */
export async function aSession(
  cloud: TestCloud,
  who: { readonly email: string; readonly password: string },
): Promise<Session> {
  const session = await cloud.signIn(who);
  plant('ID token', session.idToken);
  plant('access token', session.accessToken);
  plant('refresh token', session.refreshToken);
  return session;
}

/** The person in a new session, from after all that has happened; tokens tell whole seconds. Without a factor, as after a reset. */
export async function signInAnew(cloud: TestCloud, person: SignedIn): Promise<SignedIn> {
  await pause(1_000 - (Date.now() % 1_000) + 50);
  const session = await aSession(cloud, person);
  return { ...person, session, api: cloud.api(session), totpSecret: undefined };
}

/** Enrols an authenticator app; its confirmation steps the session up as well. Answers the code that confirmed it. */
export async function enrol(person: SignedIn): Promise<string> {
  const { secret } = must(await person.api.post('/v1/me/mfa/totp'), 201);
  person.totpSecret = plant('TOTP seed', secret);
  const code = await nextCode(person);
  must(await person.api.post('/v1/me/mfa/totp/confirm', { code }), 200);
  return code;
}

/** Verifies a second factor in a session. */
export async function stepUp(cloud: TestCloud, person: SignedIn, session: Session): Promise<void> {
  must(await cloud.api(session).post('/v1/me/mfa/verify', { code: await nextCode(person) }), 200);
}

/** A code that was not used yet; waits for one if need be, since the product takes the current and the previous step only. */
export async function nextCode(person: SignedIn): Promise<string> {
  if (person.totpSecret === undefined) throw new Error('no second factor is enrolled');
  for (;;) {
    const now = Date.now() / 30_000;
    const step = Math.max(person.lastStep + 1, Math.floor(now) - 1);
    const runsOut = step < Math.floor(now) && now % 1 > 0.93;
    if (step <= now && !runsOut) {
      person.lastStep = step;
      return plant('TOTP code', totpCode(person.totpSecret, step - Math.floor(now)));
    }
    await pause(250);
  }
}

/** The Super Admin of this test process, appointed by the operator, in a session that has stepped up not long ago. */
export function aSuperAdmin(cloud: TestCloud): Promise<SignedIn> {
  const before = superAdmins.get(cloud);
  const isFresh = before !== undefined && Date.now() - before.steppedUpAtMs < 480_000;
  const superAdmin = isFresh ? before.superAdmin : steppedUp(cloud, before?.superAdmin ?? anotherSuperAdmin(cloud));
  if (!isFresh) superAdmins.set(cloud, { superAdmin, steppedUpAtMs: Date.now() });
  return superAdmin;
}

const superAdmins = new WeakMap<TestCloud, { superAdmin: Promise<SignedIn>; steppedUpAtMs: number }>();

async function steppedUp(cloud: TestCloud, superAdmin: Promise<SignedIn>): Promise<SignedIn> {
  const person = await superAdmin;
  if (person.totpSecret === undefined) await enrol(person);
  else await stepUp(cloud, person, person.session);
  return person;
}

/** Somebody whom the operator has just appointed, without a second factor. */
export async function anotherSuperAdmin(cloud: TestCloud): Promise<SignedIn> {
  const person = await aPerson(cloud, 'super-admin');
  const order = { action: 'appoint', email: person.email };
  const { functionError, payload } = await cloud.invoke('countinghouse-dev-platform-admins', order);
  if (functionError !== undefined) throw new Error(`no Super Admin was appointed: ${JSON.stringify(payload)}`);
  return person;
}

/** A new tenant whose Owner has accepted the invitation and stepped up. */
export async function aTenant(cloud: TestCloud, name = 'Shop'): Promise<TestTenant> {
  const owner = await aPerson(cloud, 'owner');
  const superAdmin = await aSuperAdmin(cloud);
  const provisioned = must(await superAdmin.api.post('/v1/tenants', { name, ownerEmail: owner.email }, newKey()), 201);
  await accept(cloud, owner);
  await enrol(owner);
  return { tenantId: provisioned.id, path: `/v1/tenants/${String(provisioned.id)}`, owner };
}

/** A tenant that can take payments. */
export async function aConnectedTenant(cloud: TestCloud, name?: string): Promise<ConnectedTenant> {
  const tenant = await aTenant(cloud, name);
  return { ...tenant, ...(await aConnection(tenant)) };
}

export async function aConnection(tenant: TestTenant): Promise<{ connectionId: string; apiKey: string }> {
  const apiKey = plant('API key', `sk_sandbox_${randomBytes(16).toString('hex')}`);
  const body = { provider: 'sandbox', displayName: 'Sandbox', credentials: { apiKey } };
  const connection = must(await tenant.owner.api.post(`${tenant.path}/provider-connections`, body, newKey()), 201);
  return { connectionId: connection.id, apiKey };
}

/** Somebody the Owner has invited and who has accepted. */
export async function aMember(
  cloud: TestCloud,
  tenant: TestTenant,
  grant: { readonly role: Role; readonly permissions?: readonly Permission[] },
): Promise<SignedIn> {
  const member = await aPerson(cloud, grant.role);
  must(await tenant.owner.api.post(`${tenant.path}/members`, { email: member.email, ...grant }, newKey()), 201);
  await accept(cloud, member);
  return member;
}

/** Accepts the newest invitation that was mailed to this person. */
export async function accept(cloud: TestCloud, person: SignedIn): Promise<Parsed> {
  const token = await invitationToken(cloud, person.email);
  return must(await person.api.post('/v1/invitations/accept', { token }), 200);
}

/** The token in the newest mail to an address; waits for the mail. */
export async function invitationToken(cloud: TestCloud, email: string): Promise<string> {
  return within(20_000, `no invitation was mailed to ${email}`, async () => {
    const mail = (await cloud.outbox()).findLast(({ to }) => to.includes(email));
    const token = /#token=([\w.-]+)/.exec(mail?.text ?? '')?.[1];
    return token === undefined ? undefined : plant('invitation token', token);
  });
}

export interface PaymentRequest {
  readonly amount?: number;
  readonly currency?: string;
  readonly token?: string;
  readonly capture?: 'automatic' | 'manual';
  readonly reference?: string;
}

export function paymentBody({ amount = 1099, currency = 'USD', token = 'tok_success', ...rest }: PaymentRequest = {}) {
  return { amount: { amount, currency }, paymentMethod: { token }, ...rest };
}

/** A payment that the provider has accepted. */
export async function aPayment(tenant: TestTenant, request: PaymentRequest = {}): Promise<Parsed> {
  return must(await tenant.owner.api.post(`${tenant.path}/payments`, paymentBody(request), newKey()), 201);
}

/** Tries until there is an answer. */
export async function within<T>(timeoutMs: number, otherwise: string, look: () => Promise<T | undefined>): Promise<T> {
  const untilMs = Date.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > untilMs) throw new Error(otherwise);
    await pause(50);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
