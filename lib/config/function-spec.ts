import type { env } from '../../lambdas/env';

/** Things that a grant can be on. `lib/constructs/grant-targets.ts` knows what each of them is in AWS. */
export type GrantTargetName =
  | 'journal'
  | 'journal-stream'
  | 'views'
  | 'views/byTime'
  | 'coordination'
  | 'sandbox'
  | 'worm-objects'
  | 'connection-secrets'
  | 'cursor-secret'
  | 'resend-secret'
  | 'sealing-key'
  | 'token-key'
  | 'address-key'
  | 'webhooks'
  | 'webhooks-dlq'
  | 'webhook-redrives'
  | 'webhook-redrives-dlq'
  | 'notifications'
  | 'payout-imports'
  | 'sandbox-webhooks'
  | 'payment-sweeper-failures'
  | 'projector-failures'
  | 'audit-sequencer-failures'
  | 'audit-sweep-failures'
  | 'ledger'
  | 'ledger-sweep-failures'
  | 'user-pool';

/**
 * Allowed actions on one thing. What follows from a grant (using the key that encrypts a table, a queue, a bucket or a
 * secret, and only through that service) is added by the construct, so it is neither written here nor forgotten.
 */
export interface Grant {
  on: GrantTargetName;
  /** IAM actions in full (`dynamodb:PutItem`). No wildcards. */
  actions: readonly string[];
  /**
   * DynamoDB only: partition keys that the grant reaches, as IAM patterns. Without it every key is reached, which only
   * platform-plane functions may. Of a tenant role: what follows the tenant's own prefix, which is always put in front.
   */
  keys?: readonly string[];
  /** `dynamodb:UpdateItem` only: attributes beside the key that an update may name, as IAM patterns. Without it, all of them. */
  attributes?: readonly string[];
  /** KMS only: what the encryption context must say. It keeps whoever may open one kind of sealed text from opening another. */
  encryptionContext?: Readonly<Record<string, string>>;
  why: string;
}

export type EnvName = keyof typeof env;

/** How a function is invoked decides where a failed invocation goes. */
export type Invocation = 'api' | 'function-url' | 'queue' | 'stream' | 'schedule' | 'cognito' | 'operator';

export interface FunctionSpec {
  invokedBy: Invocation;
  /** Lambda gives CPU in proportion; 1769 MB is one full core. */
  memoryMb: number;
  timeoutSeconds: number;
  /** Executions set aside where the stage allows (StageConfig.reserveConcurrency), also the most that may run at once. */
  reservedConcurrency?: number;
  /** Environment variables it is given; their names are in `lambdas/env.ts`. */
  env: readonly EnvName[];
  /** What its own execution role may do, beside its log group and traces. */
  own: readonly Grant[];
  /** What its tenant role may do for the tenant of the session tag. Present exactly on tenant-plane functions. */
  tenant?: readonly Grant[];
}

/** Cells of the rate limiter: one conditional update a request (two at a cell's first use). */
export const limiterCells: Grant = {
  on: 'coordination',
  actions: ['dynamodb:UpdateItem'],
  keys: ['P#limit#*'],
  why: 'takes a request from the rate limiter',
};

/** The platform's security policy: read by the standard chain of every service function, at most every half minute. */
export const platformPolicy: Grant = {
  on: 'views',
  actions: ['dynamodb:GetItem'],
  keys: ['P#security-policy#platform'],
  why: "reads the platform's security policy, the floor of every tenant's",
};

/** Whether the session has stepped up: read by the standard chain on routes that need a second factor. */
export const stepUpState: Grant = {
  on: 'coordination',
  actions: ['dynamodb:BatchGetItem'],
  keys: ['P#step-up#*'],
  why: "reads the session's step-up, and whether step-ups were revoked",
};

/** Whether a person has a second factor at all: read only when a sign-in was refused for want of one. */
export const secondFactor: Grant = {
  on: 'views',
  actions: ['dynamodb:GetItem'],
  keys: ['P#mfa#*'],
  why: 'whether somebody who has verified no second factor has one, or must first enrol it',
};

/** Refusals of people who belong to no tenant, and of what belongs to none. */
export const platformObservations: Grant = {
  on: 'journal',
  actions: ['dynamodb:PutItem'],
  keys: ['P#observation#*'],
  why: "remembers refusals in the platform's log",
};

export const cursorSecret: Grant = {
  on: 'cursor-secret',
  actions: ['secretsmanager:GetSecretValue'],
  why: 'signs and verifies list cursors',
};

/** Two keys per reading of the stream, and no more: what Lambda's poller asks for in the function's name. */
export const journalStream: Grant = {
  on: 'journal-stream',
  actions: ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator', 'dynamodb:ListStreams'],
  why: 'is woken by the journal',
};

/** What Lambda's poller and a processor that sets its own backoff need of a queue. */
export const consumes = (queue: GrantTargetName, why: string): Grant => ({
  on: queue,
  actions: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ChangeMessageVisibility'],
  why,
});

export const sendsTo = (queue: GrantTargetName, why: string): Grant => ({
  on: queue,
  actions: ['sqs:SendMessage'],
  why,
});
