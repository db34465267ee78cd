import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join, relative, resolve as absolute } from 'node:path';

import { asObject, asString, parseJson } from './assembly/json';

/** What a synthesis reads: the application, the functions it bundles, the headings that alarms must have, the locked dependencies. */
const inputs = ['bin', 'lib', 'lambdas', 'docs/runbook.md', 'cdk.json', 'package-lock.json', 'tsconfig.json'];

export interface SynthOptions {
  readonly projectDir: string;
  /** Keeps the assemblies of the last few versions of the sources. */
  readonly cacheDir: string;
  /** Called only if there is something to do. */
  readonly onStart?: () => void;
}

/** Assemblies that are kept: a cloud that runs on an older one goes on finding its bundles. */
const keptAssemblies = 3;

/** Synthesizes the `dev` stage unless nothing it depends on has changed; answers the directory of the assembly. */
export async function synthesize({ projectDir, onStart, ...options }: SynthOptions): Promise<string> {
  const folder = join(absolute(options.cacheDir), 'assemblies');
  const outDir = join(folder, inputsHash(projectDir).slice(0, 16));
  if (existsSync(join(outDir, 'manifest.json'))) return outDir;
  onStart?.();
  mkdirSync(folder, { recursive: true });
  // Made beside and moved over, so that a synthesis that fails or is interrupted leaves nothing that looks whole.
  const newDir = join(folder, `new-${process.pid}`);
  try {
    await runApp(projectDir, newDir);
    if (!existsSync(outDir)) renameSync(newDir, outDir);
  } finally {
    rmSync(newDir, { recursive: true, force: true });
  }
  forgetOldAssemblies(folder);
  return outDir;
}

function forgetOldAssemblies(folder: string): void {
  const byAge = readdirSync(folder)
    .filter((name) => !name.startsWith('new-'))
    .map((name) => ({ path: join(folder, name), atMs: statSync(join(folder, name)).mtimeMs }))
    .sort((left, right) => right.atMs - left.atMs);
  for (const { path } of byAge.slice(keptAssemblies)) rmSync(path, { recursive: true, force: true });
}

export function inputsHash(projectDir: string): string {
  const hash = createHash('sha256');
  for (const file of inputs.flatMap((input) => filesUnder(join(projectDir, input))).sort()) {
    hash
      .update(`${relative(projectDir, file)}\0`)
      .update(readFileSync(file))
      .update('\0');
  }
  return hash.digest('hex');
}

function filesUnder(path: string): string[] {
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** Runs the application as the CDK CLI would, without the CLI: its command and context are in cdk.json. */
function runApp(projectDir: string, outDir: string): Promise<void> {
  const settings = asObject(parseJson(readFileSync(join(projectDir, 'cdk.json'), 'utf8')), 'cdk.json');
  const context = { ...asObject(settings['context'] ?? {}, 'cdk.json context'), stage: 'dev' };
  const app = spawn(asString(settings['app'], 'cdk.json app'), {
    cwd: projectDir,
    shell: true,
    env: { ...process.env, CDK_OUTDIR: outDir, CDK_CONTEXT_JSON: JSON.stringify(context) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const kill = (): void => void app.kill();
  process.once('exit', kill);
  const output: string[] = [];
  app.stdout.on('data', (chunk: Buffer) => output.push(chunk.toString()));
  app.stderr.on('data', (chunk: Buffer) => output.push(chunk.toString()));
  return new Promise((resolve, reject) => {
    app.once('error', reject);
    app.once('exit', () => process.removeListener('exit', kill));
    app.once('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`The synthesis failed:\n${output.join('')}`)),
    );
  });
}
