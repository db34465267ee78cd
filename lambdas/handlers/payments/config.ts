import * as z from 'zod';

import { env } from '../../env';
import { providerEndpointsEnv, providerEndpointsOf } from '../provider-endpoints';
import { planeConfigOf, tenantPlaneEnv } from '../service-dependencies';

const schema = z.object({
  ...tenantPlaneEnv,
  ...providerEndpointsEnv,
  [env.cursorSecretArn]: z.string().min(1),
  [env.connectionSecretPrefix]: z.string().min(1),
});

export function readConfig() {
  const read = schema.parse(process.env);
  return {
    ...planeConfigOf(read),
    tenantRoleArn: read[env.tenantRoleArn],
    cursorSecretArn: read[env.cursorSecretArn],
    connectionSecretPrefix: read[env.connectionSecretPrefix],
    providerEndpoints: providerEndpointsOf(read),
  };
}
