import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { localAccounts } from './providers/serve';
import { localAccount, startLocalCloud, type LocalCloud } from './local-cloud';
import { seed, type Seed } from './seed';
import { synthesize } from './synth';

/**
 * `npm start`: the whole product on this machine. `PORT` (default 4000) is the API's port, the following ones those of the AWS
 * endpoint and the Function URLs; `--fresh` throws away what earlier runs left; `COUNTINGHOUSE_HOME` names another directory for
 * all of it.
 */
const projectDir = join(__dirname, '..');
const homeDir = resolve(process.env['COUNTINGHOUSE_HOME'] ?? join(projectDir, '.countinghouse'));
const descriptionFile = join(homeDir, 'local.json');

async function main(): Promise<void> {
  process.env['TZ'] = 'UTC';
  const running: { cloud?: LocalCloud } = {};
  endOnSignal(running);
  const port = readPort(process.env['PORT']);
  const assemblyDir = await synthesize({
    projectDir,
    cacheDir: homeDir,
    onStart: () => console.log('Synthesizing the stacks …'),
  });
  console.log('Starting the local cloud …');
  const cloud = await startLocalCloud({
    assemblyDir,
    stateDir: homeDir,
    port,
    fresh: process.argv.includes('--fresh'),
  });
  running.cloud = cloud;
  const seeded = await seed(cloud, join(homeDir, 'state'));
  const description = describe(cloud, seeded);
  mkdirSync(homeDir, { recursive: true });
  writeFileSync(descriptionFile, `${JSON.stringify(description, undefined, 2)}\n`);
  print(description, seeded);
}

function readPort(text: string | undefined): number {
  const port = text === undefined || text === '' ? 4000 : Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_500)
    throw new Error(`PORT must be a port number below 65500, not ${JSON.stringify(text)}`);
  return port;
}

function describe(cloud: LocalCloud, { users }: Seed) {
  const webhookUrl = Object.entries(cloud.functionUrls).find(([name]) => name.endsWith('-webhook-ingest'))?.[1];
  if (webhookUrl === undefined) throw new Error('webhook-ingest has no Function URL');
  const { apiUrl, awsEndpoint, userPoolId, userPoolClientId, providers } = cloud;
  return {
    apiUrl,
    webhookUrl,
    providers,
    awsEndpoint,
    region: localAccount.region,
    userPoolId,
    userPoolClientId,
    users,
  };
}

function print(description: ReturnType<typeof describe>, seeded: Seed): void {
  const { apiUrl, webhookUrl, awsEndpoint, users, providers } = description;
  const admin = users.find(({ role }) => role === 'admin');
  if (admin === undefined) throw new Error('no Admin was seeded');
  const signIn = JSON.stringify({
    ClientId: description.userPoolClientId,
    AuthFlow: 'USER_PASSWORD_AUTH',
    AuthParameters: { USERNAME: admin.email, PASSWORD: admin.password },
  });
  const payment = JSON.stringify({
    amount: { amount: 1099, currency: 'USD' },
    paymentMethod: { token: 'tok_success' },
  });
  console.log(`
Countinghouse is ready.

  API        ${apiUrl}
  Webhooks   ${webhookUrl}
  AWS        ${awsEndpoint}
  Tenant     ${seeded.tenantId}

  Users (all of this is in .countinghouse/local.json, too)
${users.map(({ role, email, password, totpSecret }) => `    ${role.padEnd(12)} ${email.padEnd(26)} ${password}   TOTP ${totpSecret ?? '-'}`).join('\n')}

  Fakes of payment providers, connected to like the real ones (POST /v1/tenants/{tenantId}/provider-connections)
${servedProviders
  .map((name) => `    ${name.padEnd(8)} ${providers[name]}  credentials ${JSON.stringify(localAccounts[name])}`)
  .join('\n')}

  Sign in and take a first payment:

TOKEN=$(curl -s ${awsEndpoint} -H 'Content-Type: application/x-amz-json-1.1' -H 'X-Amz-Target: AWSCognitoIdentityProviderService.InitiateAuth' -d '${signIn}' | sed 's/.*"IdToken":"\\([^"]*\\)".*/\\1/')
curl -s -X POST ${apiUrl}/v1/tenants/${seeded.tenantId}/payments -H "Authorization: $TOKEN" -H "Idempotency-Key: first-$(date +%s)" -H 'Content-Type: application/json' -d '${payment}'

  Ctrl-C ends it; what happened is kept for the next start, or thrown away by: npm start -- --fresh
`);
}

const servedProviders = ['stripe', 'adyen', 'paypal'] as const;

/** Whoever presses Ctrl-C again after this long does not want to wait. */
const sameWishMs = 1_500;

/** Ends once, in order; a second signal ends at once. While it starts there is nothing to flush: engines die with the process. */
function endOnSignal(running: { readonly cloud?: LocalCloud }): void {
  let endingSinceMs: number | undefined;
  const end = (): void => {
    // A terminal sends Ctrl-C to this process and to npm, which passes it on: the second of the two is the same wish.
    if (endingSinceMs !== undefined && performance.now() - endingSinceMs < sameWishMs) return;
    if (endingSinceMs !== undefined) process.exit(1);
    endingSinceMs = performance.now();
    if (running.cloud === undefined) process.exit(0);
    console.log('\nEnding …');
    rmSync(descriptionFile, { force: true });
    running.cloud.stop().then(
      () => {
        console.log('Ended. Everything is kept for the next npm start.');
        process.exit(0);
      },
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  };
  process.on('SIGINT', end);
  process.on('SIGTERM', end);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
