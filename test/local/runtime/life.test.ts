import { execFileSync, fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { CloudDescription } from '../../support/local-cloud';
import { fixtureAssembly } from '../fixture/assembly';

interface Process {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  readonly output: () => string;
  readonly ready: Promise<CloudDescription>;
}

const stateDir = mkdtempSync(join(tmpdir(), 'life-'));
const processes: ChildProcess[] = [];

function launch(options: object = {}): Process {
  const settings = JSON.stringify({ assemblyDir: fixtureAssembly(), stateDir, port: 0, quiet: true, ...options });
  const child = fork(join(__dirname, '..', '..', 'support', 'cloud-process.ts'), [settings], {
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  processes.push(child);
  const chunks: string[] = [];
  child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => chunks.push(chunk.toString()));
  return {
    child,
    output: () => chunks.join(''),
    ended: once(child, 'exit').then(([code]) => code as number | null),
    ready: once(child, 'message').then(([description]) => description as CloudDescription),
  };
}

/** Command lines of the DynamoDB engines that work on the state directory. */
function enginesOf(directory: string): string[] {
  return commandLines().filter((command) => command.includes(directory) && command.includes('--db-path'));
}

function commandLines(): string[] {
  if (!existsSync('/proc/self/cmdline')) return execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' }).split('\n');
  return readdirSync('/proc').flatMap((pid) => {
    try {
      return [readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')];
    } catch {
      // Not a process, or gone since.
      return [];
    }
  });
}

afterAll(() => {
  processes.forEach((child) => child.kill('SIGKILL'));
  rmSync(stateDir, { recursive: true, force: true });
});

it.each(['SIGINT', 'SIGTERM'] as const)(
  'ends on %s with exit code 0, its lock given back and no engine left behind',
  async (signal) => {
    const cloud = launch();
    await cloud.ready;
    expect(existsSync(join(stateDir, 'lock'))).toBe(true);

    cloud.child.kill(signal);
    expect(await cloud.ended).toBe(0);
    expect(existsSync(join(stateDir, 'lock'))).toBe(false);
    expect(enginesOf(stateDir)).toEqual([]);
  },
);

it('refuses a state directory that another cloud uses, and takes over one whose cloud was killed', async () => {
  const first = launch();
  await first.ready;
  const second = launch();
  expect(await second.ended).toBe(1);
  expect(second.output()).toContain(`is in use by another local cloud (process ${first.child.pid})`);

  first.child.kill('SIGKILL');
  await first.ended;
  const third = launch();
  await third.ready;
  third.child.kill();
  expect(await third.ended).toBe(0);
});

it('says which port is taken, and leaves nothing running', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as { port: number };

  const cloud = launch({ port });
  expect(await cloud.ended).toBe(1);
  expect(cloud.output()).toContain(`Port ${port} is taken by another program`);
  expect(enginesOf(stateDir)).toEqual([]);
  other.close();
});

it('begins anew when asked to', async () => {
  const count = async (cloud: Process) => {
    const { apiUrl } = await cloud.ready;
    const before = await (await fetch(`${apiUrl}/v1/things?do=get&id=kept`)).json();
    await fetch(`${apiUrl}/v1/things?do=put&id=kept`);
    cloud.child.kill();
    await cloud.ended;
    return (before as { item: unknown }).item === null ? 'absent' : 'present';
  };

  expect(await count(launch())).toBe('absent');
  expect(await count(launch())).toBe('present');
  expect(await count(launch({ fresh: true }))).toBe('absent');
}, 60_000);
