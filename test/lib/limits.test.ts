import { placeTtlMs } from '../../lambdas/middleware/expensive';
import { routes } from '../../lambdas/routes';
import { functions } from '../../lib/config/functions';
import { serviceFunctions } from '../../lib/config/service-functions';

describe('expensive routes', () => {
  const names = new Set(routes.filter((route) => route.expensive).map((route) => route.function));

  it('are of tenants, whose places they take', () => {
    expect(names.size).toBeGreaterThan(0);
    for (const route of routes.filter(({ expensive }) => expensive)) {
      expect([route.id, route.principal]).toEqual([route.id, 'tenant-member']);
    }
  });

  it('have functions that may take places, which no other function may', () => {
    for (const [name, { tenant = [] }] of Object.entries(serviceFunctions)) {
      const may = tenant.some(({ on, keys }) => on === 'coordination' && keys?.includes('slots#*') === true);
      expect([name, may]).toEqual([name, [...names].some((each) => each === name)]);
    }
  });

  it('have functions that cannot run longer than they may hold a place', () => {
    for (const name of names) expect(functions[name].timeoutSeconds * 1_000).toBeLessThan(placeTtlMs);
  });
});
