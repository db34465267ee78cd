import * as z from 'zod';

import { planeConfigOf, tenantPlaneEnv } from '../service-dependencies';
import { env } from '../../env';

const schema = z.object({ ...tenantPlaneEnv });

export function readConfig() {
  const read = schema.parse(process.env);
  return { ...planeConfigOf(read), tenantRoleArn: read[env.tenantRoleArn] };
}
