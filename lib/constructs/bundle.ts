import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { DockerImage } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { buildSync } from 'esbuild';

import { type FunctionName, functionNames } from '../../lambdas/env';

const handlersFolder = join(__dirname, '..', '..', 'lambdas', 'handlers');

const folderOf = (name: FunctionName): string => join(handlersFolder, name);

const entryOf = (name: FunctionName): string => join(folderOf(name), 'handler.ts');

/** Minified bundles by function, made by one run of esbuild for all: they share most of what has to be parsed. */
let bundles: ReadonlyMap<string, Uint8Array> | undefined;

function bundleOf(name: FunctionName): Uint8Array {
  bundles ??= bundleAll();
  const bundle = bundles.get(name);
  if (bundle === undefined) throw new Error(`${entryOf(name)} does not exist, so ${name} cannot be bundled`);
  return bundle;
}

/**
 * CommonJS, although Middy 6 and the SDK are bundled from their ES modules (which is what lets unused code be dropped): a single
 * CommonJS file is loaded synchronously, without Node's ESM loader, and the dependencies that still `require` built-in modules
 * need no shim. The target is the oldest Node that the local cloud runs the same bundles on; Lambda's is newer.
 * No source maps: they cost cold start when attached, and a stack's positions can be mapped by bundling the same commit again.
 */
function bundleAll(): ReadonlyMap<string, Uint8Array> {
  const present = functionNames.filter((name) => existsSync(entryOf(name)));
  const { outputFiles } = buildSync({
    entryPoints: present.map((name) => ({ in: entryOf(name), out: name })),
    outdir: 'bundles',
    write: false,
    bundle: true,
    minify: true,
    treeShaking: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    mainFields: ['module', 'main'],
    legalComments: 'none',
    logLevel: 'error',
  });
  return new Map(present.map((name) => [name, outputNamed(outputFiles, name)]));
}

function outputNamed(files: readonly { path: string; contents: Uint8Array }[], name: FunctionName): Uint8Array {
  const file = files.find(({ path }) => path.endsWith(join('bundles', `${name}.js`)));
  if (file === undefined) throw new Error(`esbuild wrote no bundle for ${name}`);
  return file.contents;
}

/** Code of one function: `index.js`, entry `index.handler`. CDK skips it where it needs no assets, as the tests of the templates do. */
export function bundledCode(name: FunctionName): Code {
  return Code.fromAsset(folderOf(name), {
    bundling: {
      // Never run: bundling happens in this process or fails.
      image: DockerImage.fromRegistry('none'),
      command: [name],
      local: {
        tryBundle(outputFolder: string): boolean {
          mkdirSync(outputFolder, { recursive: true });
          writeFileSync(join(outputFolder, 'index.js'), bundleOf(name));
          return true;
        },
      },
    },
  });
}
