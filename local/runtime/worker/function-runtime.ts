import { randomUUID } from 'node:crypto';

import type { Activity } from '../activity';
import { startInstance, type Instance, type InstanceOutcome } from './instance';
import type { FunctionFailure, WorkerStart } from './protocol';

/** What the template says about a function, and what the cloud adds. */
export interface FunctionSettings {
  readonly functionName: string;
  readonly functionArn: string;
  readonly roleArn: string;
  readonly taskRoot: string;
  readonly handler: string;
  readonly memoryMb: number;
  readonly timeoutMs: number;
  readonly logGroupName: string;
  readonly environment: Readonly<Record<string, string>>;
  /** At most this many instances at once; further invocations wait, as they do in an event source's poller. */
  readonly concurrency: number;
}

export interface Invocation {
  readonly invocationId: string;
  /** Root of the trace, `1-<8 hex>-<24 hex>` of the invocation id: every AWS call of the invocation carries it. */
  readonly traceId: string;
  readonly functionName: string;
  readonly coldStart: boolean;
  readonly startedMs: number;
  readonly endedMs: number;
  /** JSON text: the answer, or the error object that Lambda returns with `FunctionError: Unhandled`. */
  readonly payload: string;
  readonly failure: FunctionFailure | undefined;
}

export interface RuntimeHooks {
  credentials(settings: FunctionSettings): Readonly<Record<string, string>>;
  /** The instance with this access key is gone. */
  onInstanceEnd(accessKeyId: string): void;
  /** AWS calls signed with this key belong to the invocation from now on, until `onEnd`. */
  onBegin(accessKeyId: string, invocationId: string): void;
  onEnd(accessKeyId: string): void;
  onLine(functionName: string, invocationId: string | undefined, line: string): void;
  onInvocation(invocation: Invocation): void;
}

export interface FunctionRuntime {
  readonly settings: FunctionSettings;
  invoke(payload: string, options?: { readonly invocationId?: string }): Promise<Invocation>;
  /** Ends the instances that match (all of them without a filter); the next invocation starts cold. */
  kill(filter?: { readonly invocationId?: string; readonly accessKeyId?: string }): Promise<void>;
  stop(): Promise<void>;
}

interface Slot {
  readonly instance: Instance;
  readonly accessKeyId: string;
  invocationId: string | undefined;
}

const largestResponseBytes = 6 * 1024 * 1024;

/** Trace id of an invocation id, reversible: the 32 hex digits of a UUID are just the digits of a trace id. */
export function traceIdOf(invocationId: string): string {
  const hex = invocationId.replaceAll('-', '');
  return `1-${hex.slice(0, 8)}-${hex.slice(8)}`;
}

