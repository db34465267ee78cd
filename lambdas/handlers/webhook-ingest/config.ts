import * as z from 'zod';

import { env } from '../../env';
import { providerEndpointsEnv, providerEndpointsOf, providerRootsEnv, providerRootsOf } from '../provider-endpoints';

/** What this function reads of its environment. */
const schema = z.object({
  ...providerEndpointsEnv,
  ...providerRootsEnv,
  [env.viewsTable]: z.string().min(1),
  [env.coordinationTable]: z.string().min(1),
  [env.tenantRoleArn]: z.string().min(1),
  [env.connectionSecretPrefix]: z.string().min(1),
  [env.webhooksQueueUrl]: z.url(),
});

export function readConfig() {
  const read = schema.parse(process.env);
  const providerEndpoints = providerEndpointsOf(read);
  return {
    viewsTable: read[env.viewsTable],
    coordinationTable: read[env.coordinationTable],
    tenantRoleArn: read[env.tenantRoleArn],
    connectionSecretPrefix: read[env.connectionSecretPrefix],
    queueUrl: read[env.webhooksQueueUrl],
    providerEndpoints,
    paypalRoots: providerRootsOf(read, providerEndpoints),
  };
}
