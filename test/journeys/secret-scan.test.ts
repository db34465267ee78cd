import { randomBytes } from 'node:crypto';

import { anApiKey } from '../support/an-api-key';
import { sharedCloud, type ApiAnswer } from '../support/local-cloud';
import { findPlanted, type Found, type Written } from '../support/find-planted';
import { newOperator, wormBucket } from '../support/operator';
import {
  aConnectedTenant,
  aMember,
  aPayment,
  aPerson,
  aSuperAdmin,
  invitationToken,
  must,
  newKey,
  paymentBody,
  type ConnectedTenant,
} from '../support/people';
import { allPlanted, plant } from '../support/planted';
import { anAuthorizationEvent, deliver, webhookSecret, webhookUrl } from '../support/sandbox';

const cloud = sharedCloud();
const operator = newOperator(cloud);

/** Test numbers of the card brands, as people write them; each is looked for without its separators, too. */
const cards = [
  '4111111111111111',
  '4242 4242 4242 4242',
  '5555-5555-5555-4444',
  '378282246310005',
  '6011000990139424',
].map((text) => {
  plant('card number', text.replace(/\D/g, ''));
  return plant('card number', text);
});

const refused = (answer: ApiAnswer): void => {
  expect(answer.status).toBeGreaterThanOrEqual(400);
  expect(answer.status).toBeLessThan(500);
};

