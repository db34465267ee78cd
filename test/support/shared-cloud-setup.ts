import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startCloud } from './local-cloud';
import { productAssembly } from './product-assembly';
import { shareCloud } from './shared-cloud';

/**
 * Jest's global setup of the projects `journeys` and `faults`: one seeded local cloud for all tests of each. LOCAL_CLOUD_JSON names the
 * description of one that runs already, which saves its start while tests are being written.
 */
export default async function setUp(
  _jest: unknown,
  { displayName }: { displayName?: { name: string } },
): Promise<void> {
  if (process.env['LOCAL_CLOUD_JSON'] !== undefined) return;
  const assemblyDir = await productAssembly();
  const cloud = await startCloud({ assemblyDir, seed: true, ...concurrencyOf(displayName?.name) });
  const file = join(mkdtempSync(join(tmpdir(), 'countinghouse-cloud-')), 'local.json');
  writeFileSync(file, JSON.stringify(cloud.description));
  process.env['LOCAL_CLOUD_JSON'] = file;
  // For tests that start a cloud of their own.
  process.env['COUNTINGHOUSE_ASSEMBLY'] = assemblyDir;
  shareCloud(cloud);
}

/** The thousands of requests of the matrix want few instances that are warm; races and floods, among the journeys, want many. */
function concurrencyOf(project: string | undefined): { readonly concurrency?: number } {
  return project === 'faults' ? { concurrency: 2 } : {};
}
