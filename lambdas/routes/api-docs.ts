import * as z from 'zod';

import { defineRoutes } from './route';
import { noParams, noQuery } from './schemas';

export const apiDocsRoutes = defineRoutes({
  'openapi.get': {
    id: 'openapi.get',
    method: 'GET',
    path: '/v1/openapi.json',
    function: 'api-docs',
    summary: 'This API as an OpenAPI 3.1 document',
    principal: 'public',
    permission: null,
    apiKeys: false,
    stepUp: null,
    rateClass: 'public',
    expensive: false,
    idempotency: 'none',
    creates: null,
    params: noParams,
    query: noQuery,
    body: null,
    get responses() {
      return { 200: z.record(z.string(), z.unknown()) };
    },
    problems: [],
  },
});
