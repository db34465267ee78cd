import * as z from 'zod';

import { env } from '../../env';

const schema = z.object({
  [env.journalTable]: z.string().min(1),
  [env.viewsTable]: z.string().min(1),
  [env.coordinationTable]: z.string().min(1),
  [env.wormBucket]: z.string().min(1),
});

export function readConfig() {
  const read = schema.parse(process.env);
  return {
    journalTable: read[env.journalTable],
    viewsTable: read[env.viewsTable],
    coordinationTable: read[env.coordinationTable],
    wormBucket: read[env.wormBucket],
  };
}
