import * as z from 'zod';

import { env } from '../../env';

/** What this function reads of its environment. */
const schema = z.object({
  [env.journalTable]: z.string().min(1),
  [env.viewsTable]: z.string().min(1),
  [env.coordinationTable]: z.string().min(1),
  [env.tenantRoleArn]: z.string().min(1),
  [env.webhooksQueueUrl]: z.url(),
  [env.webhookRedrivesQueueUrl]: z.url(),
});

export function readConfig() {
  const read = schema.parse(process.env);
  return {
    journalTable: read[env.journalTable],
    viewsTable: read[env.viewsTable],
    coordinationTable: read[env.coordinationTable],
    tenantRoleArn: read[env.tenantRoleArn],
    queueUrl: read[env.webhooksQueueUrl],
    redrivesQueueUrl: read[env.webhookRedrivesQueueUrl],
  };
}
