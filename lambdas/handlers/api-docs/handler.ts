import document from '../../../docs/generated/openapi.json';
import { newService } from '../../middleware/service';
import type { Endpoints, Service } from '../../middleware/service';
import { apiDocsRoutes } from '../../routes/api-docs';
import type { ApiDocsDependencies } from './dependencies';
import { bindDependencies } from './dependencies';

/** Serves the API's description: the generated file, bundled, so that nothing is computed at a cold start. */
export function newApiDocs(deps: ApiDocsDependencies): Service {
  const endpoints: Endpoints<typeof apiDocsRoutes> = {
    'openapi.get': async () => ({
      status: 200,
      body: document,
      headers: { 'cache-control': 'public, max-age=300' },
    }),
  };
  return newService(apiDocsRoutes, endpoints, deps);
}

export const handler = newApiDocs(bindDependencies());
