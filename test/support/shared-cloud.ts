import type { TestCloud } from './local-cloud';

/** Setup and teardown are loaded apart from one another and share nothing but the global object. */
const holder = globalThis as { countinghouseSharedCloud?: TestCloud };

export function shareCloud(cloud: TestCloud): void {
  holder.countinghouseSharedCloud = cloud;
}

export function takeSharedCloud(): TestCloud | undefined {
  return holder.countinghouseSharedCloud;
}
