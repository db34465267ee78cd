import { randomBytes } from 'node:crypto';

import type { Route } from '../../../lambdas/routes';
import { plant } from '../planted';
import { SoftAuthenticator } from '../soft-authenticator';

/**
 * A body that each route takes, where `{}` will not do: a second factor is asked for only by requests that could succeed. Each is
 * sent with a stale `If-Match` or for an entity that is not there, or does no harm.
 */
const bodies: Readonly<Record<string, () => object>> = {
  'tenants.create': () => ({ name: 'Matrix Shop', ownerEmail: anAddress() }),
  'tenants.rename': () => ({ name: 'Renamed Shop' }),
  'tenants.suspend': () => ({ reason: 'never' }),
  'tenants.reset-addresses': () => ({ reason: 'never' }),
  'owners.invite': () => ({ email: anAddress() }),
  'owners.suspend': () => ({ reason: 'never' }),
  'break-glass.open': () => ({ reason: 'The matrix looks in' }),
  'members.change': () => ({ permissions: [] }),
  'members.suspend': () => ({ reason: 'never' }),
  'members.invite': () => ({ email: anAddress(), role: 'auditor' }),
  'ownership.offer': () => ({ userId: '00000000-0000-4000-8000-000000000000' }),
  'api-keys.issue': () => ({
    name: 'Server',
    scopes: ['webhooks:read'],
    expiresAt: new Date(Date.now() + 24 * 3600_000).toISOString(),
  }),
  'api-keys.rotate': () => ({ overlapSeconds: 0 }),
  'members.mfaReset': () => ({ evidence: 'Never looked at by anybody' }),
  'platform.mfaReset': () => ({ evidence: 'Never looked at by anybody' }),
  'me.totp.confirm': () => ({ code: '123456' }),
  'me.passkeys.register': () => ({
    name: 'Laptop',
    credential: new SoftAuthenticator().register({ challenge: 'never given out' }),
  }),
  'connections.create': () => ({
    provider: 'sandbox',
    displayName: 'Sandbox',
    credentials: { apiKey: plant('API key', `sk_sandbox_${randomBytes(16).toString('hex')}`) },
  }),
  'settlements.create': () => ({
    connectionId: 'con_00000000000000000000',
    currency: 'USD',
    arrivedOn: '2026-01-31',
    items: [{ paymentId: 'pay_00000000000000000000', amount: 1 }],
    noPayoutListed: true,
    evidence: { kind: 'bank-statement', reference: 'Statement 1' },
  }),
  'settlements.acknowledge': () => ({ note: 'Compared with the list of the provider' }),
  'payments.resolve': () => ({
    outcome: 'failed',
    evidence: { kind: 'provider-dashboard', reference: 'Not in the list of payments' },
  }),
  'webhookEvents.redriveMany': () => ({ webhookEventIds: ['whe_0000000000000000000z'] }),
  'payments.create': () => ({ amount: { amount: 1, currency: 'USD' }, paymentMethod: { token: 'tok_success' } }),
};

function anAddress(): string {
  return plant('e-mail address', `matrix.${randomBytes(5).toString('hex')}@people.example`);
}

/** A body that the route's schema takes; undefined where it reads none. */
export function exampleBody(route: Route): object | undefined {
  if (route.body === null) return undefined;
  const body = roughBody(route);
  if (!route.body.safeParse(body).success) {
    throw new Error(`${route.id} takes no such body: add an example to test/support/matrix/examples.ts`);
  }
  return body;
}

/** The example, or an empty body: for requests that are refused for another reason. */
export function roughBody({ id }: Route): object {
  return bodies[id]?.() ?? {};
}

/** The query that a route cannot do without. */
export function exampleQuery({ id }: Pick<Route, 'id'>): string {
  return queries[id] ?? '';
}

const queries: Readonly<Record<string, string>> = { 'ledger.statement': '?currency=USD' };
