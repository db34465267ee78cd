import * as z from 'zod';

import { env } from '../../env';

/** What this function reads of its environment. */
const schema = z.object({ [env.autoConfirmSignUps]: z.enum(['true', 'false']) });

export function readConfig() {
  return { autoConfirm: schema.parse(process.env)[env.autoConfirmSignUps] === 'true' };
}
