import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { App } from 'aws-cdk-lib';

import type { StageConfig } from '../../lib/config/stage-config';
import { addProduct } from '../../lib/stacks/product';
import { contextOf, readAssembly, type Synthesized } from './synthesized';

/** The constructs of a stage, for what the templates do not tell, or of one that is set up in another way. */
export function synthesizeApp(config: StageConfig): Synthesized & { app: App } {
  const { stage } = config;
  const app = new App({
    outdir: mkdtempSync(join(tmpdir(), `countinghouse-${stage}-`)),
    analyticsReporting: false,
    context: contextOf(stage),
  });
  addProduct(app, config);
  const { directory } = app.synth();
  return { app, ...readAssembly(directory, config) };
}
