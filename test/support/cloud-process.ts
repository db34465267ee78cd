import { join } from 'node:path';

import { localAccount, startLocalCloud, type LocalCloudOptions } from '../../local/local-cloud';
import { seed } from '../../local/seed';

/** Runs one local cloud until the process is told to end: `tsx cloud-process.ts '<options as JSON>'`. Sends its description to its parent when ready. */
async function run(): Promise<void> {
  process.env['TZ'] = 'UTC';
  const options = JSON.parse(process.argv[2] ?? '{}') as LocalCloudOptions & { readonly seed?: boolean };
  let stop = (): Promise<void> => Promise.resolve();
  const end = (): void => {
    void stop().then(() => process.exit(0));
  };
  process.once('SIGTERM', end);
  process.once('SIGINT', end);
  // A test run that dies takes its cloud along, even one that is still starting: engines end with this process.
  process.once('disconnect', end);
  const cloud = await startLocalCloud(options);
  stop = () => cloud.stop();
  const seeded = options.seed === true ? await seed(cloud, join(options.stateDir, 'state')) : undefined;
  const webhookUrl = Object.entries(cloud.functionUrls).find(([name]) => name.endsWith('-webhook-ingest'))?.[1];
  const description = {
    ...(webhookUrl === undefined ? {} : { webhookUrl }),
    ...seeded,
    region: localAccount.region,
    apiUrl: cloud.apiUrl,
    awsEndpoint: cloud.awsEndpoint,
    adminCredentials: cloud.adminCredentials,
    userPoolId: cloud.userPoolId,
    userPoolClientId: cloud.userPoolClientId,
    functionUrls: cloud.functionUrls,
    providers: cloud.providers,
    stateDir: options.stateDir,
  };
  process.send?.(description);
}

run().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exit(1);
});