/** This file runs last (test/support/sequencer.cjs): what all others planted is looked for, too. */
describe('secrets and card numbers', () => {
  let tenant: ConnectedTenant;
  let written: readonly Written[];

  beforeAll(async () => {
    for (const { email, password, totpSecret } of cloud.description.users ?? []) {
      plant('e-mail address', email);
      plant('password', password);
      if (totpSecret !== null) plant('TOTP seed', totpSecret);
    }
    tenant = await aConnectedTenant(cloud, 'Careless Shop');
    plant('webhook secret', webhookSecret(tenant));
  });

  describe('planted where they do not belong', () => {
    const post = (path: string, body: unknown, headers: Readonly<Record<string, string>> = newKey()) =>
      tenant.owner.api.post(`${tenant.path}${path}`, body, headers);

    it.each(cards)('the card number %s, in every field of a payment and of its request', async (card) => {
      const bare = card.replace(/\D/g, '');
      const payment = await aPayment(tenant, { reference: `card ${card}, thanks` });
      expect(payment.reference).toBe('card [redacted], thanks');
      must(await post(`/payments/${String(payment.id)}/refunds`, { reason: `wrong card ${card}` }), 201);

      refused(await post('/payments', paymentBody({ token: bare })));
      refused(await post('/payments', { ...paymentBody(), cardNumber: card }));
      refused(await post('/payments', { ...paymentBody(), [bare]: true }));
      refused(
        await post('/payments', {
          ...paymentBody(),
          paymentMethod: { token: 'tok_success', number: card, cvv: '123' },
        }),
      );
      refused(await post('/payments', `{"amount": ${bare}, "paymentMethod": "${card}"`));
      refused(await post('/payments', paymentBody({ currency: bare })));
      must(await post('/payments', paymentBody(), { ...newKey(), 'user-agent': `shop/${card}` }), 201);
      must(await post('/payments', paymentBody(), { 'idempotency-key': `order-${bare}` }), 201);
      refused(await post('/payments', paymentBody(), { 'idempotency-key': card.replace(/\D/g, ' ') + ' ' + bare }));
      refused(await tenant.owner.api.get(`${tenant.path}/payments/${bare}`));
      refused(await tenant.owner.api.get(`${tenant.path}/payments?cursor=${bare}`));
      refused(await tenant.owner.api.get(`${tenant.path}/payments?${bare}=1`));
      refused(await tenant.owner.api.get(`/v1/tenants/${bare}/payments`));
      refused(
        await post('/provider-connections', { provider: 'sandbox', displayName: card, credentials: { apiKey: bare } }),
      );
    });

    it.each(cards)('the card number %s, in webhooks', async (card) => {
      const bare = card.replace(/\D/g, '');
      const payment = await aPayment(tenant);
      const event = anAuthorizationEvent(payment);
      const { operation } = event;
      if (operation === undefined) throw new Error('an event of an operation');
      const answer = { ...operation.answer, reference: `auth ${card}` };
      for (const odd of [
        { ...event, card: { number: card } },
        { ...event, type: `card.${bare}` },
        { ...event, payment: bare },
        { ...event, id: bare },
        { ...event, id: card.replace(/ /g, '-') },
        { ...event, operation: { ...operation, answer } },
      ]) {
        expect([200, 400]).toContain((await deliver(cloud, tenant, odd)).status);
      }
      const url = webhookUrl(cloud, tenant);
      const unsigned = { 'webhook-id': bare, 'webhook-timestamp': bare, 'webhook-signature': `v1,${card}` };
      expect((await cloud.api().request('POST', url, { card }, unsigned)).status).toBe(401);
      expect((await cloud.api().request('POST', `${url}/${bare}?card=${bare}`, { card })).status).toBe(404);
    });

    it('card numbers, keys and addresses, in names and reasons', async () => {
      const superAdmin = (await aSuperAdmin(cloud)).api;
      const owner = await aPerson(cloud, 'owner');
      for (const text of [...cards, tenant.apiKey, owner.email]) {
        const provisioned = { name: `Shop ${text}`, ownerEmail: owner.email };
        const { id } = must(await superAdmin.post('/v1/tenants', provisioned, newKey()), 201);
        must(await superAdmin.post(`/v1/tenants/${String(id)}/suspend`, { reason: `paid by ${text}` }), 200);
        const credentials = { apiKey: plant('API key', `sk_sandbox_${randomBytes(16).toString('hex')}`) };
        must(await post('/provider-connections', { provider: 'sandbox', displayName: text, credentials }), 201);
      }
    });

    it('tokens and keys, in texts for people', async () => {
      const { session } = tenant.owner;
      const address = plant('e-mail address', `customer.${randomBytes(4).toString('hex')}@people.example`);
      const { secret: apiKey } = await anApiKey(tenant);
      const { recoveryCodes } = must(await tenant.owner.api.post('/v1/me/mfa/recovery-codes'), 201);
      const [recoveryCode = ''] = (recoveryCodes as string[]).map((code) => plant('recovery code', code));
      const invited = await aPerson(cloud, 'invited');
      must(await post('/members', { email: invited.email, role: 'auditor' }), 201);
      const token = await invitationToken(cloud, invited.email);
      const tokens = [session.idToken, session.accessToken, token];
      for (const secret of [...tokens, tenant.apiKey, apiKey, recoveryCode, webhookSecret(tenant), address]) {
        const isLong = secret.length > 90;
        const body = {
          ...paymentBody({ reference: isLong ? 'a token' : `see ${secret}` }),
          connectionId: tenant.connectionId,
        };
        const answer = await post('/payments', body, {
          ...newKey(),
          'user-agent': `shop ${secret}`,
          referer: `https://shop.example/?token=${encodeURIComponent(secret)}`,
          cookie: `session=${encodeURIComponent(secret)}`,
          'x-request-id': secret.slice(0, 64),
        });
        must(answer, 201);
        refused(await post('/payments', { ...paymentBody(), note: secret }));
        refused(await tenant.owner.api.get(`/v1/me?token=${encodeURIComponent(secret)}`));
        refused(await post('/payments', paymentBody(), { 'idempotency-key': `${secret} ${secret}` }));
      }
      refused(await post('/provider-connections', { provider: 'sandbox', displayName: 'x', apiKey: tenant.apiKey }));
      refused(await post('/members', { email: address, role: 'superuser' }));
    });

    it('tokens and codes, where one of another kind is wanted', async () => {
      const person = await aPerson(cloud, 'confused');
      must(await post('/members', { email: person.email, role: 'admin' }), 201);
      const token = await invitationToken(cloud, person.email);
      refused(await person.api.post('/v1/invitations/accept', { token, code: token }));
      refused(await person.api.post('/v1/invitations/accept', { token: person.session.idToken.slice(0, 300) }));
      refused(await person.api.post('/v1/me/mfa/verify', { code: token }));
      refused(await person.api.post('/v1/me/mfa/verify', { code: `${plant('TOTP code', '384951')} ` }));
      refused(await person.api.post('/v1/me/mfa/totp/confirm', { code: plant('TOTP code', '718293') }));
      refused(await person.api.get('/v1/me', { authorization: `Bearer ${person.session.accessToken}` }));
      refused(await person.api.get('/v1/me', { authorization: person.session.refreshToken }));
      refused(await cloud.api().get(`/v1/me?authorization=${person.session.idToken}`));
      await expect(
        cloud.signIn({ email: person.email, password: plant('password', 'Wrong-password-1') }),
      ).rejects.toThrow();
    });

    it('a Super Admin and a member who go about their work', async () => {
      const member = await aMember(cloud, tenant, { role: 'admin' });
      must(await member.api.get(`${tenant.path}/members`), 200);
      must(await tenant.owner.api.get(`${tenant.path}/audit-events?limit=100`), 200);
    });
  });

  describe('of the whole run', () => {
    beforeAll(async () => {
      await cloud.idle();
      const tables = ['journal', 'views', 'coordination'].map((name) => `countinghouse-dev-${name}`);
      const items = await Promise.all(
        tables.map(async (source) =>
          (await operator.items(source)).map((item) => ({ kind: 'stored item', source, text: JSON.stringify(item) })),
        ),
      );
      const bucket = await wormBucket(operator);
      // What all others wrote to the bucket is among the writes; these show that what stands there is what was written.
      const objects = await operator.objects(bucket, `${tenant.tenantId}/`);
      written = [
        ...(await cloud.writes()),
        ...items.flat(),
        ...(await cloud.outbox()).map((mail) => ({ kind: 'mail', source: 'outbox', text: JSON.stringify(mail) })),
        ...objects.map(({ key, bytes }) => ({ kind: 'WORM object', source: key, text: bytes.toString() })),
      ];
    });

    it('are looked for everywhere: the scan sees all that a payment leaves behind', async () => {
      const places = findPlanted([{ what: 'tenant', text: tenant.tenantId }], written);
      expect([...new Set(places.map(({ kind }) => kind))]).toEqual(
        expect.arrayContaining(['WORM object', 'item', 'log', 'mail', 'message', 'object', 'stored item']),
      );
      expect(new Set(written.map(({ kind }) => kind))).toContain('response');
      expect(new Set(written.map(({ kind }) => kind))).toContain('error');
    });

    it('are found in every spelling', () => {
      const secret = { what: 'secret', text: 'whsec_c2VjcmV0IG9mIGEgd2ViaG9vaw==' };
      const texts = [
        `{"a":"${secret.text}"}`,
        `?secret=${encodeURIComponent(secret.text)}`,
        ...['', 'x', 'xy'].map((before) => Buffer.from(`${before}${secret.text} and more`).toString('base64')),
        Buffer.from(`q${secret.text}?`).toString('base64url'),
        Buffer.from(secret.text).toString('hex'),
      ];
      for (const text of texts) expect(findPlanted([secret], [{ kind: 'log', source: 'test', text }])).not.toEqual([]);
      const code = { what: 'TOTP code', text: '123456' };
      expect(findPlanted([code], [{ kind: 'log', source: 'test', text: '{"code":"123456"}' }])).toHaveLength(1);
      expect(findPlanted([code], [{ kind: 'log', source: 'test', text: '0.123456 a123456 1234567' }])).toEqual([]);
    });

    it('appear in no log line, error body, queue message, commit, view or audit object', () => {
      const planted = allPlanted();
      const kinds = new Set(planted.map(({ what }) => what));
      for (const what of [
        'API key',
        'ID token',
        'TOTP code',
        'TOTP seed',
        'access token',
        'card number',
        'e-mail address',
        'invitation token',
        'password',
        'recovery code',
        'refresh token',
        'webhook secret',
      ]) {
        expect(kinds).toContain(what);
      }
      // The sandbox plays another company, which keeps the secret that it signs its webhooks with.
      const isItsOwn = ({ what, kind, source }: Found): boolean =>
        what === 'webhook secret' && kind === 'item' && source === 'countinghouse-dev-sandbox';
      // What an invitation is made of.
      const isMailed = ({ what, kind }: Found): boolean =>
        kind === 'mail' && (what === 'e-mail address' || what === 'invitation token');
      const found = findPlanted(planted, written);
      expect(found.filter((each) => !isItsOwn(each) && !isMailed(each))).toEqual([]);
    });
  });
});
