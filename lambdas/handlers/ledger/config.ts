import * as z from 'zod';

import { env } from '../../env';
import { planeConfigOf, tenantPlaneEnv } from '../service-dependencies';

const schema = z.object({ ...tenantPlaneEnv, [env.cursorSecretArn]: z.string().min(1) });

export function readConfig() {
  const read = schema.parse(process.env);
  return {
    ...planeConfigOf(read),
    tenantRoleArn: read[env.tenantRoleArn],
    cursorSecretArn: read[env.cursorSecretArn],
  };
}
