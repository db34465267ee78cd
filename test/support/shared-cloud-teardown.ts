import { takeSharedCloud } from './shared-cloud';

/** Jest's global teardown of the `cloud` project. */
export default async function tearDown(): Promise<void> {
  await takeSharedCloud()?.stop();
}
