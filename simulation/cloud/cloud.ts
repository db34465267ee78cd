import type { Choices } from '../choices';
import { Bucket } from './bucket';
import { answerDynamodb } from './dynamodb';
import { Queue } from './queue';
import { Tables } from './tables';
import type { OnChange } from './tables';
import type { Reply } from './wire';

export const names = {
  journalTable: 'journal',
  viewsTable: 'views',
  coordinationTable: 'coordination',
  wormBucket: 'worm',
  queueUrl: 'https://sqs.eu-central-1.amazonaws.com/000000000000/webhooks',
} as const;

/** As the processor's function and its queue are configured: six times the function's time limit. */
export const processorLimitMs = 30_000;
const visibilityMs = 6 * processorLimitMs;
export const maxReceiveCount = 5;

/** Everything durable of one history. It forgets nothing at a crash, and answers at once: faults are the scheduler's. */
export interface Cloud {
  readonly tables: Tables;
  readonly queue: Queue;
  readonly bucket: Bucket;
  answer(request: WireRequest): Reply;
}

export interface WireRequest {
  readonly service: 'dynamodb' | 'sqs' | 's3';
  readonly operation: string;
  readonly path: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

export function newCloud(options: {
  readonly nowMs: () => number;
  readonly choices: Choices;
  readonly onChange: OnChange;
  readonly onSent: (body: string) => void;
}): Cloud {
  const { nowMs, choices, onChange, onSent } = options;
  const tables = new Tables(onChange, nowMs);
  const queue = new Queue({ nowMs, choices, visibilityMs, maxReceiveCount, onSent });
  const bucket = new Bucket();
  return {
    tables,
    queue,
    bucket,
    answer: ({ service, operation, path, method, headers, body }) => {
      switch (service) {
        case 'dynamodb':
          return answerDynamodb(tables, operation, JSON.parse(textOf(body)));
        case 'sqs':
          return queue.answer(operation, JSON.parse(textOf(body)));
        case 's3':
          return bucket.answer(method, path.replace(`/${names.wormBucket}/`, ''), headers, bytesOf(body));
      }
    },
  };
}

export function textOf(body: unknown): string {
  return typeof body === 'string' ? body : Buffer.from(bytesOf(body)).toString();
}

function bytesOf(body: unknown): Uint8Array {
  if (body === undefined) return new Uint8Array();
  if (typeof body === 'string') return Buffer.from(body);
  if (body instanceof Uint8Array) return Uint8Array.from(body);
  throw new Error('a request with a body of a form that the simulation does not read');
}
