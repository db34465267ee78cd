import * as z from 'zod';

import { env } from '../../env';

/** What this function reads of its environment. */
const schema = z.object({ [env.sandboxTable]: z.string().min(1), [env.webhookUrl]: z.url() });

export function readConfig(variables: Readonly<Record<string, string | undefined>> = process.env) {
  const read = schema.parse(variables);
  return { sandboxTable: read[env.sandboxTable], webhookUrl: read[env.webhookUrl] };
}
