import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';

import type { FunctionFailure, InvokeMessage, WorkerMessage, WorkerStart } from './protocol';

/**
 * The runtime of one function instance: what `bootstrap` is to Lambda's Node.js runtime. It runs as the first and only
 * script of a worker thread, loads the bundle as it will be deployed, and answers one invocation at a time.
 */

type Handler = (event: unknown, context: object) => unknown;

if (parentPort === null || !isStart(workerData))
  throw new Error('bootstrap runs in a worker thread, with its start as data');
const port = parentPort;
const start = workerData;
const send = (message: WorkerMessage): void => port.postMessage(message);
let current: string | undefined;

captureOutput();
process.on('uncaughtException', (error) => fail('Runtime.UncaughtException', error));
process.on('unhandledRejection', (reason) => fail('Runtime.UnhandledPromiseRejection', reason));
void run();

function isStart(value: unknown): value is WorkerStart {
  return typeof value === 'object' && value !== null && 'taskRoot' in value && 'handler' in value;
}

async function run(): Promise<void> {
  let handler: Handler;
  try {
    handler = await loadHandler();
  } catch (error) {
    send({ kind: 'crashed', failure: failureOf(error) });
    return;
  }
  port.on('message', (message: InvokeMessage) => void invoke(handler, message));
  send({ kind: 'ready' });
}

async function loadHandler(): Promise<Handler> {
  const dot = start.handler.lastIndexOf('.');
  const module = start.handler.slice(0, dot);
  const name = start.handler.slice(dot + 1);
  const file = ['.js', '.mjs', '.cjs']
    .map((extension) => join(start.taskRoot, module + extension))
    .find((path) => existsSync(path));
  if (file === undefined) throw new Error(`Cannot find module '${module}' in ${start.taskRoot}`);
  // As Lambda does it: a CommonJS module is required, which also saves the search of its text for exports.
  const loaded: unknown = file.endsWith('.mjs') ? await import(pathToFileURL(file).href) : createRequire(file)(file);
  const found = exportOf(loaded, name) ?? exportOf(exportOf(loaded, 'default'), name);
  if (typeof found !== 'function') throw new Error(`${start.handler} is undefined or not exported`);
  return (event, context): unknown => Reflect.apply(found, undefined, [event, context]);
}

function exportOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

async function invoke(handler: Handler, message: InvokeMessage): Promise<void> {
  const { invocationId } = message;
  current = invocationId;
  process.env['_X_AMZN_TRACE_ID'] = message.traceHeader;
  try {
    const event: unknown = JSON.parse(message.payload);
    // Callbacks are gone from Lambda with Node.js 24: what the handler returns, or what its promise brings, is the answer.
    const result: unknown = await handler(event, contextOf(message));
    send({ kind: 'result', invocationId, payload: result === undefined ? 'null' : JSON.stringify(result) });
  } catch (error) {
    send({ kind: 'failed', invocationId, failure: failureOf(error) });
  }
}

function contextOf(message: InvokeMessage): object {
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: start.functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: start.functionArn,
    memoryLimitInMB: String(start.memoryMb),
    awsRequestId: message.invocationId,
    logGroupName: start.logGroupName,
    logStreamName: process.env['AWS_LAMBDA_LOG_STREAM_NAME'] ?? '',
    getRemainingTimeInMillis: () => Math.max(0, message.deadlineMs - Date.now()),
  };
}

function fail(errorType: string, error: unknown): void {
  send({ kind: 'crashed', failure: { ...failureOf(error), errorType } });
  process.exit(1);
}

function failureOf(error: unknown): FunctionFailure {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error) };
  return { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? '').split('\n') };
}

/** Lines are sent in the order in which they were written, before the answer of their invocation. */
function captureOutput(): void {
  const write = (chunk: unknown, encoding?: unknown, callback?: unknown): boolean => {
    const text =
      typeof chunk === 'string' ? chunk : Buffer.from(chunk instanceof Uint8Array ? chunk : []).toString('utf8');
    send({ kind: 'log', invocationId: current, text });
    const done = typeof encoding === 'function' ? encoding : callback;
    if (typeof done === 'function') Reflect.apply(done, undefined, []);
    return true;
  };
  process.stdout.write = write;
  process.stderr.write = write;
}
