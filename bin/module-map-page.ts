import type { Module } from '../module-map.mjs';

/** docs/generated/module-map.md: who may import whom, as `npm test` checks it. */
export function moduleMapPage(modules: readonly Module[]): string {
  const rows = modules.map(
    ({ name, path, holds, may, packages }) =>
      `| ${name} | \`${readable(path)}\` | ${holds} | ${may.length === 0 ? '–' : may.join(', ')} | ${packagesOf(packages)} |`,
  );
  const instead = modules.map(({ name, instead: advice }) => `- **${name}**: ${advice}`);
  return [
    '# Module map',
    '',
    'Generated from `module-map.mjs` by `npm run generate`. Imports point one way; `.dependency-cruiser.mjs` turns this table into rules.',
    '',
    '| module | path | holds | may import | npm packages |',
    '|---|---|---|---|---|',
    ...rows,
    '',
    '## When a check fails',
    '',
    ...instead,
    '',
  ].join('\n');
}

function readable(path: string): string {
  return path
    .replace(/^\^/, '')
    .replace('(/|\\.ts$)', ', .ts')
    .replace('(middleware/|openapi\\.ts$)', '{middleware/, openapi.ts}')
    .replaceAll('\\', '')
    .replace(/\$$/, '');
}

function packagesOf(packages: Module['packages']): string {
  if (typeof packages === 'string') return packages;
  return packages.map((name) => name.replace(/^\^/, '').replace(/\$$/, '')).join(', ');
}
