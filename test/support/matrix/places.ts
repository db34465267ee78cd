import { keyScopes } from '../../../lambdas/domain/identity/permissions';
import { deriveId } from '../../../lambdas/kernel/ids';
import type { Route } from '../../../lambdas/routes';
import { aRegisteredPasskey } from '../a-registered-passkey';
import type { TestCloud } from '../local-cloud';
import {
  aConnectedTenant,
  aMember,
  aPayment,
  aPerson,
  must,
  newKey,
  within,
  type ConnectedTenant,
  type SignedIn,
} from '../people';
import { plant } from '../planted';
import { exampleQuery } from './examples';
import type { Named } from './oracle';
import { entitiesIn, parametersOf } from './oracle';

/** A tenant with one of every kind of entity that a path can name. */
export interface Place {
  readonly tenant: ConnectedTenant;
  /** An Admin with all that an Admin may hold, to whom ownership is offered. */
  readonly admin: SignedIn;
  /** An API key with every scope. */
  readonly key: string;
  /** An id by each path parameter. */
  readonly ids: Readonly<Record<string, string>>;
}

export async function aPlace(cloud: TestCloud, name: string): Promise<Place> {
  const tenant = await aConnectedTenant(cloud, name);
  const { owner, path } = tenant;
  const create = async (resource: string, body: object) =>
    must(await owner.api.post(`${path}/${resource}`, body, newKey()), 201);
  const [payment, invitation, issued, admin, passkey] = await Promise.all([
    aPayment(tenant, { capture: 'manual' }),
    aPerson(cloud, 'invited').then(({ email }) => create('members', { email, role: 'auditor' })),
    anApiKey(tenant, keyScopes),
    aMember(cloud, tenant, { role: 'admin' }),
    aRegisteredPasskey(owner),
  ]);
  // It moves money, so that there is an entry in the books.
  const captured = await aPayment(tenant, { amount: 1 });
  const settlement = await create('settlements', {
    connectionId: tenant.connectionId,
    currency: 'USD',
    arrivedOn: '2026-01-31',
    items: [{ paymentId: captured.id, amount: 1 }],
    noPayoutListed: true,
    evidence: { kind: 'bank-statement', reference: 'Statement 1' },
  });
  const redrive = must(await owner.api.post(`${path}/webhook-events/redrive-dead`, {}, newKey()), 202);
  await create('ownership-transfer', { userId: admin.userId });
  const webhookEvent = await within(20_000, 'no webhook came', async () => {
    const { data } = must(await owner.api.get(`${path}/webhook-events`), 200);
    return data[0] as { readonly id: string } | undefined;
  });
  const entry = await within(20_000, 'nothing was posted', async () => {
    const statement = `${path}/ledger/accounts/tenant_payable/statement?currency=USD`;
    const { data } = must(await owner.api.get(statement), 200);
    return data[0] as { readonly entry: number } | undefined;
  });
  return {
    tenant,
    admin,
    key: issued.key,
    ids: {
      tenantId: tenant.tenantId,
      paymentId: payment.id,
      operationId: payment.operations[0].id,
      connectionId: tenant.connectionId,
      webhookEventId: webhookEvent.id,
      webhookRedriveId: redrive.id,
      settlementId: settlement.id,
      invitationId: invitation.id,
      apiKeyId: issued.id,
      userId: owner.userId,
      passkeyId: passkey.id,
      account: 'tenant_payable',
      index: String(entry.entry),
    },
  };
}

/** An API key that holds for a day. */
export async function anApiKey(
  { owner, path }: ConnectedTenant,
  scopes: readonly string[],
): Promise<{ readonly id: string; readonly key: string }> {
  const expiresAt = new Date(Date.now() + 24 * 3600_000).toISOString();
  const body = { name: 'Server', scopes, expiresAt };
  const { id, secret } = must(await owner.api.post(`${path}/api-keys`, body, newKey()), 201);
  return { id, key: plant('API key', secret) };
}

/** Ids of the right form that name nothing. */
export const madeUp: Readonly<Record<string, string>> = {
  tenantId: deriveId('tenant', ['made up']),
  paymentId: deriveId('payment', ['made up']),
  operationId: deriveId('operation', ['made up']),
  connectionId: deriveId('connection', ['made up']),
  webhookEventId: deriveId('webhookEvent', ['made up']),
  webhookRedriveId: deriveId('webhookRedrive', ['made up']),
  settlementId: deriveId('settlement', ['made up']),
  invitationId: deriveId('invitation', ['made up']),
  apiKeyId: deriveId('apiKey', ['made up']),
  userId: '00000000-0000-4000-8000-000000000000',
  passkeyId: deriveId('passkey', ['made up']),
  account: 'bank',
  index: '999999999999',
};

/** One way to fill in a path: whose tenant, and whose entities below it. */
export interface Filling {
  readonly what: string;
  readonly named: Named;
  readonly ids: Readonly<Record<string, string>>;
  /** One's tenant with another's entities. */
  readonly isMixed: boolean;
}

/** All ways to fill in the path of a route, once each. */
export function fillingsOf(route: Route, one: Place, other: Place): readonly Filling[] {
  const parameters = parametersOf(route);
  const filling = (what: string, tenant: Place | undefined, entities: Place | undefined): Filling => ({
    what,
    named: {
      tenantId: tenant?.tenant.tenantId ?? idOf(madeUp, 'tenantId'),
      tenantExists: tenant !== undefined,
      entitiesOf: entities?.tenant.tenantId,
    },
    isMixed: tenant !== entities,
    ids: Object.fromEntries(
      parameters.map((name) => [name, idOf((name === 'tenantId' ? tenant : entities)?.ids ?? madeUp, name)]),
    ),
  });
  if (parameters.length === 0) return [filling('', one, one)];
  const wholes = [filling("the first tenant's", one, one), filling("the second tenant's", other, other)];
  const guessed = filling('guessed', undefined, undefined);
  if (entitiesIn(route).length === 0) return [...wholes, guessed];
  return [
    ...wholes,
    guessed,
    filling("the second tenant's below the first", one, other),
    filling("the first tenant's below the second", other, one),
    filling('guessed below the first tenant', one, undefined),
  ];
}

export function pathOf(route: Route, ids: Readonly<Record<string, string>>): string {
  const path = route.path.replace(/\{(\w+)\}/g, (_, name: string) => idOf(ids, name));
  return `${path}${exampleQuery(route)}`;
}

function idOf(ids: Readonly<Record<string, string>>, name: string): string {
  const id = ids[name];
  if (id === undefined) {
    throw new Error(`no route of the matrix had {${name}} before: add an example to aPlace and to madeUp in places.ts`);
  }
  return id;
}
