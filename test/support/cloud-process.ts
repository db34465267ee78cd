import { startLocalCloud, type LocalCloudOptions } from '../../local/local-cloud';

/** Runs one local cloud until the process is told to end: `tsx cloud-process.ts '<options as JSON>'`. Prints one line of JSON when ready. */
async function run(): Promise<void> {
  process.env['TZ'] = 'UTC';
  const options = JSON.parse(process.argv[2] ?? '{}') as LocalCloudOptions;
  const cloud = await startLocalCloud(options);
  const end = (): void => {
    void cloud.stop().then(() => process.exit(0));
  };
  process.once('SIGTERM', end);
  process.once('SIGINT', end);
  // A test run that dies takes its cloud along.
  process.once('disconnect', end);
  const description = {
    apiUrl: cloud.apiUrl,
    awsEndpoint: cloud.awsEndpoint,
    adminCredentials: cloud.adminCredentials,
    userPoolId: cloud.userPoolId,
    userPoolClientId: cloud.userPoolClientId,
    functionUrls: cloud.functionUrls,
    stateDir: options.stateDir,
  };
  process.send?.(description);
}

run().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
