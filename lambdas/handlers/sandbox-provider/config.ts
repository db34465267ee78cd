import * as z from 'zod';

import { env } from '../../env';

/** What this function reads of its environment. */
const schema = z.object({ [env.sandboxTable]: z.string().min(1), [env.sandboxWebhooksQueueUrl]: z.url() });

export function readConfig(variables: Readonly<Record<string, string | undefined>> = process.env) {
  const read = schema.parse(variables);
  return { sandboxTable: read[env.sandboxTable], queueUrl: read[env.sandboxWebhooksQueueUrl] };
}
