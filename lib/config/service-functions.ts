import type { ServiceFunctionName } from '../../lambdas/env';
import { cursorSecret, type FunctionSpec, type Grant, limiterCells, stepUpState } from './function-spec';

/**
 * The functions behind the REST API: size, environment and every right they have. API Gateway gives up after 29 s, so
 * they give up before it and can still answer.
 */
const service = { invokedBy: 'api', memoryMb: 1024, timeoutSeconds: 25 } as const;

/** The access read of a request: membership and gate from views, and the stream that its Idempotency-Key names. */
const tenantAccess: readonly Grant[] = [
  {
    on: 'views',
    actions: ['dynamodb:BatchGetItem', 'dynamodb:GetItem'],
    why: 'reads the membership, the gate and single entities',
  },
  {
    on: 'journal',
    actions: ['dynamodb:BatchGetItem', 'dynamodb:GetItem', 'dynamodb:Query'],
    why: 'folds the streams it decides on, and finds the commit of an Idempotency-Key',
  },
  {
    on: 'journal',
    actions: ['dynamodb:PutItem', 'dynamodb:ConditionCheckItem'],
    why: 'appends commits and observations',
  },
];

const listViews: Grant = { on: 'views/byTime', actions: ['dynamodb:Query'], why: 'lists entities, newest first' };

const writeViews: Grant = {
  on: 'views',
  actions: ['dynamodb:PutItem', 'dynamodb:UpdateItem'],
  why: 'writes member and gate in the transaction of their commit, so that a change holds at once',
};

const tenantEnv = [
  'stage',
  'journalTable',
  'viewsTable',
  'coordinationTable',
  'tenantRoleArn',
  'allowedOrigins',
] as const;

export const serviceFunctions: Record<ServiceFunctionName, FunctionSpec> = {
  tenants: {
    ...service,
    env: [
      'stage',
      'journalTable',
      'viewsTable',
      'coordinationTable',
      'allowedOrigins',
      'cursorSecretArn',
      'sealingKeyArn',
      'tokenKeyArn',
    ],
    own: [
      limiterCells,
      stepUpState,
      cursorSecret,
      {
        on: 'journal',
        actions: [
          'dynamodb:PutItem',
          'dynamodb:ConditionCheckItem',
          'dynamodb:GetItem',
          'dynamodb:BatchGetItem',
          'dynamodb:Query',
        ],
        why: 'provisions tenants: their streams and their first Owner are of every tenant and of the platform',
      },
      {
        on: 'views',
        actions: [
          'dynamodb:PutItem',
          'dynamodb:UpdateItem',
          'dynamodb:GetItem',
          'dynamodb:BatchGetItem',
          'dynamodb:Query',
        ],
        why: 'writes member and gate of a new tenant in its first transaction; reads Super Admins and tenants',
      },
      { on: 'views/byTime', actions: ['dynamodb:Query'], why: 'lists tenants' },
      { on: 'sealing-key', actions: ['kms:Encrypt'], why: "seals the first Owner's e-mail address" },
      { on: 'token-key', actions: ['kms:GenerateMac'], why: 'hashes e-mail addresses for comparing' },
    ],
  },
  members: {
    ...service,
    env: [...tenantEnv, 'cursorSecretArn', 'sealingKeyArn', 'tokenKeyArn'],
    own: [
      limiterCells,
      stepUpState,
      cursorSecret,
      { on: 'token-key', actions: ['kms:VerifyMac'], why: 'checks an invitation token before a tenant is believed' },
    ],
    tenant: [
      ...tenantAccess,
      writeViews,
      listViews,
      { on: 'sealing-key', actions: ['kms:Encrypt'], why: "seals the invited person's e-mail address" },
      { on: 'token-key', actions: ['kms:GenerateMac'], why: 'hashes e-mail addresses for comparing' },
    ],
  },
  me: {
    ...service,
    env: ['stage', 'journalTable', 'viewsTable', 'coordinationTable', 'allowedOrigins', 'sealingKeyArn'],
    own: [
      limiterCells,
      {
        on: 'coordination',
        actions: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
        keys: ['P#step-up#*', 'P#mfa-counter#*'],
        why: "counts attempts, uses each step once, records the session's step-up",
      },
      {
        on: 'journal',
        actions: ['dynamodb:PutItem', 'dynamodb:ConditionCheckItem', 'dynamodb:GetItem', 'dynamodb:Query'],
        keys: ['P#user#*', 'P#mfa#*', 'P#observation#*'],
        why: "the person's own streams, and observations of failed factors",
      },
      {
        on: 'views',
        actions: ['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:PutItem'],
        keys: ['P#user#*', 'P#mfa#*', 'P#admin#*'],
        why: 'who the person is and which factors they have',
      },
      { on: 'sealing-key', actions: ['kms:Encrypt', 'kms:Decrypt'], why: 'seals and opens the TOTP seed' },
    ],
  },
  connections: {
    ...service,
    env: [...tenantEnv, 'cursorSecretArn', 'connectionSecretPrefix', 'secretsKeyArn', 'webhookUrl', 'sandboxUrl'],
    own: [limiterCells, stepUpState, cursorSecret],
    tenant: [
      ...tenantAccess,
      writeViews,
      listViews,
      {
        on: 'connection-secrets',
        actions: ['secretsmanager:CreateSecret', 'secretsmanager:TagResource', 'secretsmanager:PutSecretValue'],
        why: 'keeps the credentials of a connection; it never reads one back',
      },
    ],
  },
  payments: {
    ...service,
    reservedConcurrency: 100,
    env: [...tenantEnv, 'cursorSecretArn', 'connectionSecretPrefix', 'sandboxUrl'],
    own: [limiterCells, stepUpState, cursorSecret],
    tenant: [
      ...tenantAccess,
      listViews,
      {
        on: 'connection-secrets',
        actions: ['secretsmanager:GetSecretValue'],
        why: 'calls the provider with the credentials of the connection',
      },
    ],
  },
  'webhook-events': {
    ...service,
    env: [...tenantEnv, 'cursorSecretArn', 'webhooksQueueUrl'],
    own: [limiterCells, stepUpState, cursorSecret],
    tenant: [
      ...tenantAccess,
      listViews,
      { on: 'webhooks', actions: ['sqs:SendMessage'], why: 'a redrive enqueues the event again' },
    ],
  },
  'audit-events': {
    ...service,
    env: [...tenantEnv, 'cursorSecretArn'],
    own: [limiterCells, stepUpState, cursorSecret],
    tenant: [...tenantAccess, listViews],
  },
  'api-docs': {
    ...service,
    memoryMb: 512,
    env: ['stage', 'coordinationTable', 'allowedOrigins'],
    own: [limiterCells],
  },
};
