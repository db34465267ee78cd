import type { FunctionName, ServiceFunctionName } from '../../lambdas/env';
import { webhookFunctions } from './webhook-functions';
import { consumes, type FunctionSpec, journalStream, sendsTo } from './function-spec';
import { ledgerFunctions } from './ledger-functions';

type PipelineFunctionName = Exclude<FunctionName, ServiceFunctionName>;

/** Heads and cursors of the audit log: the same table holds step-ups and counters of second factors. */
const auditMarks = ['T#*#audit-head', 'T#*#audit-cursor#*', 'P#audit-head', 'P#audit-cursor#*'];

/** The functions behind queues, streams, schedules, Function URLs and the operator: size, environment and every right they have. */
export const pipelineFunctions: Record<PipelineFunctionName, FunctionSpec> = {
  ...ledgerFunctions,
  ...webhookFunctions,
  'payout-importer': {
    invokedBy: 'queue',
    memoryMb: 1024,
    timeoutSeconds: 120,
    env: [
      'journalTable',
      'viewsTable',
      'tenantRoleArn',
      'connectionSecretPrefix',
      'payoutImportsQueueUrl',
      'payoutImportsMaxReceiveCount',
      'sandboxUrl',
    ],
    own: [
      consumes('payout-imports', 'takes payouts that are paid, and puts one back that the provider cannot list yet'),
    ],
    tenant: [
      {
        on: 'journal',
        actions: ['dynamodb:Query', 'dynamodb:PutItem'],
        keys: ['settlement#*', 'settlement-claim#*', 'payment#*'],
        why: 'records the lines of a payout on the payments they are about, and that it has a batch',
      },
      { on: 'views', actions: ['dynamodb:GetItem'], keys: ['gate#gate'], why: 'finds the connection of the payout' },
      {
        on: 'connection-secrets',
        actions: ['secretsmanager:GetSecretValue'],
        why: 'asks the provider with the credentials of the connection',
      },
    ],
  },
  'payment-sweeper': {
    invokedBy: 'schedule',
    memoryMb: 1024,
    // Shorter than the minute between two runs, so that they seldom meet; where they do, they are harmless to one another.
    timeoutSeconds: 55,
    reservedConcurrency: 1,
    env: ['journalTable', 'viewsTable', 'tenantRoleArn', 'connectionSecretPrefix', 'sandboxUrl'],
    own: [
      sendsTo('payment-sweeper-failures', 'a run that failed for good is kept here'),
      {
        on: 'views/byTime',
        actions: ['dynamodb:Query'],
        keys: ['P#open-payment#*'],
        why: 'finds the payments of all tenants that are due, by their ids alone',
      },
    ],
    tenant: [
      {
        on: 'journal',
        actions: ['dynamodb:Query', 'dynamodb:PutItem'],
        keys: ['payment#*'],
        why: 'reads which operations are open, and writes what the provider says of them',
      },
      {
        on: 'connection-secrets',
        actions: ['secretsmanager:GetSecretValue'],
        why: 'asks the provider with the credentials of the connection',
      },
    ],
  },
  projector: {
    invokedBy: 'stream',
    memoryMb: 1024,
    timeoutSeconds: 60,
    env: ['journalTable', 'viewsTable', 'notificationsQueueUrl', 'payoutImportsQueueUrl'],
    own: [
      journalStream,
      sendsTo('payout-imports', 'has the lines of a payout fetched when it is paid'),
      sendsTo('projector-failures', 'a record that never succeeds goes here, with its position in the stream'),
      sendsTo('notifications', 'reacts to commits that a person is to hear of'),
      { on: 'journal', actions: ['dynamodb:Query'], why: 'folds whole streams of every tenant' },
      {
        on: 'views',
        actions: ['dynamodb:PutItem', 'dynamodb:UpdateItem'],
        why: 'puts a view when its version is newer',
      },
    ],
  },
  'audit-sequencer': {
    invokedBy: 'stream',
    memoryMb: 1024,
    timeoutSeconds: 60,
    env: ['journalTable', 'coordinationTable', 'wormBucket', 'ledgerQueueUrl'],
    own: [
      journalStream,
      sendsTo('ledger', 'tells the ledger that a log has grown by commits that may have moved money'),
      sendsTo('audit-sequencer-failures', 'a record that never succeeds goes here, with its position in the stream'),
      { on: 'journal', actions: ['dynamodb:Query'], why: 'reads the commits up to the newest of a stream' },
      {
        on: 'coordination',
        actions: ['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:PutItem'],
        keys: auditMarks,
        why: 'moves the head of a log and the cursors of its streams by compare-and-swap',
      },
      {
        on: 'worm-objects',
        actions: ['s3:PutObject', 's3:GetObject'],
        why: 'ships commits with their retention, and after a crash reads what it had shipped',
      },
    ],
  },
  'audit-sweep': {
    invokedBy: 'schedule',
    memoryMb: 1024,
    timeoutSeconds: 300,
    reservedConcurrency: 1,
    env: ['journalTable', 'coordinationTable', 'wormBucket'],
    own: [
      sendsTo('audit-sweep-failures', 'a run that failed twice is kept here'),
      {
        on: 'journal',
        actions: ['dynamodb:Scan', 'dynamodb:Query'],
        why: 'finds commits that no stream record told of',
      },
      {
        on: 'coordination',
        actions: ['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:PutItem'],
        keys: [...auditMarks, 'P#audit-sweep#*'],
        why: 'moves the head of a log and the cursors of its streams by compare-and-swap',
      },
      {
        on: 'worm-objects',
        actions: ['s3:PutObject', 's3:GetObject'],
        why: 'ships commits with their retention, and after a crash reads what was shipped',
      },
    ],
  },
  notifier: {
    invokedBy: 'queue',
    memoryMb: 512,
    timeoutSeconds: 30,
    env: ['journalTable', 'sealingKeyArn', 'tokenKeyArn', 'resendSecretArn', 'consoleUrl', 'mailFrom', 'userPoolId'],
    own: [
      consumes('notifications', 'takes notices and puts a failed one back'),
      {
        on: 'journal',
        actions: ['dynamodb:Query'],
        keys: ['T#*#invitation#*', 'T#*#tenant#*', 'T#*#owners#*'],
        why: 'reads the sealed address of an invitation, the name of a tenant, and who its Owners are',
      },
      { on: 'user-pool', actions: ['cognito-idp:ListUsers'], why: 'finds the address of a person by subject id' },
      {
        on: 'sealing-key',
        actions: ['kms:Decrypt'],
        encryptionContext: { purpose: 'invitation-email' },
        why: 'opens the address it writes to',
      },
      { on: 'token-key', actions: ['kms:GenerateMac'], why: 'makes the invitation token that the mail carries' },
      { on: 'resend-secret', actions: ['secretsmanager:GetSecretValue'], why: 'the API key of the mail service' },
    ],
  },
  'sandbox-provider': {
    invokedBy: 'function-url',
    memoryMb: 512,
    timeoutSeconds: 10,
    env: ['sandboxTable', 'sandboxWebhooksQueueUrl'],
    own: [
      {
        on: 'sandbox',
        actions: [
          'dynamodb:GetItem',
          'dynamodb:PutItem',
          'dynamodb:UpdateItem',
          'dynamodb:Query',
          'dynamodb:DeleteItem',
        ],
        why: "the provider's own books",
      },
      sendsTo('sandbox-webhooks', "the provider's own outgoing webhooks"),
    ],
  },
  'sandbox-webhooks': {
    invokedBy: 'queue',
    memoryMb: 512,
    timeoutSeconds: 30,
    env: ['sandboxTable', 'webhookUrl'],
    own: [
      consumes('sandbox-webhooks', 'takes webhooks that are due and puts refused ones back'),
      { on: 'sandbox', actions: ['dynamodb:GetItem'], why: "the merchant's webhook secret" },
    ],
  },
  'pre-sign-up': {
    invokedBy: 'cognito',
    memoryMb: 256,
    timeoutSeconds: 5,
    env: ['autoConfirmSignUps'],
    own: [],
  },
  'post-authentication': {
    invokedBy: 'cognito',
    memoryMb: 512,
    // Cognito waits no longer. [Cognito: considerations of Lambda triggers]
    timeoutSeconds: 5,
    env: ['journalTable'],
    own: [
      {
        on: 'journal',
        actions: ['dynamodb:PutItem'],
        keys: ['P#observation#*'],
        why: "remembers sign-ins in the platform's log",
      },
    ],
  },
  'platform-bootstrap': {
    invokedBy: 'operator',
    memoryMb: 512,
    timeoutSeconds: 30,
    reservedConcurrency: 1,
    env: ['journalTable', 'viewsTable', 'userPoolId'],
    own: [
      { on: 'user-pool', actions: ['cognito-idp:ListUsers'], why: 'finds the person by e-mail address' },
      {
        on: 'journal',
        actions: ['dynamodb:Query', 'dynamodb:PutItem'],
        keys: ['P#bootstrap#*', 'P#platform-admin#*'],
        why: 'appends the first Super Admin, once only',
      },
      {
        on: 'views',
        actions: ['dynamodb:PutItem'],
        keys: ['P#platform-admin#*'],
        why: 'writes the Super Admin in the transaction of the commit',
      },
    ],
  },
  'platform-admins': {
    invokedBy: 'operator',
    memoryMb: 512,
    timeoutSeconds: 30,
    reservedConcurrency: 1,
    env: ['journalTable', 'viewsTable', 'coordinationTable', 'userPoolId'],
    own: [
      { on: 'user-pool', actions: ['cognito-idp:ListUsers'], why: 'finds the person by e-mail address' },
      {
        on: 'journal',
        actions: ['dynamodb:Query', 'dynamodb:PutItem'],
        keys: [
          'P#bootstrap#*',
          'P#platform-admin#*',
          'P#glasses#*',
          'T#*#member#*',
          'P#mfa#*',
          'P#security-policy#platform',
        ],
        why: 'appoints and removes Super Admins, ends what a removed one is a guest of, resets their second factors and the addresses they may come from',
      },
      {
        on: 'coordination',
        actions: ['dynamodb:PutItem'],
        keys: ['P#step-up#*'],
        why: 'revokes the step-ups of whose factors are reset',
      },
      {
        on: 'coordination',
        actions: ['dynamodb:UpdateItem'],
        keys: ['P#mfa-counter#*'],
        why: 'lifts the lock of whose factors are reset',
      },
      {
        on: 'views/byTime',
        actions: ['dynamodb:Query'],
        keys: ['P#membership#*'],
        why: 'whether the person belongs to a tenant, and can be no Super Admin',
      },
      {
        on: 'views',
        actions: ['dynamodb:PutItem'],
        keys: ['P#platform-admin#*', 'T#*#member#*', 'P#mfa#*', 'P#security-policy#platform'],
        why: 'writes their standing, that they have no factor, and the policy, in the transaction of the commit, so that it holds at once',
      },
    ],
  },
  'rebuild-views': {
    invokedBy: 'operator',
    memoryMb: 1769,
    timeoutSeconds: 900,
    reservedConcurrency: 1,
    env: ['journalTable', 'viewsTable', 'coordinationTable'],
    own: [
      { on: 'journal', actions: ['dynamodb:Scan', 'dynamodb:Query'], why: 'reads every stream' },
      {
        on: 'coordination',
        actions: ['dynamodb:UpdateItem'],
        keys: ['P#lease#rebuild-views'],
        why: 'holds the lease of rebuilds, so that one runs at a time',
      },
      {
        on: 'views',
        actions: ['dynamodb:PutItem', 'dynamodb:UpdateItem'],
        why: 'puts a view when its version is newer',
      },
    ],
  },
};
