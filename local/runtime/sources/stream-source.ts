import { createHash } from 'node:crypto';

import { asObject, asString, listOf, type JsonObject } from '../../assembly/json';
import type { Activity } from '../activity';
import type { AwsClient } from '../aws-client';
import type { Checkpoints } from './checkpoints';
import { newSleeper, type EventSource, type InvokeFunction } from './event-source';
import { passesFilters } from './filter-criteria';
import { newLane, type Lane, type StreamRecord } from './stream-lane';

export interface StreamSourceSettings {
  /** Stable over restarts: the id of the event source mapping in its template. */
  readonly id: string;
  readonly functionName: string;
  readonly functionArn: string;
  readonly streamArn: string;
  readonly startingPosition: 'TRIM_HORIZON' | 'LATEST';
  readonly batchSize: number;
  readonly bisects: boolean;
  /** -1: until the record is too old. */
  readonly maxRetries: number;
  /** -1: for ever. */
  readonly maxAgeMs: number;
  readonly parallelization: number;
  /** Name of the table's partition key. */
  readonly partitionKey: string;
  readonly reportsFailures: boolean;
  readonly filters: readonly JsonObject[];
  readonly failureQueueUrl: string | undefined;
}

/** Half of the records the engine returns at most, so that a long backlog is not held in memory. */
const recordsPerRead = 500;
const pollEveryMs = 250;

/**
 * Follows a DynamoDB stream for a function, with the rights of the function's role: every shard in order, records of one
 * partition key never at the same time, a checkpoint on disk after every batch.
 */
export function newStreamSource(
  settings: StreamSourceSettings,
  client: AwsClient,
  checkpoints: Checkpoints,
  invoke: InvokeFunction,
  activity: Activity,
  onIteratorAge: (ageMs: number) => void,
): EventSource {
  const name = `stream ${settings.streamArn.split('/')[1] ?? ''} → ${settings.functionName}`;
  const sleeper = newSleeper();
  const readers = new Map<string, ShardReader>();
  let stopped = false;
  let problem: string | undefined;
  let running: Promise<void> = Promise.resolve();
  let waiting: ((found: boolean) => void)[] = [];

  const shards = async (): Promise<string[]> => {
    const answer = await client.json('streams', 'DescribeStream', { StreamArn: settings.streamArn });
    const description = asObject(answer['StreamDescription'], 'StreamDescription');
    return listOf(description['Shards'], asObject, 'Shards').map((shard) => asString(shard['ShardId'], 'ShardId'));
  };

  const pass = async (): Promise<boolean> => {
    if (readers.size === 0) {
      for (const shardId of await shards()) {
        if (!readers.has(shardId))
          readers.set(shardId, newShardReader(settings, shardId, client, checkpoints, laneOf(shardId)));
      }
    }
    const found = await Promise.all([...readers.values()].map((reader) => reader.read()));
    return found.some(Boolean);
  };

  const laneOf = (shardId: string) => (onDone: () => void) =>
    newLane({
      name,
      settings,
      shardId,
      client,
      invoke: async (event, newestMs) => {
        onIteratorAge(Math.max(0, Date.now() - newestMs));
        return invoke(event);
      },
      activity,
      onDone,
      onProblem: (text) => (problem = text),
      stopped: () => stopped,
    });

  const work = async (): Promise<void> => {
    while (!stopped) {
      const asked = waiting;
      waiting = [];
      let found = false;
      try {
        found = await pass();
        if (found) activity.touch();
        problem = undefined;
      } catch (error) {
        problem = String(error);
        // An iterator of an engine that has restarted is of no more use.
        readers.forEach((reader) => reader.reset());
      }
      const busy = found || [...readers.values()].some((reader) => reader.busy());
      asked.forEach((resolve) => resolve(busy || problem !== undefined));
      if (!found && waiting.length === 0) await sleeper.sleep(problem === undefined ? pollEveryMs : 1000);
    }
  };

  return {
    name,
    start() {
      running = work();
    },
    async stop() {
      stopped = true;
      sleeper.wake();
      await running;
      waiting.forEach((resolve) => resolve(false));
    },
    settle: () =>
      new Promise((resolve) => {
        if (stopped) {
          resolve(false);
          return;
        }
        waiting.push(resolve);
        sleeper.wake();
      }),
    deferred: () => undefined,
    problem: () => problem,
  };
}

interface ShardReader {
  /** Reads once; answers whether there were records. Waits while the lanes are full. */
  read(): Promise<boolean>;
  busy(): boolean;
  /** Forgets the iterator; reading goes on behind the last record read. */
  reset(): void;
}

function newShardReader(
  settings: StreamSourceSettings,
  shardId: string,
  client: AwsClient,
  checkpoints: Checkpoints,
  makeLane: (onDone: () => void) => Lane,
): ShardReader {
  const key = `${settings.id} ${shardId}`;
  /** Sequence numbers read and not yet done, in order: the checkpoint stands just before the first. */
  const open: { readonly sequence: string; done: boolean }[] = [];
  let iterator: string | undefined;
  let lastRead: string | undefined;
  const advance = (): void => {
    let last: string | undefined;
    while (open[0]?.done === true) last = open.shift()?.sequence;
    if (last !== undefined) checkpoints.save(key, last);
  };
  const lanes = Array.from({ length: settings.parallelization }, () => makeLane(advance));

  const firstIterator = async (): Promise<string> => {
    const saved = lastRead ?? checkpoints.load(key);
    const position =
      saved === undefined
        ? { ShardIteratorType: settings.startingPosition }
        : { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: saved };
    const answer = await client.json('streams', 'GetShardIterator', {
      StreamArn: settings.streamArn,
      ShardId: shardId,
      ...position,
    });
    return asString(answer['ShardIterator'], 'ShardIterator');
  };

  return {
    async read() {
      if (open.length > recordsPerRead) return false;
      iterator ??= await firstIterator();
      const answer = await client.json('streams', 'GetRecords', { ShardIterator: iterator, Limit: recordsPerRead });
      const records = listOf(answer['Records'], asObject, 'Records');
      for (const raw of records) {
        const entry = { sequence: sequenceOf(raw), done: false };
        open.push(entry);
        lastRead = entry.sequence;
        const record: StreamRecord = {
          sequence: entry.sequence,
          createdMs: createdMsOf(raw),
          event: { ...raw, eventSourceARN: settings.streamArn },
          done: () => (entry.done = true),
        };
        if (passesFilters(raw, settings.filters))
          lanes[laneIndex(raw, settings.partitionKey, lanes.length)]?.add(record);
        else entry.done = true;
      }
      advance();
      const next = answer['NextShardIterator'];
      iterator = typeof next === 'string' ? next : undefined;
      return records.length > 0;
    },
    busy: () => open.length > 0,
    reset: () => void (iterator = undefined),
  };
}

function sequenceOf(record: JsonObject): string {
  return asString(asObject(record['dynamodb'], 'dynamodb')['SequenceNumber'], 'SequenceNumber');
}

function createdMsOf(record: JsonObject): number {
  const seconds = asObject(record['dynamodb'], 'dynamodb')['ApproximateCreationDateTime'];
  return typeof seconds === 'number' ? seconds * 1000 : Date.now();
}

function laneIndex(record: JsonObject, partitionKey: string, lanes: number): number {
  const keys = asObject(asObject(record['dynamodb'], 'dynamodb')['Keys'], 'Keys');
  return (createHash('sha1').update(JSON.stringify(keys[partitionKey])).digest()[0] ?? 0) % lanes;
}
