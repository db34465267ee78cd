import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Everything that gates a change, in one command: format, lint, types, dependency rules, dead code, synthesis of both stages,
 * and all tests. It goes on after a failure, so that one run shows everything, and ends with `N passed, N failed`.
 */
interface Gate {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
}

const gates: readonly Gate[] = [
  { name: 'format', command: ['prettier', '--check', '--log-level', 'warn', '.'] },
  { name: 'lint', command: ['eslint', '--max-warnings', '0', '.'] },
  { name: 'types', command: ['tsc', '--noEmit', '-p', '.'] },
  {
    name: 'dependency rules',
    command: [
      'depcruise',
      '--config',
      '.dependency-cruiser.mjs',
      'lambdas',
      'lib',
      'bin',
      'local',
      'simulation',
      'bench',
      'test',
    ],
  },
  { name: 'dead code', command: ['knip'] },
  { name: 'synth dev', command: ['cdk', 'synth', '--quiet', '--all', '-c', 'stage=dev', '-o', 'cdk.out'] },
  { name: 'synth prod', command: ['cdk', 'synth', '--quiet', '--all', '-c', 'stage=prod', '-o', 'cdk.out.prod'] },
];

/** What the gates synthesize, for the tests to run and to read. */
const assemblies = {
  COUNTINGHOUSE_ASSEMBLY: 'cdk.out',
  COUNTINGHOUSE_DEV_TEMPLATES: 'cdk.out',
  COUNTINGHOUSE_PROD_TEMPLATES: 'cdk.out.prod',
};

interface Outcome {
  readonly name: string;
  readonly passed: boolean;
  readonly seconds: number;
  readonly output: string;
}

async function main(): Promise<number> {
  const outcomes = await inLanes(gates, 2);
  for (const outcome of outcomes) {
    if (!outcome.passed) console.log(`\n--- ${outcome.name} failed ---\n${outcome.output}`);
  }
  const startedAt = performance.now();
  const tests = await runTests();

  console.log('');
  for (const outcome of outcomes) {
    console.log(`${outcome.passed ? 'ok    ' : 'FAILED'} ${outcome.name} (${outcome.seconds.toFixed(0)} s)`);
  }
  console.log(
    `${tests.failed === 0 ? 'ok    ' : 'FAILED'} tests (${((performance.now() - startedAt) / 1000).toFixed(0)} s)`,
  );

  const passed = outcomes.filter((outcome) => outcome.passed).length + tests.passed;
  const failed = outcomes.filter((outcome) => !outcome.passed).length + tests.failed;
  console.log(`\n${String(passed)} passed, ${String(failed)} failed`);
  return failed === 0 ? 0 : 1;
}

/** Runs the gates in order on so many lanes: there are two cores, and most gates use one. */
async function inLanes(queue: readonly Gate[], lanes: number): Promise<readonly Outcome[]> {
  const waiting = [...queue];
  const outcomes: Outcome[] = [];
  const lane = async (): Promise<void> => {
    for (let gate = waiting.shift(); gate !== undefined; gate = waiting.shift()) {
      const outcome = await runGate(gate);
      console.log(`${outcome.passed ? 'ok    ' : 'FAILED'} ${outcome.name} (${outcome.seconds.toFixed(0)} s)`);
      outcomes.push(outcome);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return outcomes;
}

async function runGate(gate: Gate): Promise<Outcome> {
  const startedAt = performance.now();
  const { code, output } = await run(gate.command, false);
  return { name: gate.name, passed: code === 0, seconds: (performance.now() - startedAt) / 1000, output };
}

interface Tests {
  readonly passed: number;
  readonly failed: number;
}

/** The tests that need nothing run on both cores; then those of two local clouds beside each other, each one after the other. */
async function runTests(): Promise<Tests> {
  const unit = await runJest(['--selectProjects', 'unit']);
  const clouds = await Promise.all(
    ['journeys', 'faults'].map((project) => runJest(['--selectProjects', project, '--runInBand'])),
  );
  const all = [unit, ...clouds];
  return {
    passed: all.reduce((sum, { passed }) => sum + passed, 0),
    failed: all.reduce((sum, { failed }) => sum + failed, 0),
  };
}

async function runJest(args: readonly string[]): Promise<Tests> {
  const folder = mkdtempSync(join(tmpdir(), 'countinghouse-jest-'));
  const file = join(folder, 'results.json');
  try {
    const { code } = await run(['jest', ...args, '--json', `--outputFile=${file}`], true);
    if (!existsSync(file)) return { passed: 0, failed: 1 };
    const results: unknown = JSON.parse(readFileSync(file, 'utf8'));
    const passed = count(results, 'numPassedTests');
    // A suite that does not load has no failed test of its own; a runner that fails otherwise must not count as green.
    const failed = count(results, 'numFailedTests') + count(results, 'numRuntimeErrorTestSuites');
    return { passed, failed: failed === 0 && code !== 0 ? 1 : failed };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function count(results: unknown, name: string): number {
  if (results === null || typeof results !== 'object') throw new Error('jest wrote no results');
  const value: unknown = Object.getOwnPropertyDescriptor(results, name)?.value;
  if (typeof value !== 'number') throw new Error(`jest wrote no ${name}`);
  return value;
}

function run(
  [program, ...args]: readonly [string, ...string[]],
  show: boolean,
): Promise<{ code: number; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(join('node_modules', '.bin', program), args, {
      env: { ...process.env, ...assemblies },
      stdio: ['ignore', show ? 'inherit' : 'pipe', show ? 'inherit' : 'pipe'],
    });
    let output = '';
    child.stdout?.on('data', (data: Buffer) => (output += data.toString()));
    child.stderr?.on('data', (data: Buffer) => (output += data.toString()));
    child.on('error', reject);
    child.on('close', (code) => {
      resolve({ code: code ?? 1, output });
    });
  });
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    console.error(error);
    console.log('\n0 passed, 1 failed');
    process.exitCode = 1;
  },
);
