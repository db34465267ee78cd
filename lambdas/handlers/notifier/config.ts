import * as z from 'zod';

import { env } from '../../env';

const schema = z.object({
  [env.journalTable]: z.string().min(1),
  [env.sealingKeyArn]: z.string().min(1),
  [env.tokenKeyArn]: z.string().min(1),
  [env.resendSecretArn]: z.string().min(1),
  [env.consoleUrl]: z.url(),
  [env.mailFrom]: z.string().min(3),
  [env.userPoolId]: z.string().min(1),
});

export function readConfig() {
  const read = schema.parse(process.env);
  return {
    journalTable: read[env.journalTable],
    sealingKeyArn: read[env.sealingKeyArn],
    tokenKeyArn: read[env.tokenKeyArn],
    resendSecretArn: read[env.resendSecretArn],
    consoleUrl: read[env.consoleUrl].replace(/\/+$/, ''),
    mailFrom: read[env.mailFrom],
    userPoolId: read[env.userPoolId],
  };
}
