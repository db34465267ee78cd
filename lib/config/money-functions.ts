import type { ServiceFunctionName } from '../../lambdas/env';
import { type FunctionSpec, sendsTo } from './function-spec';
import { access, firstCommit, listing, lists, observes, service, streams, tenantEnv } from './service-grants';

/** The functions that serve payments, and what follows from them. */
export const moneyFunctions = {
  payments: {
    ...service,
    reservedConcurrency: 100,
    env: [...tenantEnv, 'cursorSecretArn', 'connectionSecretPrefix', 'sandboxUrl'],
    own: listing,
    tenant: [
      access('payment'),
      firstCommit('payment'),
      ...streams('payment'),
      lists('payment'),
      {
        on: 'connection-secrets',
        actions: ['secretsmanager:GetSecretValue'],
        why: 'calls the provider with the credentials of the connection',
      },
    ],
  },
  settlements: {
    ...service,
    env: [...tenantEnv, 'cursorSecretArn'],
    own: listing,
    tenant: [
      access('settlement'),
      firstCommit('settlement'),
      ...streams('settlement', 'settlement-claim', 'payment'),
      lists('settlement'),
      lists('settlement-line#*'),
    ],
  },
  ledger: {
    ...service,
    env: [...tenantEnv, 'cursorSecretArn'],
    own: listing,
    tenant: [
      access(),
      observes,
      {
        on: 'views',
        actions: ['dynamodb:GetItem'],
        keys: ['ledger#*', 'ledger-entries#*'],
        why: 'reads balances and entries',
      },
      { on: 'views', actions: ['dynamodb:Query'], keys: ['ledger-lines#*'], why: 'reads statements' },
    ],
  },
  'webhook-events': {
    ...service,
    env: [...tenantEnv, 'cursorSecretArn', 'webhooksQueueUrl', 'webhookRedrivesQueueUrl'],
    own: listing,
    tenant: [
      access('webhook-redrive'),
      firstCommit('webhook-redrive'),
      ...streams('webhook-event', 'webhook-redrive'),
      lists('webhook-event'),
      lists('webhook-event-status#*'),
      sendsTo('webhooks', 'a redrive enqueues the event again'),
      sendsTo('webhook-redrives', 'a redrive of many is a job'),
    ],
  },
} satisfies Partial<Record<ServiceFunctionName, FunctionSpec>>;
