import * as z from 'zod';

import { env } from '../../env';
import { planeConfigOf, planeEnv } from '../service-dependencies';

const schema = z.object({
  ...planeEnv,
  [env.cursorSecretArn]: z.string().min(1),
  [env.sealingKeyArn]: z.string().min(1),
  [env.addressKeyArn]: z.string().min(1),
});

export function readConfig() {
  const read = schema.parse(process.env);
  return {
    ...planeConfigOf(read),
    cursorSecretArn: read[env.cursorSecretArn],
    sealingKeyArn: read[env.sealingKeyArn],
    addressKeyArn: read[env.addressKeyArn],
  };
}
