import { isDeepStrictEqual } from 'node:util';

import { routes, type Route } from '../../lambdas/routes';
import { sharedCloud, type ApiAnswer } from '../support/local-cloud';
import { ask, type Caller } from '../support/matrix/callers';
import { exampleBody } from '../support/matrix/examples';
import { forgetLimits } from '../support/matrix/limits';
import { entitiesIn, parametersOf, permissionsOf } from '../support/matrix/oracle';
import { aPlace, fillingsOf, madeUp, pathOf, type Place } from '../support/matrix/places';
import { journalTable, newOperator } from '../support/operator';
import { aPerson, aSuperAdmin, enrol, must, type SignedIn } from '../support/people';

const cloud = sharedCloud();
const operator = newOperator(cloud);

/** A refused access is remembered. */
const observing = 'dynamodb PutItem countinghouse-dev-journal';

/** What is another tenant's is answered like what is not there, in all that a caller could see or measure. */
describe("another tenant's is as good as absent", () => {
  let one: Place;
  let other: Place;
  let before: readonly string[];
  let strangers: readonly (Pick<Caller, 'session' | 'key'> & { readonly what: string })[];

  beforeAll(async () => {
    [one, other] = await Promise.all([aPlace(cloud, 'First Shop'), aPlace(cloud, 'Second Shop')]);
    const [stranger, superAdmin] = await Promise.all([aPerson(cloud, 'stranger'), aSuperAdmin(cloud)]);
    strangers = [
      { what: 'a stranger', session: stranger.session },
      { what: "another tenant's Owner", session: other.tenant.owner.session },
      { what: "another tenant's Admin", session: other.admin.session },
      { what: 'a Super Admin', session: superAdmin.session },
      { what: "another tenant's server", key: other.key },
    ];
    // A second factor is asked for before it is looked what there is.
    await enrol(one.admin);
    await cloud.idle();
    before = await commits();
  }, 120_000);

  const named = (chosen: readonly Route[]) => chosen.map((route) => [route.id, route] as const);
  const tenantRoutes = routes.filter(({ principal }) => principal === 'tenant-member');

  it.each(named(tenantRoutes))('%s, for whoever is not in the tenant', async (_, route) => {
    await forgetLimits(operator);
    const [theirs, , guessed] = fillingsOf(route, one, other);
    for (const who of strangers.filter(({ key }) => key === undefined || route.apiKeys)) {
      const about = (ids: Readonly<Record<string, string>> = {}): Promise<ApiAnswer> =>
        ask(cloud, who, route, pathOf(route, ids), exampleBody(route));
      // The first use of a limiter's cell, and the first request of a warm function, are other calls.
      await about(guessed?.ids);
      const { foreign, absent } = await compared(
        () => about(theirs?.ids),
        () => about(guessed?.ids),
      );
      expect({ who: who.what, ...foreign }).toEqual({ who: who.what, ...absent });
      expect({ who: who.what, status: foreign.status }).toEqual({ who: who.what, status: 404 });
      // What an unproved key is refused is written down once a minute and reason (decision 0011).
      expect(who.key === undefined ? [[observing]] : [[], [observing]]).toContainEqual(foreign.writes);
    }
  });

  const withEntities = tenantRoutes.filter((route) => entitiesIn(route).length > 0);

  /** Whom their own tenant lets in to the route. */
  const insiders = (route: Route) => [
    { what: 'the Owner', session: one.tenant.owner.session },
    ...(permissionsOf.admin(route.permission ?? '') ? [{ what: 'an Admin', session: one.admin.session }] : []),
    ...(route.apiKeys ? [{ what: 'a server', key: one.key }] : []),
  ];

  it.each(named(withEntities))('%s, for whoever names it below their own tenant', async (_, route) => {
    await forgetLimits(operator);
    const fillings = fillingsOf(route, one, other);
    for (const who of insiders(route)) {
      const about = (what: string): Promise<ApiAnswer> => {
        const ids = fillings.find((filling) => filling.what === what)?.ids ?? {};
        return ask(cloud, who, route, pathOf(route, ids), exampleBody(route));
      };
      await about('guessed below the first tenant');
      const { foreign, absent } = await compared(
        () => about("the second tenant's below the first"),
        () => about('guessed below the first tenant'),
      );
      expect({ who: who.what, ...foreign }).toEqual({ who: who.what, ...absent });
      expect({ who: who.what, status: foreign.status }).toEqual({ who: who.what, status: 404 });
      expect([[], [observing]]).toContainEqual(foreign.writes);
    }
  });

  const personal = routes.filter((route) => route.principal === 'signed-in' && parametersOf(route).length > 0);

  it.each(named(personal))('%s, for whoever names what is another person’s', async (_, route) => {
    await forgetLimits(operator);
    const about = (ids: Readonly<Record<string, string>>): Promise<ApiAnswer> =>
      ask(cloud, one.tenant.owner, route, pathOf(route, ids), exampleBody(route));
    await about(madeUp);
    const { foreign, absent } = await compared(
      () => about(other.ids),
      () => about(madeUp),
    );
    expect(foreign).toEqual(absent);
    expect(foreign.status).toBe(404);
    expect(await passkeysOf(other.tenant.owner)).toEqual([other.ids['passkeyId']]);
  });

  it('has changed nothing in either tenant', async () => {
    expect(await commits()).toEqual(before);
  });

  const passkeysOf = async ({ api }: SignedIn): Promise<readonly string[]> =>
    must(await api.get('/v1/me'), 200).mfa.passkeys.map(({ id }: { id: string }) => id);

  /** Commits of both tenants; what is only observed is none. */
  async function commits(): Promise<readonly string[]> {
    const tenants = [one.tenant.tenantId, other.tenant.tenantId];
    return (await operator.items(journalTable))
      .map(({ pk, sk }) => `${pk?.S ?? ''} ${sk?.S ?? ''}`)
      .filter((key) => tenants.some((tenant) => key.startsWith(`T#${tenant}#`)) && !key.includes('#observation#'))
      .sort();
  }

  /**
   * Both, side by side. A warm function looks up the platform's policy again every now and then, whoever asks: what differs
   * by chance does not differ three times.
   */
  async function compared(askForeign: () => Promise<ApiAnswer>, askAbsent: () => Promise<ApiAnswer>) {
    for (let attempt = 1; ; attempt += 1) {
      const foreign = await seen(await askForeign());
      const absent = await seen(await askAbsent());
      if (attempt === 3 || isDeepStrictEqual(foreign, absent)) return { foreign, absent };
    }
  }

  /** All of an answer that could tell one from the other, and what was done for it. */
  async function seen(answer: ApiAnswer) {
    const { requestId, ...document } = answer.body as Record<string, unknown>;
    expect(requestId).toEqual(expect.any(String));
    const own = ['date', 'x-request-id', 'x-amzn-requestid', 'x-amzn-trace-id', 'x-amz-apigw-id', 'ratelimit'];
    // A tenant's role is assumed when it is first named; the order within a round is nobody's.
    // How many cells the limiter asks for depends on what a warm function holds of them.
    const calls = (await cloud.callsOf(answer))
      .filter(({ service }) => service !== 'sts')
      .map(({ service, action, resource }) => `${service} ${action} ${resource}`);
    const distinct = [...new Set(calls)].sort();
    return {
      status: answer.status,
      document,
      headers: [...answer.headers].filter(([name]) => !own.includes(name)),
      calls: distinct,
      writes: distinct.filter((call) => !isReading(call)),
    };
  }
});

/** Reads, and the one update by which the limiter takes a request. */
function isReading(call: string): boolean {
  return /^\w+ (Get|BatchGet|Query|Verify|GenerateMac)/.test(call) || /^dynamodb UpdateItem .*coordination/.test(call);
}
