import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { asObject, asString, parseJson, type JsonObject } from './assembly/json';
import type { LocalCloud } from './local-cloud';
import { newProductClient, type ProductClient, type Session } from './product-client';
import { totpCode } from './totp';

/** Who can sign in to a seeded cloud, as `.countinghouse/local.json` lists them. */
export interface SeededUser {
  readonly role: 'super-admin' | 'owner' | 'admin';
  readonly tenantId: string | null;
  readonly email: string;
  readonly password: string;
  readonly totpSecret: string | null;
}

export interface Seed {
  readonly users: readonly SeededUser[];
  readonly tenantId: string;
  readonly connectionId: string;
}

/** What the restricted Admin may do: everything about payments but giving money back. */
const restrictedPermissions = ['tenant:read', 'payments:read', 'payments:create', 'payments:capture', 'webhooks:read'];

/**
 * Fills a new cloud through the product's own API: a Super Admin, a tenant with its Owner and a restricted Admin, all with
 * a second factor, and a sandbox connection. What is done is noted, so that an interrupted seeding goes on where it stopped.
 */
export async function seed(cloud: LocalCloud, stateDir: string): Promise<Seed> {
  const notes = openNotes(join(stateDir, 'seed.json'));
  const client = newProductClient(cloud);
  const callAs = newCallAs(client, (role) => notes.read(`${role} totpSecret`));

  const superAdmin = await person('super-admin');
  await notes.once('bootstrapped', async () => {
    const { functionError, payload } = await cloud.invoke('platform-bootstrap', { email: superAdmin.email });
    if (functionError !== undefined) throw new Error(`platform-bootstrap failed: ${JSON.stringify(payload)}`);
    return 'yes';
  });
  // What a Super Admin changes needs a second factor. The current code stays unused: whoever signs in next need not wait half a
  // minute for another one.
  await enrol(superAdmin);
  const tenantId = await notes.once('tenantId', async () => {
    const body = { name: 'Example Shop', ownerEmail: emailOf('owner') };
    return textOf(await callAs(superAdmin, 'POST', '/v1/tenants', body, 'seed-tenant'), 'id');
  });
  const owner = await person('owner');
  await accept(owner);
  await enrol(owner);
  await notes.once('adminInvited', async () => {
    const body = { email: emailOf('admin'), role: 'admin', permissions: restrictedPermissions };
    return textOf(await callAs(owner, 'POST', `/v1/tenants/${tenantId}/members`, body, 'seed-admin'), 'id');
  });
  const admin = await person('admin');
  await accept(admin);
  await enrol(admin);
  const connectionId = await notes.once('connectionId', async () => {
    const apiKey = `sk_sandbox_${randomBytes(16).toString('hex')}`;
    const body = { provider: 'sandbox', displayName: 'Sandbox', credentials: { apiKey } };
    return textOf(
      await callAs(owner, 'POST', `/v1/tenants/${tenantId}/provider-connections`, body, 'seed-connection'),
      'id',
    );
  });
  await cloud.idle(20_000);

  const users = [superAdmin, owner, admin].map(({ role, email, password }) => ({
    role,
    tenantId: role === 'super-admin' ? null : tenantId,
    email,
    password,
    totpSecret: notes.read(`${role} totpSecret`) ?? null,
  }));
  return { users, tenantId, connectionId };

  async function person(role: SeededUser['role']): Promise<Signable> {
    const password = await notes.once(`${role} password`, () =>
      Promise.resolve(`Local-${randomBytes(9).toString('base64url')}-1`),
    );
    const signable = { role, email: emailOf(role), password };
    await notes.once(`${role} signedUp`, async () => {
      await client.signUp(signable);
      return 'yes';
    });
    return signable;
  }

  async function accept(invited: Signable): Promise<void> {
    await notes.once(`${invited.role} accepted`, async () => {
      const token = await invitationToken(cloud, invited.email);
      await callAs(invited, 'POST', '/v1/invitations/accept', { token });
      return 'yes';
    });
  }

  async function enrol(who: Signable): Promise<void> {
    const secret = await notes.once(`${who.role} totpSecret`, async () =>
      textOf(await callAs(who, 'POST', '/v1/me/mfa/totp'), 'secret'),
    );
    await notes.once(`${who.role} enrolled`, async () => {
      const confirm = () => callAs(who, 'POST', '/v1/me/mfa/totp/confirm', { code: totpCode(secret, -1) });
      // The code before the current one is two steps old if the clock ticks on the way; the next one is not.
      await confirm().catch(confirm);
      return 'yes';
    });
  }
}

type Signable = Pick<SeededUser, 'role' | 'email' | 'password'>;

function emailOf(role: SeededUser['role']): string {
  return `${role}@example.com`;
}

interface Notes {
  read(key: string): string | undefined;
  /** Does it unless it was done before; keeps and answers its result. */
  once(key: string, work: () => Promise<string>): Promise<string>;
}

function openNotes(file: string): Notes {
  const stored = existsSync(file) ? parseJson(readFileSync(file, 'utf8')) : {};
  const notes = new Map(Object.entries(asObject(stored, file)).map(([key, value]) => [key, asString(value, key)]));
  return {
    read: (key) => notes.get(key),
    async once(key, work) {
      const known = notes.get(key);
      if (known !== undefined) return known;
      const value = await work();
      notes.set(key, value);
      writeFileSync(file, JSON.stringify(Object.fromEntries(notes), undefined, 2));
      return value;
    },
  };
}

/** Calls the API as a person, in one session for each; throws on any answer but a success. */
type CallAs = (who: Signable, method: string, path: string, body?: object, key?: string) => Promise<JsonObject>;

function newCallAs(client: ProductClient, secretOf: (role: SeededUser['role']) => string | undefined): CallAs {
  const sessions = new Map<string, Promise<Session>>();
  return async (who, method, path, body, key) => {
    const signedIn = sessions.get(who.email) ?? client.signIn(who);
    sessions.set(who.email, signedIn);
    const session = await signedIn;
    const call = () =>
      client.call(session, method, path, {
        ...(body === undefined ? {} : { body }),
        ...(key === undefined ? {} : { headers: { 'idempotency-key': key } }),
      });
    let answer = await call();
    const secret = secretOf(who.role);
    if (answer.status === 401 && secret !== undefined) {
      // A seeding that goes on where it stopped is in a new session, which has not stepped up.
      await client.call(session, 'POST', '/v1/me/mfa/verify', { body: { code: totpCode(secret) } });
      answer = await call();
    }
    if (answer.status < 300) return answer.body;
    const found = `${String(answer.status)}: ${JSON.stringify(answer.body)}`;
    throw new Error(`Seeding: ${method} ${path} as ${who.role} answered ${found}`);
  };
}

/** The token of the newest invitation mail to an address: `<tenant id>.<invitation id>.<code>`. */
async function invitationToken(cloud: LocalCloud, email: string): Promise<string> {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    await cloud.idle(2000);
    const mail = cloud.outbox
      .mails()
      .filter(({ to }) => to.some((address) => address.includes(email)))
      .at(-1);
    const token = /\bten_[a-z0-9]+\.[a-z0-9_]+\.[A-Za-z0-9_-]{20,}/.exec(
      `${mail?.text ?? ''} ${mail?.html ?? ''}`,
    )?.[0];
    if (token !== undefined) return token;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`Seeding: no invitation for ${email} arrived in the outbox`);
}

function textOf(answer: JsonObject, name: string): string {
  return asString(answer[name], name);
}
