import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

import {
  CreateTableCommand,
  DeleteItemCommand,
  DynamoDBClient,
  ListTablesCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';

import { fromItem } from '../../lambdas/adapters/dynamodb/attribute-values';

export interface TestTables {
  readonly journalTable: string;
  readonly viewsTable: string;
  readonly coordinationTable: string;
}

/** DynamoDB for a test file: the dynoxide engine in memory, or any engine named by LOCAL_DYNAMODB_ENDPOINT. */
export interface TestDynamo {
  readonly client: DynamoDBClient;
  readonly endpoint: string;
  /** New, empty tables with the keys and the index of the deployed ones. */
  newTables(): Promise<TestTables>;
  /** Write units and read units of what `work` sends through `client`. */
  consumed<T>(work: () => Promise<T>): Promise<{ value: T; calls: string[]; readUnits: number; writeUnits: number }>;
  /** Requests that `work` sends through `client`, refused ones included. */
  attempts<T>(work: () => Promise<T>): Promise<{ value: T; attempts: number }>;
  /** Every item of a table, as plain objects. */
  items(table: string): Promise<Record<string, unknown>[]>;
  deleteAll(table: string): Promise<void>;
  /** A client that retries as the functions' do, and whose next answer is lost after the request took effect. */
  losingOneAnswer(): DynamoDBClient;
  stop(): Promise<void>;
}

const reads = new Set(['GetItemCommand', 'BatchGetItemCommand', 'QueryCommand', 'ScanCommand']);

export async function startDynoxide(): Promise<TestDynamo> {
  const given = process.env.LOCAL_DYNAMODB_ENDPOINT;
  const port = await freePort();
  const endpoint = given ?? `http://127.0.0.1:${String(port)}`;
  const engine = given === undefined ? spawnEngine(port) : undefined;
  const settings = {
    endpoint,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  };
  const client = new DynamoDBClient({ ...settings, maxAttempts: 1 });
  await answering(client, engine);

  let meter: { calls: string[]; readUnits: number; writeUnits: number } | undefined;
  client.middlewareStack.add(
    (next, context) => async (args) => {
      if (
        meter === undefined ||
        !('TableName' in args.input || 'RequestItems' in args.input || 'TransactItems' in args.input)
      ) {
        return next(args);
      }
      const command = String(context.commandName);
      const result = await next({
        ...args,
        input: { ...args.input, ReturnConsumedCapacity: 'TOTAL' },
      });
      const { ConsumedCapacity } = result.output as { ConsumedCapacity?: unknown };
      const parts = [ConsumedCapacity].flat() as { CapacityUnits?: number }[];
      const units = parts.reduce((sum, part) => sum + (part.CapacityUnits ?? 0), 0);
      meter.calls.push(command.replace(/Command$/, ''));
      if (reads.has(command)) meter.readUnits += units;
      else meter.writeUnits += units;
      return result;
    },
    { step: 'initialize' },
  );

  let attempts = 0;
  client.middlewareStack.add(
    (next) => async (args) => {
      attempts += 1;
      return next(args);
    },
    { step: 'deserialize' },
  );

  const rawItems = async (table: string) => (await client.send(new ScanCommand({ TableName: table }))).Items ?? [];

  let tables = 0;
  return {
    client,
    endpoint,
    newTables: async () => {
      tables += 1;
      const suffix = `${String(process.pid)}-${String(Date.now())}-${String(tables)}`;
      const names = {
        journalTable: `journal-${suffix}`,
        viewsTable: `views-${suffix}`,
        coordinationTable: `coordination-${suffix}`,
      };
      await Promise.all(Object.values(names).map((name) => createTable(client, name, name === names.viewsTable)));
      return names;
    },
    consumed: async (work) => {
      meter = { calls: [], readUnits: 0, writeUnits: 0 };
      const measured = meter;
      try {
        const value = await work();
        return { value, ...measured };
      } finally {
        meter = undefined;
      }
    },
    attempts: async (work) => {
      const before = attempts;
      const value = await work();
      return { value, attempts: attempts - before };
    },
    items: async (table) => (await rawItems(table)).map(fromItem),
    deleteAll: async (table) => {
      for (const { pk, sk } of await rawItems(table)) {
        await client.send(new DeleteItemCommand({ TableName: table, Key: { pk: pk!, sk: sk! } }));
      }
    },
    losingOneAnswer: () => {
      let lost = false;
      const { requestHandler } = client.config;
      return new DynamoDBClient({
        ...settings,
        maxAttempts: 3,
        requestHandler: {
          handle: async (request: never, options: never) => {
            const answer = await requestHandler.handle(request, options);
            if (lost) return answer;
            lost = true;
            throw Object.assign(new Error('the answer was lost'), { name: 'TimeoutError' });
          },
        },
      });
    },
    stop: async () => {
      client.destroy();
      if (engine === undefined) return;
      const exited = new Promise((resolve) => engine.once('exit', resolve));
      engine.kill('SIGTERM');
      await exited;
    },
  };
}

function spawnEngine(port: number): ChildProcess {
  const args = ['--host', '127.0.0.1', '--port', String(port)];
  const binary = engineBinary();
  return binary === undefined
    ? spawn('npx', ['--yes', 'dynoxide@1.2.1', ...args], { stdio: 'ignore' })
    : spawn(binary, args, { stdio: 'ignore' });
}

function engineBinary(): string | undefined {
  try {
    const { resolve } = createRequire(join(process.cwd(), 'package.json'));
    return join(dirname(resolve(`@dynoxide/${process.platform}-${process.arch}/package.json`)), 'dynoxide');
  } catch {
    return undefined;
  }
}

async function answering(client: DynamoDBClient, engine: ChildProcess | undefined): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    if (engine?.exitCode !== null && engine !== undefined) throw new Error('the DynamoDB engine ended at once');
    try {
      await client.send(new ListTablesCommand({}));
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  throw new Error('the DynamoDB engine does not answer');
}

async function createTable(client: DynamoDBClient, name: string, withIndex: boolean): Promise<void> {
  const attributes = ['pk', 'sk', ...(withIndex ? ['gsi1pk', 'gsi1sk'] : [])];
  await client.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: attributes.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      ...(withIndex
        ? {
            GlobalSecondaryIndexes: [
              {
                IndexName: 'byTime',
                KeySchema: [
                  { AttributeName: 'gsi1pk', KeyType: 'HASH' },
                  { AttributeName: 'gsi1sk', KeyType: 'RANGE' },
                ],
                Projection: { ProjectionType: 'ALL' },
              },
            ],
          }
        : {}),
    }),
  );
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        if (address === null || typeof address === 'string') reject(new Error('no port'));
        else resolve(address.port);
      });
    });
  });
}
