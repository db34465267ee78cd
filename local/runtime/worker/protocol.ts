/** Messages between the cloud and the thread in which one instance of a function lives. */

export interface WorkerStart {
  readonly taskRoot: string;
  /** `file.export`, as in the template. */
  readonly handler: string;
  readonly functionName: string;
  readonly functionArn: string;
  readonly memoryMb: number;
  readonly logGroupName: string;
}

export interface InvokeMessage {
  readonly invocationId: string;
  /** JSON text of the event. */
  readonly payload: string;
  /** Milliseconds since the epoch at which the instance is ended. */
  readonly deadlineMs: number;
  readonly traceHeader: string;
}

/** As the Lambda runtime reports an error to the service. */
export interface FunctionFailure {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
}

export type WorkerMessage =
  | { readonly kind: 'ready' }
  /** The instance is lost: its bundle did not load, or an error escaped every handler. */
  | { readonly kind: 'crashed'; readonly failure: FunctionFailure }
  | { readonly kind: 'log'; readonly invocationId: string | undefined; readonly text: string }
  | { readonly kind: 'result'; readonly invocationId: string; readonly payload: string }
  | { readonly kind: 'failed'; readonly invocationId: string; readonly failure: FunctionFailure };
