import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

import { Redis } from 'iovalkey';

import type { ValkeyAddress } from '../../lambdas/adapters/valkey/valkey-client';

/** A server that speaks the protocol of Valkey, for one test file. */
export interface TestValkey {
  readonly address: ValkeyAddress;
  /** Closes every connection that others have to it. */
  cut(): Promise<void>;
  stop(): Promise<void>;
}

export interface ValkeyHere {
  start(): Promise<TestValkey>;
  /** One server that is a whole cluster, with a user of this access; only where this machine can start one. */
  startCluster?(access: string): Promise<TestValkey>;
}

const login = { username: 'limits', password: 'a password of the tests' };

/** How to reach a server here; undefined where there is none. `VALKEY_URL` names one that runs already. */
export function findValkey(): ValkeyHere | undefined {
  const given = process.env.VALKEY_URL;
  if (given !== undefined) {
    const { hostname: host, port } = new URL(given);
    const address = { host, port: Number(port === '' ? 6379 : port), tls: false, cluster: false };
    return { start: async () => ({ ...handleOf(address), stop: async () => undefined }) };
  }
  const binary = ['valkey-server', 'redis-server']
    .flatMap((name) => (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, name)))
    .find((path) => existsSync(path));
  if (binary === undefined) return undefined;
  return {
    start: () => startServer(binary, []),
    startCluster: async (access) => {
      const server = await startServer(binary, ['--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1']);
      await asOperator(server.address, async (operator) => {
        await operator.call('ACL', 'SETUSER', login.username, `>${login.password}`, ...access.split(' '));
        await operator.cluster('ADDSLOTSRANGE', 0, 16_383);
        while (!(await operator.cluster('INFO')).includes('cluster_state:ok')) await pause(50);
      });
      return { ...server, address: { ...server.address, cluster: true, login: async () => login } };
    },
  };
}

function handleOf(address: ValkeyAddress): Pick<TestValkey, 'address' | 'cut'> {
  const cut = (): Promise<void> =>
    asOperator(address, async (operator) => {
      await operator.call('CLIENT', 'KILL', 'TYPE', 'normal');
    });
  return { address, cut };
}

async function asOperator({ host, port }: ValkeyAddress, work: (operator: Redis) => Promise<void>): Promise<void> {
  const operator = new Redis({ host, port });
  try {
    await work(operator);
  } finally {
    operator.disconnect();
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function startServer(binary: string, options: readonly string[]): Promise<TestValkey> {
  const port = await freePort();
  const dir = mkdtempSync(join(tmpdir(), 'countinghouse-valkey-'));
  const settings = ['--port', String(port), '--bind', '127.0.0.1', '--dir', dir, '--save', '', '--appendonly', 'no'];
  const server = spawn(binary, [...settings, ...options], { stdio: ['ignore', 'pipe', 'ignore'] });
  await ready(server);
  return {
    ...handleOf({ host: '127.0.0.1', port, tls: false, cluster: false }),
    stop: async () => {
      const exited = new Promise((resolve) => server.once('exit', resolve));
      server.kill('SIGTERM');
      await exited;
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function ready(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('exit', (code) => reject(new Error(`the server ended at once, with ${String(code)}`)));
    server.stdout?.on('data', (chunk: Buffer) => {
      if (/ready to accept connections/i.test(chunk.toString())) resolve();
    });
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => {
        if (address === null || typeof address === 'string') reject(new Error('no port'));
        else resolve(address.port);
      });
    });
  });
}
