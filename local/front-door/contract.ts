/**
 * The seams of the local cloud: what a local AWS service is, what the front door offers to the runtime
 * (workers, API, event sources), and what tests may ask of it over its control endpoints.
 */

/** Who signed a request: resolved from the access key id of its Authorization header. */
export interface Principal {
  /** `role` for a function or an assumed role, `admin` for the local operator (tests, seed, event sources). */
  readonly kind: 'role' | 'admin';
  /** `arn:aws:iam::<account>:role/<name>`; for admin `arn:aws:iam::<account>:root`. */
  readonly roleArn: string;
  /** Session tags of an AssumeRole call, e.g. `{ tenant: 'ten_…' }`. */
  readonly sessionTags: Readonly<Record<string, string>>;
  /** The deployed name of the function that holds these credentials (assumed roles keep the first caller). */
  readonly functionName?: string;
}

/** One AWS API call, parsed from the wire, whatever its protocol (JSON, query, REST-XML, CBOR). */
export interface AwsCall {
  /** Signing name: `dynamodb`, `sqs`, `s3`, `kms`, `secretsmanager`, `sts`, `sns`, `lambda`, `cognito-idp`, `monitoring`. */
  readonly service: string;
  /** Operation of the API reference, e.g. `PutItem`, `SendMessageBatch`, `HeadObject`; IAM's actions are derived from it. */
  readonly action: string;
  readonly principal: Principal;
  readonly method: string;
  /** Path with its query string, as received. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Aborted when the caller hangs up, so that a long poll hands nothing to nobody. */
  readonly signal?: AbortSignal;
}

export interface AwsReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** One local engine behind the front door. It may assume that the call was authorised. */
export interface LocalService {
  readonly name: string;
  handle(call: AwsCall): Promise<AwsReply>;
  /** Flushes state to disk and frees ports and processes. */
  close(): Promise<void>;
}

/** What a policy evaluation needs; the assembly loader builds it from the synthesized templates. */
export interface PolicySource {
  /** Identity policies (inline and attached) of a role, as resolved policy documents. */
  identityPolicies(roleArn: string): readonly { readonly name: string; readonly document: object }[];
  /** Trust policy of a role. */
  trustPolicy(roleArn: string): object | undefined;
  /** Resource policy of a bucket, queue, topic, key, secret or function by its ARN. */
  resourcePolicy(resourceArn: string): object | undefined;
}

/** One call as counted, for cost tests, the bench and the scan of what was written. */
export interface CountedCall {
  readonly sequence: number;
  readonly atMs: number;
  readonly startedMs: number;
  readonly endedMs: number;
  /** Lambda invocation (`X-Amzn-Trace-Id` Root of the runtime, or the worker's current invocation id). */
  readonly invocationId: string | undefined;
  readonly functionName: string | undefined;
  readonly service: string;
  readonly action: string;
  /** Main resource: table name(s), queue name, bucket/key, key id. */
  readonly resource: string;
  readonly status: number;
  /** AWS error code of a refused call. */
  readonly errorCode: string | undefined;
  readonly readUnits: number;
  readonly writeUnits: number;
  readonly requestBytes: number;
  readonly responseBytes: number;
  readonly faultInjected: string | undefined;
}

/**
 * A fault rule. It matches calls by function name, service, action and a substring of the request body;
 * it fires `times` (default 1), after skipping `skip` matches (default 0), or with `probability` on `seed`.
 */
export interface FaultRule {
  readonly id: string;
  readonly functionName?: string;
  readonly service?: string;
  readonly action?: string;
  readonly bodyIncludes?: string;
  readonly skip?: number;
  readonly times?: number;
  readonly probability?: number;
  readonly seed?: number;
  /**
   * throttle: the service's throttling error before any effect · error: HTTP 500 before any effect ·
   * timeout-before: the connection hangs, then resets, without effect · timeout-after: the effect happens, the answer is lost ·
   * delay: the answer is held for `delayMs` · kill-before / kill-after: the calling function's worker dies before or after the effect.
   */
  readonly kind: 'throttle' | 'error' | 'timeout-before' | 'timeout-after' | 'delay' | 'kill-before' | 'kill-after';
  readonly delayMs?: number;
}

/**
 * Control endpoints of the local cloud (loopback only), on the front door under `/_local/`:
 *
 *   GET    /_local/calls?since=<sequence>&invocation=<id>&function=<name>   → CountedCall[]
 *   POST   /_local/faults  FaultRule          → 204      DELETE /_local/faults[/<id>] → 204    GET /_local/faults → rules with hit counts
 *   POST   /_local/deny    { functionName, action, resource? } → { id }  takes one grant away (explicit deny on the function's roles)
 *   DELETE /_local/deny[/<id>] → 204
 *   POST   /_local/deliveries { queueName, duplicateProbability?, shuffle?, seed? } → 204; only queueName: ends it
 *   GET    /_local/queues                     → [{ name, visible, inFlight, delayed, oldestAgeMs, nextVisibleAtMs }]
 *   GET    /_local/outbox                     → e-mails sent   [{ to, subject, html, text, at, idempotencyKey }]
 *   GET    /_local/notifications              → messages published to on-call topics [{ topicArn, subject, message, at }]
 *   GET    /_local/logs?function=<name>&contains=<s> → log lines [{ at, functionName, invocationId, line }]
 *   GET    /_local/writes                     → every string the cloud wrote (log lines, error bodies, queue messages, items, objects), for the secret scan
 *   POST   /_local/invoke  { functionName, payload } → { statusCode, payload, functionError? }
 *   POST   /_local/kill    { functionName }  → 204  ends every instance of the function
 *   POST   /_local/tick    { schedule?: name } → runs schedules (all or one) now
 *   POST   /_local/alarms/evaluate            → evaluates every alarm now → [{ name, state }]
 *   POST   /_local/idle    { timeoutMs }      → returns when no queue, stream or worker has anything to do: { idle: boolean, waitingFor: string[], deferred: string[] };
 *                                               `deferred`: messages in backoff, whose time the clock can bring
 *   POST   /_local/clock   { advanceMs }      → shifts the clock of visibility timeouts, delays and schedules (not of functions)
 */
export const controlPrefix = '/_local/';
