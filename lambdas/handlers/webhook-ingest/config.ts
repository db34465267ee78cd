import * as z from 'zod';

import { env } from '../../env';
import { providerEndpointsEnv, providerEndpointsOf } from '../provider-endpoints';

/** What this function reads of its environment. */
const schema = z.object({
  ...providerEndpointsEnv,
  [env.viewsTable]: z.string().min(1),
  [env.coordinationTable]: z.string().min(1),
  [env.tenantRoleArn]: z.string().min(1),
  [env.connectionSecretPrefix]: z.string().min(1),
  [env.webhooksQueueUrl]: z.url(),
});

export function readConfig() {
  const read = schema.parse(process.env);
  return {
    viewsTable: read[env.viewsTable],
    coordinationTable: read[env.coordinationTable],
    tenantRoleArn: read[env.tenantRoleArn],
    connectionSecretPrefix: read[env.connectionSecretPrefix],
    queueUrl: read[env.webhooksQueueUrl],
    providerEndpoints: providerEndpointsOf(read),
  };
}
