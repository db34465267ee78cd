import '../../support/function-env';

import { readFileSync } from 'node:fs';

import { generatedDocs } from '../../../bin/generated-docs';
import { newApiDocs } from '../../../lambdas/handlers/api-docs/handler';
import type { Route } from '../../../lambdas/routes';
import { routes } from '../../../lambdas/routes';
import { ask, aServiceWorld } from '../../support/service-world';

interface Operation {
  readonly operationId: string;
  readonly description: string;
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly required: boolean }[];
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[];
  readonly servers?: readonly { readonly url: string }[];
  readonly 'x-scopes': readonly string[];
}

const document = JSON.parse(readFileSync('docs/generated/openapi.json', 'utf8')) as {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
};

const operationOf = ({ path, method }: Route): Operation => document.paths[path]![method.toLowerCase()]!;

const isThere = (path: string): boolean =>
  path.split('/').reduce<unknown>((at, part) => (at as Record<string, unknown> | undefined)?.[part], document) !==
  undefined;

describe('the generated documents', () => {
  test.each([...generatedDocs()])('%s is what `npm run generate` writes', (path, text) => {
    expect(readFileSync(path, 'utf8')).toBe(text);
  });
});

describe('the OpenAPI document', () => {
  test('has an operation for every route, and no other', () => {
    const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { operationId }]) => `${method.toUpperCase()} ${path} ${operationId}`),
    );
    expect(operations.sort()).toEqual(routes.map(({ method, path, id }) => `${method} ${path} ${id}`).sort());
  });

  test('names nothing that it does not define', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path]) => path!);
    expect(references.length).toBeGreaterThan(100);
    const missing = references.filter((path) => !isThere(path));
    expect(missing).toEqual([]);
  });

  test('declares every parameter of every path', () => {
    for (const route of routes) {
      const declared = operationOf(route).parameters.filter((parameter) => parameter.in === 'path');
      expect(declared.map(({ name }) => name)).toEqual([...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name));
    }
  });

  test('demands an Idempotency-Key exactly where the route does', () => {
    for (const route of routes) {
      const { parameters } = operationOf(route);
      const demands = parameters.some(({ name, required }) => name === 'Idempotency-Key' && required);
      expect(demands).toBe(route.idempotency === 'required');
    }
  });

  test('shows an API key the routes it may call, the scope it needs there, and the entrance', () => {
    for (const route of routes) {
      const { security, servers, description, ...operation } = operationOf(route);
      const scopes = route.apiKeys ? [route.permission] : [];
      expect([route.id, operation['x-scopes']]).toEqual([route.id, scopes]);
      const schemes = { true: [{ idToken: [] }, { apiKey: scopes }], false: undefined };
      if (route.principal !== 'public') expect(security).toEqual(schemes[`${route.apiKeys}`]);
      expect(servers?.map(({ url }) => url)).toEqual(route.apiKeys ? ['/', '/server'] : undefined);
      expect(description.includes('whatever the policy says')).toBe(
        route.stepUp === 'always' || route.stepUp === 'once-enrolled',
      );
    }
  });

  test('is served to anyone, and may be cached', async () => {
    const world = aServiceWorld();
    const answer = await ask(newApiDocs(world.deps), { resource: '/v1/openapi.json', claims: null });
    expect(answer).toMatchObject({ status: 200, headers: { 'cache-control': 'public, max-age=300' } });
    expect(answer.body).toEqual(document);
    expect(world.calls).toEqual(['limiter.take']);
  });
});
