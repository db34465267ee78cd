import * as z from 'zod';

import { env } from '../../env';
import { providerEndpointsEnv, providerEndpointsOf } from '../provider-endpoints';

/** What this function reads of its environment. */
const schema = z.object({
  ...providerEndpointsEnv,
  [env.journalTable]: z.string().min(1),
  [env.viewsTable]: z.string().min(1),
  [env.tenantRoleArn]: z.string().min(1),
  [env.connectionSecretPrefix]: z.string().min(1),
  [env.payoutImportsQueueUrl]: z.url(),
  [env.payoutImportsMaxReceiveCount]: z.coerce.number().int().min(1),
});

export function readConfig() {
  const read = schema.parse(process.env);
  return {
    journalTable: read[env.journalTable],
    viewsTable: read[env.viewsTable],
    tenantRoleArn: read[env.tenantRoleArn],
    connectionSecretPrefix: read[env.connectionSecretPrefix],
    queueUrl: read[env.payoutImportsQueueUrl],
    maxReceiveCount: read[env.payoutImportsMaxReceiveCount],
    providerEndpoints: providerEndpointsOf(read),
  };
}
