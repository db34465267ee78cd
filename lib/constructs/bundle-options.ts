import type { BuildOptions } from 'esbuild';

/**
 * How every bundle is made; the benchmark's peers are made the same way.
 *
 * CommonJS, although Middy 6 and the SDK are bundled from their ES modules (which is what lets unused code be dropped): a single
 * CommonJS file is loaded synchronously, without Node's ESM loader, and the dependencies that still `require` built-in modules
 * need no shim. The target is the oldest Node that the local cloud runs the same bundles on; Lambda's is newer.
 * No source maps: they cost cold start when attached, and a stack's positions can be mapped by bundling the same commit again.
 */
export const bundleOptions = {
  bundle: true,
  minify: true,
  treeShaking: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  mainFields: ['module', 'main'],
  legalComments: 'none',
  logLevel: 'error',
} as const satisfies BuildOptions;
