import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { buildSync } from 'esbuild';

import type { FunctionFailure, InvokeMessage, WorkerMessage, WorkerStart } from './protocol';

let bootstrapSource: string | undefined;

/** The bootstrap as plain JavaScript: a thread gets no TypeScript loader, as an instance in AWS gets none. */
function bootstrap(): string {
  bootstrapSource ??= buildSync({
    entryPoints: [join(__dirname, 'bootstrap.ts')],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    // The bundle of the function is loaded by path at run time; a bundler must leave that import alone.
    supported: { 'dynamic-import': true },
    write: false,
  }).outputFiles[0]?.text;
  if (bootstrapSource === undefined) throw new Error('the worker bootstrap did not build');
  return bootstrapSource;
}

export type InstanceOutcome =
  | { readonly kind: 'result'; readonly payload: string }
  | { readonly kind: 'failed'; readonly failure: FunctionFailure };

export interface InstanceOptions {
  readonly start: WorkerStart;
  readonly env: Readonly<Record<string, string>>;
  /** One call per line written, with the invocation it was written in. */
  onLine(line: string, invocationId: string | undefined): void;
  onExit(): void;
}

/** One execution environment: a thread that loads the bundle once and then serves invocations one after another. */
export interface Instance {
  /** False from the moment at which it can serve nothing more, before the thread has ended. */
  readonly alive: boolean;
  readonly ready: Promise<FunctionFailure | undefined>;
  invoke(message: InvokeMessage): Promise<InstanceOutcome>;
  /** Ends the thread at once, whatever it is doing; a running invocation gets `reason` as its outcome. */
  kill(reason: FunctionFailure): Promise<void>;
}

export function startInstance(options: InstanceOptions): Instance {
  const worker = new Worker(bootstrap(), {
    eval: true,
    env: { ...options.env },
    execArgv: [],
    workerData: options.start,
    resourceLimits: { maxOldGenerationSizeMb: options.start.memoryMb },
  });
  let alive = true;
  let waiting: ((outcome: InstanceOutcome) => void) | undefined;
  let becomeReady: (failure: FunctionFailure | undefined) => void = () => {};
  const ready = new Promise<FunctionFailure | undefined>((resolve) => (becomeReady = resolve));
  const settle = (outcome: InstanceOutcome): void => {
    const resolve = waiting;
    waiting = undefined;
    resolve?.(outcome);
  };
  const end = (failure: FunctionFailure): void => {
    alive = false;
    becomeReady(failure);
    settle({ kind: 'failed', failure });
  };

  worker.on('message', (message: WorkerMessage) => {
    switch (message.kind) {
      case 'ready':
        becomeReady(undefined);
        break;
      case 'crashed':
        end(message.failure);
        break;
      case 'log':
        for (const line of message.text.split('\n')) if (line !== '') options.onLine(line, message.invocationId);
        break;
      case 'result':
        settle({ kind: 'result', payload: message.payload });
        break;
      case 'failed':
        settle({ kind: 'failed', failure: message.failure });
        break;
    }
  });
  worker.on('error', (error) => end({ errorType: 'Runtime.ExitError', errorMessage: error.message }));
  worker.on('exit', () => {
    end({ errorType: 'Runtime.ExitError', errorMessage: 'Runtime exited without providing a reason' });
    options.onExit();
  });

  return {
    get alive() {
      return alive;
    },
    ready,
    invoke: (message) =>
      new Promise((resolve) => {
        if (!alive) {
          resolve({
            kind: 'failed',
            failure: { errorType: 'Runtime.ExitError', errorMessage: 'The instance has ended' },
          });
          return;
        }
        waiting = resolve;
        worker.postMessage(message);
      }),
    async kill(reason) {
      end(reason);
      await worker.terminate();
    },
  };
}
