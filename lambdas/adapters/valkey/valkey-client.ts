import type { Cluster, Redis } from 'iovalkey';

/** Where a server is, and how it is talked to. */
export interface ValkeyAddress {
  readonly host: string;
  readonly port: number;
  /** ElastiCache Serverless wants both; a single server on this machine neither. */
  readonly tls: boolean;
  readonly cluster: boolean;
  /** Made anew for every connection, because a token of IAM opens one for a few minutes only. */
  readonly login?: () => Promise<{ readonly username: string; readonly password: string }>;
}

export interface ValkeyClient {
  /** Runs a Lua script on one key. Throws when no server answers in time. */
  evaluate(script: string, key: string, args: readonly (string | number)[]): Promise<unknown>;
  close(): void;
}

const connectTimeoutMs = 1_000;
const commandTimeoutMs = 500;

/**
 * A client of Valkey that connects when it is first used. A connection that fails is thrown away, and the script is run once more
 * over a new one: a function that was frozen for long finds its connection closed. What then runs twice errs to the strict side.
 */
export function newValkeyClient(address: ValkeyAddress): ValkeyClient {
  let connection: Promise<Redis | Cluster> | undefined;

  const run = async (script: string, key: string, args: readonly (string | number)[]): Promise<unknown> => {
    connection ??= connect(address);
    const mine = connection;
    try {
      return await (await mine).eval(script, 1, key, ...args);
    } catch (error) {
      if (connection === mine) connection = undefined;
      await mine.then((failed) => failed.disconnect()).catch(() => undefined);
      throw error;
    }
  };

  return {
    evaluate: (script, key, args) => run(script, key, args).catch(() => run(script, key, args)),
    close: () => {
      void connection?.then((open) => open.disconnect()).catch(() => undefined);
      connection = undefined;
    },
  };
}

async function connect({ host, port, tls, cluster, login }: ValkeyAddress): Promise<Redis | Cluster> {
  // Loaded where it is chosen only: lib/constructs/bundle.ts keeps it out of the bundles and puts it beside them.
  const library = await import('iovalkey');
  const options = {
    connectTimeout: connectTimeoutMs,
    commandTimeout: commandTimeoutMs,
    maxRetriesPerRequest: 0,
    ...(tls ? { tls: { servername: host } } : {}),
    ...(login === undefined ? {} : await login()),
  };
  const client = cluster
    ? new library.Cluster([{ host, port }], {
        lazyConnect: true,
        clusterRetryStrategy: () => null,
        slotsRefreshTimeout: connectTimeoutMs,
        slotsRefreshInterval: 0,
        // The name stays what the certificate says.
        dnsLookup: (name, answer) => answer(null, name),
        redisOptions: options,
      })
    : new library.Redis({ ...options, host, port, lazyConnect: true, retryStrategy: () => null });
  // Failures are told by the command that they meet.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}
