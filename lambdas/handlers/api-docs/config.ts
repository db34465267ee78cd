import * as z from 'zod';

import { env } from '../../env';
import { planeEnv } from '../service-dependencies';

/** It reaches the limiter's table alone. */
const schema = z.object({
  [env.coordinationTable]: planeEnv[env.coordinationTable],
  [env.allowedOrigins]: planeEnv[env.allowedOrigins],
});

export function readConfig() {
  const read = schema.parse(process.env);
  return { coordinationTable: read[env.coordinationTable], allowedOrigins: read[env.allowedOrigins] };
}
