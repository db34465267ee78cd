import * as z from 'zod';

import { env } from '../../env';
import { limiterEnv, planeEnv, valkeyUrlOf } from '../service-dependencies';

/** It reaches the limiter, and the record of the platform's policy. */
const schema = z.object({
  ...limiterEnv,
  [env.viewsTable]: planeEnv[env.viewsTable],
  [env.coordinationTable]: planeEnv[env.coordinationTable],
  [env.allowedOrigins]: planeEnv[env.allowedOrigins],
});

export function readConfig() {
  const read = schema.parse(process.env);
  return {
    viewsTable: read[env.viewsTable],
    coordinationTable: read[env.coordinationTable],
    allowedOrigins: read[env.allowedOrigins],
    valkeyUrl: valkeyUrlOf(read),
  };
}
