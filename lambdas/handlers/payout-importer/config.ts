import * as z from 'zod';

import { env } from '../../env';

/** What this function reads of its environment. */
const schema = z.object({
  [env.journalTable]: z.string().min(1),
  [env.viewsTable]: z.string().min(1),
  [env.tenantRoleArn]: z.string().min(1),
  [env.connectionSecretPrefix]: z.string().min(1),
  [env.payoutImportsQueueUrl]: z.url(),
  // Absent in stages without the sandbox.
  [env.sandboxUrl]: z.url().optional(),
});

export function readConfig() {
  const read = schema.parse(process.env);
  return {
    journalTable: read[env.journalTable],
    viewsTable: read[env.viewsTable],
    tenantRoleArn: read[env.tenantRoleArn],
    connectionSecretPrefix: read[env.connectionSecretPrefix],
    queueUrl: read[env.payoutImportsQueueUrl],
    sandboxUrl: read[env.sandboxUrl],
  };
}
