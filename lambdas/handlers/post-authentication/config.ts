import * as z from 'zod';

import { env } from '../../env';

/** What this function reads of its environment. */
const schema = z.object({ [env.journalTable]: z.string().min(1) });

export function readConfig() {
  return { journalTable: schema.parse(process.env)[env.journalTable] };
}
