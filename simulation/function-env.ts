import { env, optionalEnv } from '../lambdas/env';

/**
 * The handlers bind their real dependencies on their last line, when their factories are imported. Import this first: nothing is
 * ever sent with what it sets.
 */
for (const name of Object.values(env).filter((each) => !optionalEnv.has(each))) process.env[name] ??= valueOf(name);

process.env.AWS_REGION ??= 'eu-central-1';

function valueOf(name: string): string {
  if (name === env.webhooksMaxReceiveCount) return '5';
  return name.endsWith('_URL') || name.endsWith('_ORIGINS') ? 'https://simulated.invalid' : 'simulated';
}
