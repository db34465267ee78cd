import { routes, type Route } from '../../lambdas/routes';
import { sharedCloud, type ApiAnswer } from '../support/local-cloud';
import { assignedFields, malformedBodies, spoiltIds, spoiltQueries } from '../support/attacks/forms';
import { harmOf } from '../support/attacks/harm';
import { ask } from '../support/matrix/callers';
import { roughBody } from '../support/matrix/examples';
import { forgetLimits } from '../support/matrix/limits';
import { ownedIn, permissionsOf } from '../support/matrix/oracle';
import { aPlace, pathOf, type Place } from '../support/matrix/places';
import { newOperator } from '../support/operator';
import { aSuperAdmin, enrol, newKey, type SignedIn } from '../support/people';
import { raw } from '../support/raw-request';

const cloud = sharedCloud();
const operator = newOperator(cloud);

/** What is tried, by what it is. */
type Attempt = readonly [string, () => Promise<ApiAnswer>];

/** Requests at once. */
const width = 6;

/** What signed-in people try with the form of their requests, on every route that they may call. */
describe('attacks by form', () => {
  const startedAt = new Date().toISOString();
  let own: Place;
  let victim: Place;
  let superAdmin: SignedIn;

  beforeAll(async () => {
    [own, victim] = await Promise.all([aPlace(cloud, 'Attacker'), aPlace(cloud, 'Victim')]);
    superAdmin = await aSuperAdmin(cloud);
    await enrol(own.admin);
  }, 120_000);

  /** Who may call the route, so that the form is all that is wrong: an Admin, and an Owner where it takes one. */
  const callerOf = ({ principal, permission }: Route): SignedIn => {
    if (principal === 'platform-admin') return superAdmin;
    return permission === null || permissionsOf.admin(permission) ? own.admin : own.tenant.owner;
  };

  /** What does harm, of all the answers. */
  async function harmsOf(asked: readonly Attempt[]): Promise<readonly string[]> {
    const harms: string[] = [];
    const secrets = [victim.tenant.tenantId, victim.tenant.owner.email, victim.tenant.owner.userId];
    for (let first = 0; first < asked.length; first += width) {
      // Some classes of routes let twenty in at once, and what is over a limit is not looked at.
      if (first % (2 * width) === 0) await forgetLimits(operator);
      const group = asked.slice(first, first + width);
      const answers = await Promise.all(group.map(([, send]) => send()));
      answers.forEach((answer, at) => {
        const harm = answer.status === 429 ? 'was not looked at' : harmOf(answer, secrets);
        if (harm !== undefined) harms.push(`${group[at]?.[0] ?? ''} ${harm}`);
      });
    }
    return harms;
  }

  const changing = routes.filter(({ method }) => method !== 'GET');
  const withParameters = routes.filter((route) => ownedIn(route).length > 0);
  const reading = routes.filter(({ method, principal }) => method === 'GET' && principal !== 'public');
  const named = (chosen: readonly Route[]) => chosen.map((route) => [route.id, route] as const);

  it.each(named(changing))('%s takes no malformed body', async (_, route) => {
    const path = pathOf(route, own.ids);
    const asked = Object.entries(malformedBodies).map(
      ([what, body]) => [what, () => ask(cloud, callerOf(route), route, path, body)] as const,
    );
    expect(await harmsOf(asked)).toEqual([]);
  });

  it.each(named(changing))('%s takes no field beyond its own', async (_, route) => {
    const path = pathOf(route, own.ids);
    const body = roughBody(route);
    const taken = route.body === null ? {} : shapeOf(route);
    const asked = Object.entries(assignedFields)
      .filter(([name]) => !(name in taken))
      .map(
        ([name, value]) => [name, () => ask(cloud, callerOf(route), route, path, { ...body, [name]: value })] as const,
      );
    expect(await harmsOf(asked)).toEqual([]);
  });

  it.each(named(withParameters))('%s finds nothing by a spoilt id', async (_, route) => {
    const name = ownedIn(route).at(-1) ?? '';
    const id = own.ids[name] ?? '';
    const asked = Object.entries(spoiltIds(id, victim.ids[name] ?? '')).map(
      ([what, spoilt]) => [what, () => sendRaw(route, pathOf(route, { ...own.ids, [name]: spoilt }))] as const,
    );
    expect(await harmsOf(asked)).toEqual([]);
  });

  it.each(named(reading))('%s takes no query beyond its own', async (_, route) => {
    const asked = spoiltQueries.map(
      (query) => [query, () => sendRaw(route, withQuery(pathOf(route, own.ids), query))] as const,
    );
    expect(await harmsOf(asked)).toEqual([]);
  });

  it('has made no error that nobody expected', async () => {
    const failed = (await cloud.logs({ contains: 'failed' })).filter(
      ({ at, line }) => at >= startedAt && /"ERROR"/.test(line),
    );
    expect(failed.map(({ line }) => line)).toEqual([]);
  });

  /** As it stands: an ordinary client would tidy the path up. */
  async function sendRaw(route: Route, path: string): Promise<ApiAnswer> {
    const body = route.method === 'GET' ? undefined : '{}';
    const { status, headers, text } = await raw(
      route.method,
      cloud.description.apiUrl,
      path,
      {
        ...newKey(),
        ...(body === undefined ? {} : { 'content-type': 'application/json', 'content-length': String(body.length) }),
        authorization: callerOf(route).session.idToken,
      },
      body,
    );
    const given = new Headers({ 'content-type': String(headers['content-type']) });
    return { status, headers: given, text, body: undefined, invocationId: '' };
  }
});

function shapeOf({ body }: Route): object {
  return body !== null && 'shape' in body && typeof body.shape === 'object' && body.shape !== null ? body.shape : {};
}

/** Beside the query that the route cannot do without. */
function withQuery(path: string, query: string): string {
  return `${path}${path.includes('?') ? '&' : '?'}${query}`;
}
