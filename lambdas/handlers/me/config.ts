import * as z from 'zod';

import { env } from '../../env';
import { planeConfigOf, planeEnv } from '../service-dependencies';

const schema = z.object({ ...planeEnv, [env.sealingKeyArn]: z.string().min(1), [env.consoleUrl]: z.url() });

export function readConfig() {
  const read = schema.parse(process.env);
  return { ...planeConfigOf(read), sealingKeyArn: read[env.sealingKeyArn], consoleUrl: read[env.consoleUrl] };
}
