import * as z from 'zod';

import { env } from '../../env';
import { planeConfigOf, tenantPlaneEnv } from '../service-dependencies';

const schema = z.object({
  ...tenantPlaneEnv,
  [env.cursorSecretArn]: z.string().min(1),
  [env.connectionSecretPrefix]: z.string().min(1),
  // Absent in stages without the sandbox.
  [env.sandboxUrl]: z.url().optional(),
});

export function readConfig() {
  const read = schema.parse(process.env);
  return {
    ...planeConfigOf(read),
    tenantRoleArn: read[env.tenantRoleArn],
    cursorSecretArn: read[env.cursorSecretArn],
    connectionSecretPrefix: read[env.connectionSecretPrefix],
    sandboxUrl: read[env.sandboxUrl],
  };
}
