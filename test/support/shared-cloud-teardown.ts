import { rmSync } from 'node:fs';
import { dirname } from 'node:path';

import { takeSharedCloud } from './shared-cloud';

/** Jest's global teardown of the `cloud` project. */
export default async function tearDown(): Promise<void> {
  const cloud = takeSharedCloud();
  if (cloud === undefined) return;
  await cloud.stop();
  const file = process.env['LOCAL_CLOUD_JSON'];
  if (file !== undefined) rmSync(dirname(file), { recursive: true, force: true });
}
