import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';

/** A function as a fresh execution environment meets it. */
export interface Bundle {
  readonly name: string;
  /** Holds its `index.js`. */
  readonly taskRoot: string;
  readonly environment: Readonly<Record<string, string>>;
}

export interface ColdStart {
  readonly name: string;
  readonly bundleBytes: number;
  /** Loading the bundle in a fresh process: wall clock and processor time in milliseconds, medians. */
  readonly initMs: number;
  readonly initCpuMs: number;
}

/** Runs in the fresh process. Every bundle exports a handler when it has loaded, or it has not loaded. */
const load = `
  const cpu = process.cpuUsage();
  const startedMs = performance.now();
  const { handler } = require(process.argv[1]);
  const initMs = performance.now() - startedMs;
  const { user, system } = process.cpuUsage(cpu);
  if (typeof handler !== 'function') throw new Error('no handler');
  console.log(JSON.stringify([initMs, (user + system) / 1000]));
  process.exit(0);
`;

/**
 * Loads every bundle `runs` times, each time in a new process and in turns, so that whatever else the machine does at a time meets
 * all of them. As in Lambda, `node:http` is there before the function is.
 */
export function measureColdStarts(bundles: readonly Bundle[], runs: number): readonly ColdStart[] {
  const samples = new Map<string, (readonly [number, number])[]>();
  for (let run = 0; run < runs; run += 1) {
    for (const bundle of bundles) {
      samples.set(bundle.name, [...(samples.get(bundle.name) ?? []), initOnce(bundle)]);
    }
  }
  return bundles.map(({ name, taskRoot }) => ({
    name,
    bundleBytes: statSync(join(taskRoot, 'index.js')).size,
    initMs: median((samples.get(name) ?? []).map(([wall]) => wall)),
    initCpuMs: median((samples.get(name) ?? []).map(([, cpu]) => cpu)),
  }));
}

function initOnce({ name, taskRoot, environment }: Bundle): readonly [number, number] {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--require', 'node:http', '--eval', load, join(taskRoot, 'index.js')],
    {
      encoding: 'utf8',
      env: {
        AWS_REGION: 'eu-central-1',
        AWS_ACCESS_KEY_ID: 'none',
        AWS_SECRET_ACCESS_KEY: 'none',
        AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
        AWS_LAMBDA_FUNCTION_NAME: name,
        LAMBDA_TASK_ROOT: taskRoot,
        ...environment,
      },
    },
  );
  if (status !== 0) throw new Error(`${name} does not load: ${stderr}`);
  const read: unknown = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
  if (!Array.isArray(read)) throw new Error(`${name}: unexpected output ${stdout}`);
  return [Number(read[0]), Number(read[1])];
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;
}
