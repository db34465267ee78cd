import * as z from 'zod';

import { env } from '../../env';

const schema = z.object({
  [env.journalTable]: z.string().min(1),
  [env.coordinationTable]: z.string().min(1),
  [env.wormBucket]: z.string().min(1),
  [env.ledgerQueueUrl]: z.url(),
});

export function readConfig() {
  const read = schema.parse(process.env);
  return {
    journalTable: read[env.journalTable],
    coordinationTable: read[env.coordinationTable],
    wormBucket: read[env.wormBucket],
    ledgerQueueUrl: read[env.ledgerQueueUrl],
  };
}
