import type { JsonObject } from '../../assembly/json';
import type { Activity } from '../activity';
import type { AwsClient } from '../aws-client';
import type { Invocation } from '../worker/function-runtime';
import { failedItems } from './partial-failures';
import type { StreamSourceSettings } from './stream-source';

export interface StreamRecord {
  readonly sequence: string;
  readonly createdMs: number;
  readonly event: JsonObject;
  done(): void;
}

/** A queue of records that are worked on in order, one batch at a time. */
export interface Lane {
  add(record: StreamRecord): void;
}

export interface LaneOptions {
  readonly name: string;
  readonly settings: StreamSourceSettings;
  readonly shardId: string;
  readonly client: AwsClient;
  readonly activity: Activity;
  invoke(event: object, newestMs: number): Promise<Invocation>;
  /** Called whenever records became done. */
  onDone(): void;
  onProblem(text: string): void;
  stopped(): boolean;
}

const firstRetryMs = 50;
const longestRetryMs = 5000;

/**
 * Error handling of stream mappings (AWS Lambda Developer Guide, "Using AWS Lambda with Amazon DynamoDB" and "Retain discarded
 * records"): a failed batch is tried again, halved first if the mapping bisects, shortened first if the function names
 * the records that failed; past its retries or its age its position goes to the failure queue and the shard goes on.
 */
export function newLane(options: LaneOptions): Lane {
  const { settings } = options;
  const pending: StreamRecord[] = [];
  let working = false;

  const work = async (): Promise<void> => {
    working = true;
    const end = options.activity.begin(options.name);
    // The records of one read arrive in one go: let them gather, so that batches are full.
    await new Promise((resolve) => setImmediate(resolve));
    try {
      while (pending.length > 0 && !options.stopped()) await handle(pending.splice(0, settings.batchSize));
    } catch (error) {
      // A cloud that stops ends its functions under us; the checkpoint brings these records back.
      if (!options.stopped()) options.onProblem(String(error));
    } finally {
      end();
      working = false;
    }
  };

  const finish = (records: readonly StreamRecord[]): void => {
    records.forEach((record) => record.done());
    options.onDone();
  };

  const handle = async (batch: readonly StreamRecord[]): Promise<void> => {
    let records = batch;
    for (let attempt = 0; records.length > 0; attempt += 1) {
      if (options.stopped()) return;
      const invocation = await options.invoke(
        { Records: records.map((record) => record.event) },
        records.at(-1)?.createdMs ?? Date.now(),
      );
      if (options.stopped()) return;
      const failed = failedItems(
        invocation,
        records.map((record) => record.sequence),
        settings.reportsFailures,
      );
      // The lowest failing record is where the shard stands; what was handled before it is not handed over again.
      const from = records.findIndex((record) => failed.has(record.sequence));
      if (from < 0) {
        finish(records);
        return;
      }
      const whole = invocation.failure !== undefined;
      if (!whole && from > 0) {
        finish(records.slice(0, from));
        records = records.slice(from);
      }
      const oldestMs = records[0]?.createdMs ?? Date.now();
      const tooOld = settings.maxAgeMs >= 0 && Date.now() - oldestMs > settings.maxAgeMs;
      if (whole && settings.bisects && records.length > 1) {
        // Halving does not count as a retry.
        const middle = Math.ceil(records.length / 2);
        await pause(attempt);
        await handle(records.slice(0, middle));
        return handle(records.slice(middle));
      }
      if (tooOld || (settings.maxRetries >= 0 && attempt >= settings.maxRetries)) {
        await discard(records, invocation, attempt + 1, tooOld ? 'RecordAgeExceeded' : 'RetryAttemptsExhausted');
        finish(records);
        return;
      }
      await pause(attempt);
    }
  };

  const pause = (attempt: number): Promise<void> =>
    new Promise((resolve) => setTimeout(resolve, Math.min(longestRetryMs, firstRetryMs * 2 ** attempt)));

  const discard = async (
    records: readonly StreamRecord[],
    invocation: Invocation,
    count: number,
    condition: string,
  ): Promise<void> => {
    const [first] = records;
    const last = records.at(-1);
    if (settings.failureQueueUrl === undefined || first === undefined || last === undefined) return;
    const message = {
      requestContext: {
        requestId: invocation.invocationId,
        functionArn: settings.functionArn,
        condition,
        approximateInvokeCount: count,
      },
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
      version: '1.0',
      timestamp: new Date().toISOString(),
      DDBStreamBatchInfo: {
        shardId: options.shardId,
        startSequenceNumber: first.sequence,
        endSequenceNumber: last.sequence,
        approximateArrivalOfFirstRecord: new Date(first.createdMs).toISOString(),
        approximateArrivalOfLastRecord: new Date(last.createdMs).toISOString(),
        batchSize: records.length,
        streamArn: settings.streamArn,
      },
    };
    try {
      await options.client.json('sqs', 'SendMessage', {
        QueueUrl: settings.failureQueueUrl,
        MessageBody: JSON.stringify(message),
      });
    } catch (error) {
      options.onProblem(
        `records ${first.sequence}–${last.sequence} are lost, the failure queue refused them: ${String(error)}`,
      );
    }
  };

  return {
    add(record) {
      pending.push(record);
      if (!working) void work();
    },
  };
}
