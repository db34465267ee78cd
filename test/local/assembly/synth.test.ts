import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { synthesize } from '../../../local/synth';

let projectDir: string;
let cacheDir: string;
const runs: string[] = [];
const synth = () => synthesize({ projectDir, cacheDir, onStart: () => runs.push('synth') });
const write = (file: string, text: string) => writeFileSync(join(projectDir, file), text);

beforeEach(() => {
  runs.length = 0;
  projectDir = mkdtempSync(join(tmpdir(), 'synth-'));
  cacheDir = join(projectDir, 'cache');
  mkdirSync(join(projectDir, 'lib'));
  write('cdk.json', JSON.stringify({ app: 'node app.js', context: { colour: 'red' } }));
  write(
    'app.js',
    `const { mkdirSync, writeFileSync } = require('node:fs');
     mkdirSync(process.env.CDK_OUTDIR);
     writeFileSync(process.env.CDK_OUTDIR + '/manifest.json', process.env.CDK_CONTEXT_JSON);
     if (require('node:fs').existsSync('lib/broken.ts')) throw new Error('broken on purpose');`,
  );
  write('lib/stack.ts', 'one');
});
afterEach(() => rmSync(projectDir, { recursive: true }));

it('runs the application with the context of cdk.json for the dev stage', async () => {
  const outDir = await synth();

  expect(JSON.parse(readFileSync(join(outDir, 'manifest.json'), 'utf8'))).toEqual({ colour: 'red', stage: 'dev' });
});

it('runs it again only when a source has changed, and goes back to an assembly it still has', async () => {
  const first = await synth();
  expect(await synth()).toBe(first);
  expect(runs).toHaveLength(1);

  write('lib/stack.ts', 'two');
  expect(await synth()).not.toBe(first);
  write('lib/stack.ts', 'one');
  expect(await synth()).toBe(first);
  expect(runs).toHaveLength(2);
});

it('leaves nothing that looks whole when the application fails, and shows what it said', async () => {
  write('lib/broken.ts', '');

  await expect(synth()).rejects.toThrow('broken on purpose');
  expect(readdirSync(join(cacheDir, 'assemblies'))).toEqual([]);
});

it('keeps the last few assemblies, for clouds that run on them', async () => {
  for (const version of ['1', '2', '3', '4', '5']) {
    write('lib/stack.ts', version);
    await synth();
  }
  expect(readdirSync(join(cacheDir, 'assemblies'))).toHaveLength(3);
});
