import * as z from 'zod';

import { env } from '../../env';
import { providerEndpointsEnv, providerEndpointsOf } from '../provider-endpoints';
import { planeConfigOf, tenantPlaneEnv } from '../service-dependencies';

const schema = z.object({
  ...tenantPlaneEnv,
  ...providerEndpointsEnv,
  [env.cursorSecretArn]: z.string().min(1),
  [env.connectionSecretPrefix]: z.string().min(1),
  [env.secretsKeyArn]: z.string().min(1),
  [env.webhookUrl]: z.url(),
  [env.providerMode]: z.enum(['test', 'live']),
});

export function readConfig() {
  const read = schema.parse(process.env);
  return {
    ...planeConfigOf(read),
    tenantRoleArn: read[env.tenantRoleArn],
    cursorSecretArn: read[env.cursorSecretArn],
    connectionSecretPrefix: read[env.connectionSecretPrefix],
    secretsKeyArn: read[env.secretsKeyArn],
    webhookUrl: read[env.webhookUrl],
    providerMode: read[env.providerMode],
    providerEndpoints: providerEndpointsOf(read),
  };
}
