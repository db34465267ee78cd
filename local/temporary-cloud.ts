import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startLocalCloud, type LocalCloud } from './local-cloud';
import { synthesize } from './synth';

export interface TemporaryCloud {
  readonly cloud: LocalCloud;
  readonly stateDir: string;
  /** Ends the cloud and removes its state. */
  readonly end: () => Promise<void>;
}

/** A new and empty cloud for one run: free ports, state in a temporary directory. A signal ends it, too. */
export async function startTemporaryCloud(onSynthesis: () => void): Promise<TemporaryCloud> {
  process.env['TZ'] = 'UTC';
  const projectDir = join(__dirname, '..');
  const cacheDir = join(projectDir, '.countinghouse');
  const assemblyDir = await synthesize({ projectDir, cacheDir, onStart: onSynthesis });
  const stateDir = mkdtempSync(join(tmpdir(), 'countinghouse-'));
  const remove = (): void => rmSync(stateDir, { recursive: true, force: true });
  const cloud = await startLocalCloud({ assemblyDir, stateDir, port: 0, quiet: true }).catch((error: unknown) => {
    remove();
    throw error;
  });
  const end = async (): Promise<void> => {
    await cloud.stop();
    remove();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void end().finally(() => process.exit(1)));
  }
  return { cloud, stateDir, end };
}
