import { asString } from '../assembly/json';
import type { Session } from '../product-client';
import { totpCode } from '../totp';
import { call, idOf, newKey, settle, type Owner, type Stage } from './stage';
import { mustShow } from './telling';

const superAdmin = { email: 'grace@platform.example', password: 'Demo-Grace-81f3c2-1' };

const owner = { email: 'olivia@corner-shop.example', password: 'Demo-Olivia-5b77d0-1' };

/** A tenant, its Owner signed in with a second factor, and a connected payment provider. */
export async function meetPeople(stage: Stage): Promise<Owner> {
  const tenantId = await provision(stage);
  const { session, totpSecret } = await join(stage, tenantId);
  const path = `/v1/tenants/${tenantId}`;
  await connect(stage, { session, path });
  return { ...owner, tenantId, path, session, totpSecret };
}

async function provision(stage: Stage): Promise<string> {
  stage.step(
    'Provision a tenant',
    'The operator makes Grace the first Super Admin, which works once. Grace provisions a tenant and names its Owner;',
    'an invitation goes out by e-mail. She herself never gets to see the tenant’s payments.',
  );
  const { cloud, client } = stage;
  await client.signUp(superAdmin);
  const made = await cloud.invoke('platform-bootstrap', { email: superAdmin.email });
  mustShow(made.functionError === undefined, 'the first Super Admin to be made', made);
  stage.fact('Super Admin', superAdmin.email);

  const session = await client.signIn(superAdmin);
  await enrol(stage, session);
  stage.fact('Second factor', 'enrolled and verified: what a Super Admin changes always needs one');
  const body = { name: 'Corner Shop', ownerEmail: owner.email };
  const tenant = await call(stage, session, { method: 'POST', path: '/v1/tenants', body, key: newKey() }, 201);
  stage.fact('Tenant', `${asString(tenant.body['name'], 'name')} (${idOf(tenant)})`);
  await settle(stage);
  const mail = cloud.outbox.mails().find(({ to }) => to.includes(owner.email));
  mustShow(mail !== undefined, `an invitation for ${owner.email} in the outbox`, cloud.outbox.mails().length);
  stage.fact('E-mail', `“${mail.subject}” to ${owner.email}`);
  await call(stage, session, { method: 'GET', path: `/v1/tenants/${idOf(tenant)}/payments` }, 404);
  stage.fact('Its payments', 'answer Grace with 404');
  const token = invitationToken(stage);
  await call(stage, session, { method: 'POST', path: '/v1/invitations/accept', body: { token } }, 422);
  stage.fact('Its invitation', 'is refused to Grace with 422');
  return idOf(tenant);
}

async function join(stage: Stage, tenantId: string) {
  stage.step(
    'Sign in and enrol a second factor',
    'Olivia signs up, signs in and accepts the invitation. Its token works once and only for her address.',
    'Then she enrols an authenticator app; the secret is shown this one time and kept encrypted.',
  );
  const { client } = stage;
  await client.signUp(owner);
  const session = await client.signIn(owner);
  const token = invitationToken(stage);
  const member = await call(stage, session, { method: 'POST', path: '/v1/invitations/accept', body: { token } }, 200);
  mustShow(member.body['tenantId'] === tenantId, 'a membership of the tenant', member.body);
  stage.fact('Membership', `${owner.email} is ${asString(member.body['role'], 'role')} of Corner Shop`);

  const { totpSecret, otpauthUri, code } = await enrol(stage, session);
  stage.fact('Authenticator', otpauthUri.replace(totpSecret, '…'));
  stage.fact('Confirmed', 'with a code of six digits');
  await call(stage, session, { method: 'POST', path: '/v1/me/mfa/verify', body: { code } }, 422);
  stage.fact('The same code', 'refused with 422: each works once');
  return { session, totpSecret };
}

/** Enrols an authenticator app, which steps the session up. */
async function enrol(stage: Stage, session: Session) {
  const enrolment = await call(stage, session, { method: 'POST', path: '/v1/me/mfa/totp' }, 201);
  const totpSecret = asString(enrolment.body['secret'], 'secret');
  await awayFromTick();
  // The code of the half minute before is still accepted. The current one is left for later: each works once.
  const code = totpCode(totpSecret, -1);
  await call(stage, session, { method: 'POST', path: '/v1/me/mfa/totp/confirm', body: { code } }, 200);
  return { totpSecret, otpauthUri: asString(enrolment.body['otpauthUri'], 'otpauthUri'), code };
}

/** The token in the link of the mail. */
function invitationToken({ cloud }: Stage): string {
  const text = cloud.outbox.mails().find(({ to }) => to.includes(owner.email))?.text ?? '';
  return /#token=([\w.-]+)/.exec(text)?.[1] ?? '';
}

/** Codes change every half minute. One that changes on its way to the product would be refused. */
async function awayFromTick(): Promise<void> {
  const untilTickMs = 30_000 - (Date.now() % 30_000);
  if (untilTickMs < 2_000) await new Promise((resolve) => setTimeout(resolve, untilTickMs));
}

async function connect(stage: Stage, { session, path }: Pick<Owner, 'session' | 'path'>): Promise<void> {
  stage.step(
    'Connect a payment provider',
    'The sandbox is a provider of our own that behaves like a real one. Its API key is checked with it, stored in Secrets Manager,',
    'and never shown again.',
  );
  const body = {
    provider: 'sandbox',
    displayName: 'Sandbox',
    credentials: { apiKey: 'sk_sandbox_demo0123456789abcdef' },
  };
  const request = { method: 'POST', path: `${path}/provider-connections`, body, key: newKey() } as const;
  const connection = await call(stage, session, request, 201);
  mustShow(!JSON.stringify(connection.body).includes('demo0123456789'), 'an answer without the key', connection.body);
  stage.fact('Connection', `${idOf(connection)}, ${asString(connection.body['status'], 'status')}`);
  stage.fact('Webhooks go to', asString(connection.body['webhookUrl'], 'webhookUrl'));
}
