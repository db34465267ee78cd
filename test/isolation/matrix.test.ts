import { routes, type Route } from '../../lambdas/routes';
import { sharedCloud, type ApiAnswer } from '../support/local-cloud';
import { ask, callersOf, dismissGuests, type Caller } from '../support/matrix/callers';
import { forgetLimits } from '../support/matrix/limits';
import { expectedOf, type Expected } from '../support/matrix/oracle';
import { aPlace, fillingsOf, pathOf, type Filling, type Place } from '../support/matrix/places';
import { newOperator } from '../support/operator';

const cloud = sharedCloud();
const operator = newOperator(cloud);

/** No route takes it, so nothing is changed by whoever may change. */
const impossible = { thisIsNoField: true };

/**
 * Every route, asked by everybody, for what is theirs, another tenant's and nobody's: a route that is added is tested by being in
 * the table. What must be answered is computed from the classification, in test/support/matrix/oracle.ts.
 */
describe('every route answers everybody as it is classified', () => {
  let one: Place;
  let other: Place;
  let callers: readonly Caller[];

  beforeAll(async () => {
    [one, other] = await Promise.all([aPlace(cloud, 'First Shop'), aPlace(cloud, 'Second Shop')]);
    callers = await callersOf(cloud, one, other);
    await cloud.idle();
  }, 120_000);

  afterAll(() => dismissGuests(cloud, callers));

  /** Entities below another's tenant are asked for by those whom the tenant lets in: for everybody else it ends with the tenant. */
  function fillingsFor({ standing: { place }, isAlike = false }: Caller, route: Route): readonly Filling[] {
    return fillingsOf(route, one, other).filter(({ isMixed, named }) =>
      isMixed
        ? !isAlike && place?.status === 'active' && place.tenantId === named.tenantId
        : !isAlike || named.tenantId === place?.tenantId,
    );
  }

  it.each(routes.map((route) => [route.id, route] as const))('%s', async (_, route) => {
    await forgetLimits(operator);
    const cases = callers.flatMap((caller) =>
      fillingsFor(caller, route).map((filling) => ({
        what: `${caller.what}: ${filling.what}`,
        expected: expectedOf(route, caller.standing, filling.named),
        ask: () => ask(cloud, caller, route, pathOf(route, filling.ids), impossible),
      })),
    );
    const found: [string, Expected][] = [];
    for (const group of groupsOf(cases, widthOf(route))) {
      const answers = await Promise.all(group.map((each) => each.ask()));
      found.push(...group.map(({ what }, at): [string, Expected] => [what, seenOf(answers[at])]));
    }
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(cases.map(({ what, expected }) => [what, expected])));
  });
});

/** What the oracle speaks of. */
function seenOf(answer: ApiAnswer | undefined): Expected {
  const { status = 0, headers, body } = answer ?? {};
  if (headers?.get('content-type') !== 'application/problem+json') return { status };
  return { status, type: String(body.type).replace(/^.*\//, '') };
}

/** Routes that few may call at once are asked one by one. */
function widthOf({ expensive }: Route): number {
  return expensive ? 1 : 6;
}

function groupsOf<T>(all: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, at) => all.slice(at * size, (at + 1) * size));
}
