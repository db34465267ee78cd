import { cpSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { buildSync } from 'esbuild';

import { bundleOptions } from '../../../lib/constructs/bundle-options';
import { runProbe } from './probe';

interface Template {
  readonly Resources?: Readonly<
    Record<
      string,
      { Type: string; Properties?: { FunctionName?: string; Handler?: string; Code?: { S3Key?: string } } }
    >
  >;
}

/**
 * A copy of an assembly in which the probe stands in place of the code of some functions. All else is as synthesized: roles,
 * policies, tables, keys, and the functions' own names and environment.
 */
export function probeAssembly(assemblyDir: string, isReplaced: (functionName: string) => boolean): string {
  const directory = mkdtempSync(join(tmpdir(), 'countinghouse-probe-'));
  cpSync(assemblyDir, directory, { recursive: true });
  const probe = bundledProbe();
  for (const file of readdirSync(directory).filter((name) => name.endsWith('.template.json'))) {
    const { Resources = {} } = JSON.parse(readFileSync(join(directory, file), 'utf8')) as Template;
    for (const { Type, Properties } of Object.values(Resources)) {
      const { FunctionName: name, Code } = Properties ?? {};
      if (Type !== 'AWS::Lambda::Function' || name === undefined || !isReplaced(name)) continue;
      const hash = /^([0-9a-f]{64})\.zip$/.exec(Code?.S3Key ?? '')?.[1];
      if (hash === undefined) throw new Error(`${name} has no asset to replace`);
      writeFileSync(join(directory, `asset.${hash}`, 'index.js'), probe);
    }
  }
  return directory;
}

function bundledProbe(): Uint8Array {
  const { outputFiles } = buildSync({
    stdin: { contents: `export { ${runProbe.name} as handler } from './probe'`, resolveDir: __dirname },
    write: false,
    ...bundleOptions,
  });
  const [file] = outputFiles;
  if (file === undefined) throw new Error('esbuild wrote no probe');
  return file.contents;
}
