import { existsSync, mkdirSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { AwsCall, AwsReply, LocalService } from '../front-door/contract';
import { tableNameOf } from '../front-door/grants/dynamodb';
import { isRecord, listOf, numberOf, parseRecord, recordOf, textOf, type JsonRecord } from '../front-door/json';
import { jsonReply } from '../front-door/wire';
import { freePort, startEngine, type Engine } from './child';
import { openStateFile, type Home } from './state';

export interface ConsumedUnits {
  readonly readUnits: number;
  readonly writeUnits: number;
}

export interface DynamodbService extends LocalService {
  /** Capacity that the last reply of this call reported; refused conditional writes are estimated. */
  unitsOf(reply: AwsReply): ConsumedUnits;
  partitionKeyOf(tableName: string, indexName?: string): Promise<string | undefined>;
  /** Key that encrypts a table, as its CreateTable named it. */
  encryptionKeyOf(tableArn: string): string | undefined;
  streamArnOfIterator(shardIterator: string): Promise<string | undefined>;
  /** Address of the engine, for tools that need no policies. */
  readonly engineUrl: string;
}

/** The region that the engine writes into its ARNs. */
const engineRegion = 'dynoxide';

const readActions = new Set(['GetItem', 'BatchGetItem', 'Query', 'Scan', 'TransactGetItems']);
const writeActions = new Set(['PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem', 'TransactWriteItems']);

/**
 * DynamoDB by the dynoxide engine. The service forwards requests, gives ARNs the region of this cloud,
 * and always asks for the consumed capacity, which it takes out again unless the caller asked too.
 */
export async function startDynamodb(home: Home): Promise<DynamodbService> {
  const { engineUrl, engine } = await startDynoxide(home);
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const facts = openStateFile(home.stateDir, 'dynamodb', 'tables.json');
  const encryptionKeys = new Map<string, string>();
  for (const [tableArn, keyArn] of Object.entries(facts.read())) {
    encryptionKeys.set(tableArn, textOf(keyArn) ?? '');
  }
  const descriptions = new Map<string, JsonRecord>();
  const units = new WeakMap<AwsReply, ConsumedUnits>();
  const engineArn = new RegExp(`arn:aws:dynamodb:${engineRegion}:\\d{12}:`, 'g');
  const localArn = `arn:aws:dynamodb:${home.region}:${home.accountId}:`;

  const forward = async (target: string, body: string | Buffer): Promise<AwsReply> => {
    const outgoing = Buffer.from(
      body.toString().replaceAll(localArn, `arn:aws:dynamodb:${engineRegion}:000000000000:`),
    );
    const reply = await post(engineUrl, agent, target, body.length === 0 ? Buffer.from('{}') : outgoing);
    if (!reply.body.includes(engineRegion)) {
      return reply;
    }
    const text = reply.body
      .toString()
      .replace(engineArn, localArn)
      .replaceAll(`"awsRegion":"${engineRegion}"`, `"awsRegion":"${home.region}"`);
    return { ...reply, body: Buffer.from(text) };
  };

  const describe = async (tableName: string): Promise<JsonRecord | undefined> => {
    const known = descriptions.get(tableName);
    if (known !== undefined) {
      return known;
    }
    const reply = await forward('DynamoDB_20120810.DescribeTable', JSON.stringify({ TableName: tableName }));
    const table = parseRecord(reply.body)['Table'];
    if (!isRecord(table)) {
      return undefined;
    }
    descriptions.set(tableName, table);
    return table;
  };

  const remember = (call: AwsCall): void => {
    const body = parseRecord(call.body);
    const tableName = textOf(body['TableName']) ?? '';
    descriptions.delete(tableName);
    const keyArn = textOf(recordOf(body['SSESpecification'])['KMSMasterKeyId']);
    if (keyArn !== undefined) {
      encryptionKeys.set(`${localArn}table/${tableName}`, keyArn);
      facts.write(Object.fromEntries(encryptionKeys));
    }
  };

  return {
    name: 'dynamodb',
    engineUrl,
    async handle(call) {
      const target = call.headers['x-amz-target'] ?? `DynamoDB_20120810.${call.action}`;
      if (call.action === 'UpdateContinuousBackups' || call.action === 'DescribeContinuousBackups') {
        return jsonReply({
          ContinuousBackupsDescription: {
            ContinuousBackupsStatus: 'ENABLED',
            PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: 'ENABLED' },
          },
        });
      }
      const counted = readActions.has(call.action) || writeActions.has(call.action);
      const body = counted ? parseRecord(call.body) : {};
      const asked = textOf(body['ReturnConsumedCapacity']);
      const mustAdd = counted && (asked === undefined || asked === 'NONE');
      const reply = await forward(
        target,
        mustAdd ? JSON.stringify({ ...body, ReturnConsumedCapacity: 'TOTAL' }) : call.body,
      );
      if (call.action === 'CreateTable' || call.action === 'UpdateTable' || call.action === 'DeleteTable') {
        remember(call);
      }
      if (!counted) {
        return reply;
      }
      const answer = parseRecord(reply.body);
      const { ConsumedCapacity: consumed, ...rest } = answer;
      const finished =
        mustAdd && consumed !== undefined ? { ...reply, body: Buffer.from(JSON.stringify(rest)) } : reply;
      const amount = reply.status === 200 ? sumOf(consumed) : refusedUnits(answer);
      units.set(
        finished,
        readActions.has(call.action) ? { readUnits: amount, writeUnits: 0 } : { readUnits: 0, writeUnits: amount },
      );
      return finished;
    },
    unitsOf: (reply) => units.get(reply) ?? { readUnits: 0, writeUnits: 0 },
    async partitionKeyOf(tableName, indexName) {
      const table = await describe(tableName);
      const index = [...listOf(table?.['GlobalSecondaryIndexes']), ...listOf(table?.['LocalSecondaryIndexes'])].find(
        (each) => textOf(recordOf(each)['IndexName']) === indexName,
      );
      const schema = listOf(indexName === undefined ? table?.['KeySchema'] : recordOf(index)['KeySchema']);
      const hash = schema.find((part) => textOf(recordOf(part)['KeyType']) === 'HASH');
      return textOf(recordOf(hash)['AttributeName']);
    },
    encryptionKeyOf: (tableArn) => encryptionKeys.get(tableArn),
    async streamArnOfIterator(shardIterator) {
      // The engine's iterators are base64 JSON that names the table.
      const tableName = textOf(parseRecord(Buffer.from(shardIterator, 'base64'))['table_name']);
      return tableName === undefined
        ? undefined
        : textOf((await describe(tableNameOf(tableName)))?.['LatestStreamArn']);
    },
    async close() {
      agent.destroy();
      await engine?.stop();
    },
  };
}

