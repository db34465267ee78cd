import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { buildSync } from 'esbuild';

import { type FunctionName, functionNames } from '../../lambdas/env';
import { bundleOptions } from './bundle-options';

const lambdasFolder = join(__dirname, '..', '..', 'lambdas');

const handlersFolder = join(lambdasFolder, 'handlers');

const valkeyLibrary = 'iovalkey';

const environmentCredentials = join(lambdasFolder, 'adapters', 'environment-credentials.ts');

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
 * Beside what every bundle has in common: a function's credentials are in its environment, so the SDK's chain of credential
 * providers, which every client drags in, is replaced by a reading of it.
 */
function bundleAll(): ReadonlyMap<string, Uint8Array> {
  const present = functionNames.filter((name) => existsSync(entryOf(name)));
  const { outputFiles } = buildSync({
    entryPoints: present.map((name) => ({ in: entryOf(name), out: name })),
    outdir: 'bundles',
    write: false,
    ...bundleOptions,
    alias: { '@aws-sdk/credential-provider-node': environmentCredentials },
    // Loaded by the few stages that need it, from beside their bundles: `writeValkeyLibrary`.
    external: [valkeyLibrary],
    supported: { 'dynamic-import': false },
  });
  return new Map(present.map((name) => [name, outputNamed(outputFiles, name)]));
}

/** The client of Valkey as a module of its own, where `import` in a bundle finds it. */
function writeValkeyLibrary(outputFolder: string): void {
  buildSync({
    entryPoints: [require.resolve(valkeyLibrary)],
    outfile: join(outputFolder, 'node_modules', valkeyLibrary, 'index.js'),
    ...bundleOptions,
  });
}

function outputNamed(files: readonly { path: string; contents: Uint8Array }[], name: FunctionName): Uint8Array {
  const file = files.find(({ path }) => path.endsWith(join('bundles', `${name}.js`)));
  if (file === undefined) throw new Error(`esbuild wrote no bundle for ${name}`);
  return file.contents;
}

/** What is deployed of a function: `index.js`, and the client of Valkey beside it where it is used. */
export function writeBundle(
  name: FunctionName,
  folder: string,
  { withValkey }: { readonly withValkey: boolean },
): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'index.js'), bundleOf(name));
  if (withValkey) writeValkeyLibrary(folder);
}

/**
 * Code of one function: `index.js`, entry `index.handler`. CDK skips it where it needs no assets, as the tests of the templates do.
 * It is named by what comes out: whatever changes outside of the handler's folder must be deployed as well.
 */
export function bundledCode(name: FunctionName, { withValkey }: { readonly withValkey: boolean }): Code {
  return Code.fromAsset(folderOf(name), {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      // Never run: bundling happens in this process or fails.
      image: DockerImage.fromRegistry('none'),
      command: [name],
      local: {
        tryBundle(outputFolder: string): boolean {
          writeBundle(name, outputFolder, { withValkey });
          return true;
        },
      },
    },
  });
}
