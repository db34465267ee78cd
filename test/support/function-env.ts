import { env, optionalEnv } from '../../lambdas/env';

/**
 * An environment in which every handler can be loaded: a handler binds its real dependencies on its last line, when a test
 * imports its factory. Nothing is ever sent with it. Import this file before the handler.
 */
const urls: ReadonlySet<string> = new Set([
  env.webhooksQueueUrl,
  env.webhooksDeadLetterQueueUrl,
  env.webhookRedrivesQueueUrl,
  env.notificationsQueueUrl,
  env.payoutImportsQueueUrl,
  env.ledgerQueueUrl,
  env.sandboxWebhooksQueueUrl,
  env.sandboxUrl,
  env.webhookUrl,
  env.consoleUrl,
  env.allowedOrigins,
]);

const flags: ReadonlySet<string> = new Set([env.autoConfirmSignUps]);

const numbers: ReadonlySet<string> = new Set([env.webhooksMaxReceiveCount, env.payoutImportsMaxReceiveCount]);

for (const name of Object.values(env).filter((each) => !optionalEnv.has(each))) {
  process.env[name] ??= urls.has(name) ? `https://${name.toLowerCase().replaceAll('_', '-')}.invalid` : plain(name);
}

process.env.AWS_REGION ??= 'eu-central-1';

function plain(name: string): string {
  if (flags.has(name)) return 'false';
  return numbers.has(name) ? '1' : 'test';
}
