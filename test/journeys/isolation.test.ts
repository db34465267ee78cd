import { routes, type Route } from '../../lambdas/routes';
import { sharedCloud, type ApiAnswer, type Session } from '../support/local-cloud';
import {
  aConnectedTenant,
  aMember,
  aPayment,
  aSession,
  aTenant,
  must,
  newKey,
  problemOf,
  within,
  type ConnectedTenant,
  type SignedIn,
} from '../support/people';

const cloud = sharedCloud();

/** Every route of the table, asked by whoever must not get an answer: a route that is added is tested by being there. */
describe('every route', () => {
  let tenant: ConnectedTenant;
  let stranger: SignedIn;
  let reader: SignedIn;
  let ids: Readonly<Record<string, string>>;

  beforeAll(async () => {
    tenant = await aConnectedTenant(cloud, 'Private Shop');
    stranger = (await aTenant(cloud, 'Curious Shop')).owner;
    // An Admin who was granted as little as there is.
    reader = await aMember(cloud, tenant, { role: 'admin', permissions: ['tenant:read'] });
    const payment = await aPayment(tenant);
    const webhookEvent = await within(20_000, 'no webhook came', async () => {
      const { data } = must(await tenant.owner.api.get(`${tenant.path}/webhook-events`), 200);
      return data[0] as { readonly id: string } | undefined;
    });
    ids = {
      tenantId: tenant.tenantId,
      paymentId: payment.id,
      connectionId: tenant.connectionId,
      webhookEventId: webhookEvent.id,
    };
  });

  const ask = (route: Route, who: Session | undefined): Promise<ApiAnswer> => {
    const path = route.path.replace(/\{(\w+)\}/g, (_, name: string) => {
      const id = ids[name];
      if (id === undefined) throw new Error(`this test knows no ${name}: add one to ids`);
      return id;
    });
    return cloud.api(who).request(route.method, path, route.method === 'GET' ? undefined : {}, newKey());
  };

  const named = (chosen: readonly Route[]) => chosen.map((route) => [route.id, route] as const);
  const tenantRoutes = routes.filter(({ principal }) => principal === 'tenant-member');

  it.each(named(routes.filter(({ principal }) => principal !== 'public')))(
    '%s is for people who have signed in',
    async (_, route) => {
      const answer = await ask(route, undefined);
      expect(problemOf(answer)).toEqual({ status: 401, type: 'unauthenticated' });
      const access = { ...stranger.session, idToken: stranger.session.accessToken };
      expect((await ask(route, access)).status).toBe(401);
    },
  );

  it.each(named(tenantRoutes))("%s hides another's tenant", async (_, route) => {
    expect(problemOf(await ask(route, stranger.session))).toEqual({ status: 404, type: 'not-found' });
  });

  it.each(named(tenantRoutes))('%s is for members, and not for Super Admins', async (_, route) => {
    const { idToken } = await superAdminSession();
    const answer = await ask(route, { ...stranger.session, idToken });
    expect(problemOf(answer)).toEqual({ status: 404, type: 'not-found' });
  });

  it.each(named(tenantRoutes.filter(({ permission }) => permission !== 'tenant:read')))(
    '%s needs its permission',
    async (_, route) => {
      expect(problemOf(await ask(route, reader.session))).toEqual({ status: 403, type: 'forbidden' });
    },
  );

  it.each(named(routes.filter(({ principal }) => principal === 'platform-admin')))(
    '%s is for Super Admins',
    async (_, route) => {
      expect(problemOf(await ask(route, tenant.owner.session))).toEqual({ status: 403, type: 'forbidden' });
    },
  );

  let superAdmin: Promise<Session> | undefined;
  function superAdminSession(): Promise<Session> {
    superAdmin ??= aSession(cloud, cloud.seeded('super-admin'));
    return superAdmin;
  }
});