/** Runs one function: starts instances on demand, keeps them warm, ends those that overrun their time. */
export function newFunctionRuntime(
  settings: FunctionSettings,
  hooks: RuntimeHooks,
  activity: Activity,
): FunctionRuntime {
  const slots = new Set<Slot>();
  const idle: Slot[] = [];
  const queue: { readonly take: (slot: Slot) => void; readonly refuse: (error: Error) => void }[] = [];
  const warm = new WeakSet<Slot>();
  let stopped = false;

  const forget = (slot: Slot): void => {
    slots.delete(slot);
    const at = idle.indexOf(slot);
    if (at >= 0) idle.splice(at, 1);
  };

  const start = (): Slot => {
    const env = instanceEnvironment(settings, hooks.credentials(settings));
    const slot: Slot = {
      invocationId: undefined,
      accessKeyId: env['AWS_ACCESS_KEY_ID'] ?? '',
      instance: startInstance({
        start: workerStart(settings),
        env,
        onLine: (line, invocationId) => hooks.onLine(settings.functionName, invocationId, line),
        onExit: () => {
          forget(slot);
          hooks.onInstanceEnd(slot.accessKeyId);
          serveQueue();
        },
      }),
    };
    slots.add(slot);
    return slot;
  };

  const serveQueue = (): void => {
    while (queue.length > 0) {
      const slot = idle.pop() ?? (slots.size < settings.concurrency && !stopped ? start() : undefined);
      if (slot === undefined) return;
      if (slot.instance.alive) queue.shift()?.take(slot);
      else forget(slot);
    }
  };

  const acquire = (): Promise<Slot> =>
    new Promise((take, refuse) => {
      queue.push({ take, refuse });
      serveQueue();
    });

  const release = (slot: Slot): void => {
    slot.invocationId = undefined;
    if (slots.has(slot) && slot.instance.alive) idle.push(slot);
    serveQueue();
  };

  const run = async (
    slot: Slot,
    invocationId: string,
    payload: string,
  ): Promise<{ outcome: InstanceOutcome; coldStart: boolean; startedMs: number }> => {
    const coldStart = !warm.has(slot);
    const initFailure = await slot.instance.ready;
    const startedMs = Date.now();
    if (initFailure !== undefined) {
      await slot.instance.kill(initFailure);
      return { outcome: { kind: 'failed', failure: initFailure }, coldStart, startedMs };
    }
    warm.add(slot);
    const deadlineMs = startedMs + settings.timeoutMs;
    const timer = setTimeout(() => void slot.instance.kill(timedOut(settings)), settings.timeoutMs);
    const traceHeader = `Root=${traceIdOf(invocationId)};Parent=${invocationId.replaceAll('-', '').slice(0, 16)};Sampled=1`;
    const outcome = await slot.instance.invoke({ invocationId, payload, deadlineMs, traceHeader });
    clearTimeout(timer);
    return { outcome, coldStart, startedMs };
  };

  return {
    settings,
    async invoke(payload, options = {}) {
      const invocationId = options.invocationId ?? randomUUID();
      if (stopped) throw new Error(`${settings.functionName} is stopped`);
      const end = activity.begin(`function ${settings.functionName}`);
      try {
        const slot = await acquire();
        slot.invocationId = invocationId;
        hooks.onBegin(slot.accessKeyId, invocationId);
        const { outcome, coldStart, startedMs } = await run(slot, invocationId, payload);
        hooks.onEnd(slot.accessKeyId);
        release(slot);
        const failure = failureOf(outcome);
        const invocation: Invocation = {
          invocationId,
          traceId: traceIdOf(invocationId),
          functionName: settings.functionName,
          coldStart,
          startedMs,
          endedMs: Date.now(),
          payload: failure === undefined && outcome.kind === 'result' ? outcome.payload : JSON.stringify(failure),
          failure,
        };
        hooks.onInvocation(invocation);
        return invocation;
      } finally {
        end();
      }
    },
    async kill(filter = {}) {
      const reason = { errorType: 'Runtime.ExitError', errorMessage: 'Runtime exited with error: signal: killed' };
      const chosen = [...slots].filter(
        (slot) =>
          (filter.invocationId === undefined || slot.invocationId === filter.invocationId) &&
          (filter.accessKeyId === undefined || slot.accessKeyId === filter.accessKeyId),
      );
      await Promise.all(chosen.map((slot) => slot.instance.kill(reason)));
    },
    async stop() {
      stopped = true;
      queue.splice(0).forEach(({ refuse }) => refuse(new Error(`${settings.functionName} is stopped`)));
      const reason = { errorType: 'Runtime.ExitError', errorMessage: 'The local cloud stops' };
      await Promise.all([...slots].map((slot) => slot.instance.kill(reason)));
    },
  };
}

function workerStart(settings: FunctionSettings): WorkerStart {
  const { taskRoot, handler, functionName, functionArn, memoryMb, logGroupName } = settings;
  return { taskRoot, handler, functionName, functionArn, memoryMb, logGroupName };
}

function timedOut(settings: FunctionSettings): FunctionFailure {
  const seconds = (settings.timeoutMs / 1000).toFixed(2);
  return { errorType: 'Sandbox.Timedout', errorMessage: `Task timed out after ${seconds} seconds` };
}

function failureOf(outcome: InstanceOutcome): FunctionFailure | undefined {
  if (outcome.kind === 'failed') return outcome.failure;
  const bytes = Buffer.byteLength(outcome.payload);
  if (bytes <= largestResponseBytes) return undefined;
  return {
    errorType: 'Function.ResponseSizeTooLarge',
    errorMessage: `Response payload size (${bytes} bytes) exceeded maximum allowed payload size (${largestResponseBytes} bytes).`,
  };
}

/** The reserved variables of the Lambda runtime (AWS Lambda Developer Guide, "Defined runtime environment variables"). */
function instanceEnvironment(
  settings: FunctionSettings,
  added: Readonly<Record<string, string>>,
): Record<string, string> {
  return {
    TZ: ':UTC',
    LANG: 'en_US.UTF-8',
    PATH: '/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin',
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_LAMBDA_FUNCTION_NAME: settings.functionName,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(settings.memoryMb),
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: settings.logGroupName,
    AWS_LAMBDA_LOG_STREAM_NAME: `${new Date().toISOString().slice(0, 10).replaceAll('-', '/')}/[$LATEST]${randomUUID().replaceAll('-', '')}`,
    LAMBDA_TASK_ROOT: settings.taskRoot,
    _HANDLER: settings.handler,
    // Nothing of the developer's own AWS set-up reaches a function.
    AWS_CONFIG_FILE: '/var/task/none',
    AWS_SHARED_CREDENTIALS_FILE: '/var/task/none',
    AWS_EC2_METADATA_DISABLED: 'true',
    ...settings.environment,
    ...added,
  };
}