async function startDynoxide(home: Home): Promise<{ readonly engineUrl: string; readonly engine?: Engine }> {
  const given = process.env['LOCAL_DYNAMODB_ENDPOINT'];
  if (given !== undefined && given !== '') {
    return { engineUrl: given };
  }
  const folder = join(home.stateDir, 'dynamodb');
  mkdirSync(folder, { recursive: true });
  const port = await freePort();
  const engineUrl = `http://127.0.0.1:${port}`;
  const binary = dynoxideBinary();
  const pidFile = join(folder, 'engine.pid');
  const args = ['--host', '127.0.0.1', '--port', String(port), '--db-path', join(folder, 'tables.db')];
  const ready = (): Promise<boolean> =>
    post(engineUrl, undefined, 'DynamoDB_20120810.ListTables', Buffer.from('{}')).then(
      (reply) => reply.status === 200,
      () => false,
    );
  const engine =
    binary === undefined
      ? await startEngine('npx', ['--yes', 'dynoxide@1.2.1', ...args], { pidFile, ready, timeoutMs: 120_000 })
      : await startEngine(binary, args, { pidFile, ready });
  return { engineUrl, engine };
}

/** The engine's binary of this platform, where npm installed one. */
function dynoxideBinary(): string | undefined {
  try {
    const manifest = createRequire(join(process.cwd(), 'package.json')).resolve(
      `@dynoxide/${process.platform}-${process.arch}/package.json`,
    );
    const binary = join(dirname(manifest), 'dynoxide');
    return existsSync(binary) ? binary : undefined;
  } catch {
    return undefined;
  }
}

function post(engineUrl: string, agent: Agent | undefined, target: string, body: Buffer): Promise<AwsReply> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      engineUrl,
      {
        method: 'POST',
        ...(agent === undefined ? {} : { agent }),
        headers: {
          'content-type': 'application/x-amz-json-1.0',
          'content-length': body.length,
          'x-amz-target': target,
          'x-amz-date': '20260101T000000Z',
          authorization:
            'AWS4-HMAC-SHA256 Credential=local/20260101/local/dynamodb/aws4_request, SignedHeaders=host, Signature=0',
        },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          resolve({
            status: response.statusCode ?? 500,
            headers: {
              'content-type': 'application/x-amz-json-1.0',
              'x-amzn-requestid': String(response.headers['x-amzn-requestid'] ?? 'local'),
            },
            body: Buffer.concat(chunks),
          });
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

function sumOf(consumed: unknown): number {
  const parts = Array.isArray(consumed) ? listOf(consumed) : [consumed];
  return parts.reduce((sum: number, part) => sum + (numberOf(recordOf(part)['CapacityUnits']) ?? 0), 0);
}

/**
 * Units of a refused conditional write: those of the existing item, at least one
 * [amazondynamodb/latest/developerguide/WorkingWithItems.html]; each part of a cancelled transaction costs two.
 */
function refusedUnits(answer: JsonRecord): number {
  const name = textOf(answer['__type']) ?? '';
  if (name.endsWith('ConditionalCheckFailedException')) {
    return unitsOfItem(answer['Item']);
  }
  if (name.endsWith('TransactionCanceledException')) {
    return listOf(answer['CancellationReasons']).reduce(
      (sum: number, reason) => sum + 2 * unitsOfItem(recordOf(reason)['Item']),
      0,
    );
  }
  return 0;
}

function unitsOfItem(item: unknown): number {
  return item === undefined ? 1 : Math.max(1, Math.ceil(itemBytes(item) / 1024));
}

/** Roughly the stored size: attribute names and values, without the type letters of the wire. */
function itemBytes(value: unknown): number {
  if (typeof value === 'string') {
    return Buffer.byteLength(value);
  }
  if (Array.isArray(value)) {
    return value.reduce((sum: number, each) => sum + itemBytes(each) + 1, 0);
  }
  return Object.entries(recordOf(value)).reduce(
    (sum, [name, each]) => sum + (name.length > 4 ? name.length : 0) + itemBytes(each),
    0,
  );
}
