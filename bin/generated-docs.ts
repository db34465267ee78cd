import { permissionMatrix } from '../lambdas/middleware/permission-matrix';
import { openApiDocument } from '../lambdas/openapi';
import { routes } from '../lambdas/routes';
import { modules } from '../module-map.mjs';
import { moduleMapPage } from './module-map-page';

/** The files in docs/generated that come from the route table and the module map, by their path. A test holds the files against this. */
export function generatedDocs(): ReadonlyMap<string, string> {
  return new Map([
    ['docs/generated/openapi.json', `${JSON.stringify(openApiDocument(routes), null, 2)}\n`],
    ['docs/generated/permission-matrix.md', permissionMatrix(routes)],
    ['docs/generated/module-map.md', moduleMapPage(modules)],
  ]);
}
