import '../../support/function-env';

import { readFileSync } from 'node:fs';

import { generatedDocs } from '../../../bin/generated-docs';
import { newApiDocs } from '../../../lambdas/handlers/api-docs/handler';
import { routes } from '../../../lambdas/routes';
import { ask, aServiceWorld } from '../../support/service-world';

const document: any = JSON.parse(readFileSync('docs/generated/openapi.json', 'utf8'));

describe('the generated documents', () => {
  test.each([...generatedDocs()])('%s is what `npm run generate` writes', (path, text) => {
    expect(readFileSync(path, 'utf8')).toBe(text);
  });
});

describe('the OpenAPI document', () => {
  test('has an operation for every route, and no other', () => {
    const operations = Object.entries<object>(document.paths).flatMap(([path, methods]) =>
      Object.entries<{ operationId: string }>(methods as Record<string, { operationId: string }>).map(
        ([method, { operationId }]) => `${method.toUpperCase()} ${path} ${operationId}`,
      ),
    );
    expect(operations.sort()).toEqual(routes.map(({ method, path, id }) => `${method} ${path} ${id}`).sort());
  });

  test('names nothing that it does not define', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path]) => path!);
    expect(references.length).toBeGreaterThan(100);
    const missing = references.filter(
      (path) => path.split('/').reduce<any>((at, part) => at?.[part], document) === undefined,
    );
    expect(missing).toEqual([]);
  });

  test('declares every parameter of every path', () => {
    for (const route of routes) {
      const operation = document.paths[route.path][route.method.toLowerCase()];
      const declared = operation.parameters
        .filter((parameter: any) => parameter.in === 'path')
        .map(({ name }: any) => name);
      expect(declared).toEqual([...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name));
    }
  });

  test('demands an Idempotency-Key exactly where the route does', () => {
    for (const route of routes) {
      const { parameters } = document.paths[route.path][route.method.toLowerCase()];
      const demands = parameters.some((parameter: any) => parameter.name === 'Idempotency-Key' && parameter.required);
      expect(demands).toBe(route.idempotency === 'required');
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
