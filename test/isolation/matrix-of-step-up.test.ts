import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';

import { defaultSecurityPolicy } from '../../lambdas/domain/policies';
import { routes, type Route } from '../../lambdas/routes';
import { sharedCloud, type ApiAnswer, type Session } from '../support/local-cloud';
import { ask } from '../support/matrix/callers';
import { exampleBody } from '../support/matrix/examples';
import { forgetLimits } from '../support/matrix/limits';
import { aPlace, madeUp, pathOf, type Place } from '../support/matrix/places';
import { newOperator } from '../support/operator';
import { aPerson, aSession, aSuperAdmin, enrol, must, problemOf, type SignedIn } from '../support/people';

const cloud = sharedCloud();
const operator = newOperator(cloud);

const coordinationTable = 'countinghouse-dev-coordination';
const windowSeconds = 600;

/**
 * A second factor is asked for exactly where the classification says so: by a session that has shown none, by another session of
 * the same person, and again once the window is over. What is asked for names nothing, or a stale version: nothing is changed.
 */
describe('a second factor', () => {
  let place: Place;
  let superAdmin: SignedIn;
  let fresh: Readonly<Record<'owner' | 'superAdmin', Session>>;

  beforeAll(async () => {
    place = await aPlace(cloud, 'Careful Shop');
    superAdmin = await aSuperAdmin(cloud);
    const [owner, admin] = await Promise.all([aSession(cloud, place.tenant.owner), aSession(cloud, superAdmin)]);
    fresh = { owner, superAdmin: admin };
  }, 120_000);

  const isForSuperAdmins = ({ principal }: Route): boolean => principal === 'platform-admin';

  /** Two sessions of one person, of which one has stepped up. What concerns a person alone is done to one who is not needed. */
  async function sessionsFor(route: Route): Promise<Readonly<Record<'fresh' | 'steppedUp', Session>>> {
    if (isForSuperAdmins(route)) return { fresh: fresh.superAdmin, steppedUp: superAdmin.session };
    if (route.principal === 'tenant-member') return { fresh: fresh.owner, steppedUp: place.tenant.owner.session };
    const person = await aPerson(cloud, 'careful');
    await enrol(person);
    return { fresh: await aSession(cloud, person), steppedUp: person.session };
  }

  const send = (route: Route, session: Session): Promise<ApiAnswer> => {
    const tenant = isForSuperAdmins(route) ? {} : { tenantId: place.tenant.tenantId };
    const path = pathOf(route, { ...madeUp, ...tenant });
    return ask(cloud, { session }, route, path, exampleBody(route), { 'if-match': '"99999999"' });
  };

  const isAsked = ({ stepUp }: Route): boolean =>
    stepUp === 'always' ||
    (stepUp !== null && stepUp !== 'once-enrolled' && defaultSecurityPolicy.require2faFor[stepUp]);

  const named = (chosen: readonly Route[]) => chosen.map((route) => [route.id, route] as const);
  const asking = routes.filter(isAsked);
  const forPayments = routes.filter(({ stepUp }) => stepUp === 'Payments');

  it.each(named(asking))('%s wants one of this very session', async (_, route) => {
    await forgetLimits(operator);
    const sessions = await sessionsFor(route);
    const refused = await send(route, sessions.fresh);
    expect(problemOf(refused)).toEqual({ status: 401, type: 'step-up-required' });
    expect(refused.body).toMatchObject({ error: 'insufficient_user_authentication', maxAgeSeconds: windowSeconds });
    // API Gateway renames the header of an integration.
    const challenge = refused.headers.get('x-amzn-remapped-www-authenticate') ?? '';
    expect(challenge).toContain('error="insufficient_user_authentication"');
    expect(challenge).toContain(`max_age="${String(windowSeconds)}"`);

    const { status } = await send(route, sessions.steppedUp);
    expect([200, 201, 202, 204, 404, 409, 412, 422]).toContain(status);
  });

  const adding = routes.filter(({ stepUp }) => stepUp === 'once-enrolled');

  it.each(named(adding))(
    '%s wants one of this very session of whoever has one, and of nobody else',
    async (_, route) => {
      await forgetLimits(operator);
      const newcomer = await aPerson(cloud, 'newcomer');
      expect([200, 201, 409, 422]).toContain((await send(route, newcomer.session)).status);
      const sessions = await sessionsFor(route);
      const refused = await send(route, sessions.fresh);
      expect(problemOf(refused)).toEqual({ status: 401, type: 'step-up-required' });
      expect([200, 201, 409, 422]).toContain((await send(route, sessions.steppedUp)).status);
    },
  );

  const others = routes.filter((route) => !isAsked(route) && route.principal === 'tenant-member');

  it.each(named(others))('%s wants none', async (_, route) => {
    await forgetLimits(operator);
    const { status } = await send(route, fresh.owner);
    expect([200, 201, 202, 204, 404, 409, 412, 422]).toContain(status);
  });

  it('is wanted on the routes that take payments, too, where the policy says so', async () => {
    await forgetLimits(operator);
    const { owner, path } = place.tenant;
    const policy = { require2faFor: { Payments: true } };
    must(await owner.api.patch(`${path}/security-policy`, policy), 200);
    expect(forPayments.map(({ id }) => id)).toEqual(['payments.create', 'payments.capture', 'payments.cancel']);
    for (const route of forPayments) {
      const { type } = problemOf(await send(route, fresh.owner));
      const { status } = await send(route, owner.session);
      expect({ route: route.id, type }).toEqual({ route: route.id, type: 'step-up-required' });
      expect([201, 404, 422]).toContain(status);
    }
  });

  it('is wanted again once the window is over, on every route that wants one', async () => {
    await forgetLimits(operator);
    const { owner } = place.tenant;
    await age(owner);
    await age(superAdmin);
    for (const route of [...asking, ...forPayments]) {
      const { session } = isForSuperAdmins(route) ? superAdmin : owner;
      const { type } = problemOf(await send(route, session));
      expect({ route: route.id, type }).toEqual({ route: route.id, type: 'step-up-required' });
    }
  });

  /** As if this person had shown their second factor longer ago than the window. */
  async function age({ userId }: SignedIn): Promise<void> {
    const items = await operator.items(coordinationTable);
    const own = items.filter(({ pk, verifiedAt }) => pk?.S === `P#step-up#${userId}` && verifiedAt !== undefined);
    expect(own.length).toBeGreaterThan(0);
    for (const { pk, sk, verifiedAt } of own) {
      const agedMs = Number(verifiedAt?.N) - (windowSeconds + 1) * 1000;
      await operator.dynamodb.send(
        new UpdateItemCommand({
          TableName: coordinationTable,
          Key: { pk: pk ?? { S: '' }, sk: sk ?? { S: '' } },
          UpdateExpression: 'SET verifiedAt = :aged',
          ExpressionAttributeValues: { ':aged': { N: String(agedMs) } },
        }),
      );
    }
  }
});
