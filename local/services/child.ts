import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';

/** A loopback port that is free now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => {
        if (typeof address === 'object' && address !== null) {
          resolve(address.port);
        } else {
          reject(new Error('no free port'));
        }
      });
    });
  });
}

export interface Engine {
  /** Ends the process and waits until it is gone. */
  stop(): Promise<void>;
}

/** Starts an engine as a child process and waits until `ready` succeeds. */
export async function startEngine(
  command: string,
  args: readonly string[],
  options: {
    readonly cwd?: string;
    readonly env?: NodeJS.ProcessEnv;
    /** Remembers the process, so that the next start ends one that outlived a killed cloud. */
    readonly pidFile: string;
    readonly ready: () => Promise<boolean>;
    readonly timeoutMs?: number;
  },
): Promise<Engine> {
  endLeftover(options.pidFile);
  const output: string[] = [];
  const child: ChildProcess = spawn(command, [...args], {
    cwd: options.cwd,
    env: options.env ?? process.env,
    stdio: ['ignore', 'pipe', 'pipe'],
    // Its own process group: Ctrl-C reaches the cloud first, which then closes its engines in order.
    detached: true,
  });
  const keep = (chunk: Buffer): void => {
    output.push(chunk.toString());
    output.splice(0, Math.max(0, output.length - 20));
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  writeFileSync(options.pidFile, [String(child.pid ?? 0), command, ...args].join('\n'));
  let ended: string | undefined;
  const exited = new Promise<void>((resolve) => {
    child.once('exit', (code, signal) => {
      ended = `exit ${code ?? signal}`;
      resolve();
    });
    child.once('error', (error) => {
      ended = error.message;
      resolve();
    });
  });
  const killWithParent = (): void => {
    child.kill('SIGKILL');
  };
  process.once('exit', killWithParent);

  const stop = async (): Promise<void> => {
    process.removeListener('exit', killWithParent);
    if (ended === undefined) {
      child.kill('SIGTERM');
      const hard = setTimeout(() => child.kill('SIGKILL'), 3000);
      await exited;
      clearTimeout(hard);
    }
    rmSync(options.pidFile, { force: true });
  };
  const deadlineMs = Date.now() + (options.timeoutMs ?? 30_000);
  while (!(await options.ready())) {
    if (ended !== undefined || Date.now() > deadlineMs) {
      await stop();
      throw new Error(`${command} did not start (${ended ?? 'timeout'}): ${output.join('').slice(-800)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  return { stop };
}

/**
 * Ends the engine of a cloud that was killed before it could. A process of that number is ours only if it runs the same
 * command line; where that cannot be read (no /proc), it is left alone.
 */
function endLeftover(pidFile: string): void {
  const [pid = '0', ...commandLine] = existsSync(pidFile) ? readFileSync(pidFile, 'utf8').split('\n') : [];
  const actual = `/proc/${pid}/cmdline`;
  if (Number(pid) > 0 && existsSync(actual) && readFileSync(actual, 'utf8') === `${commandLine.join('\0')}\0`) {
    process.kill(Number(pid), 'SIGKILL');
  }
}
