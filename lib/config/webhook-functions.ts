import type { FunctionName } from '../../lambdas/env';
import { consumes, type FunctionSpec, limiterCells, sendsTo } from './function-spec';

/** The functions between providers and payments: the intake, what applies events, and the ways back for what died. */
export const webhookFunctions = {
  'webhook-ingest': {
    invokedBy: 'function-url',
    memoryMb: 1024,
    timeoutSeconds: 10,
    reservedConcurrency: 100,
    env: ['viewsTable', 'coordinationTable', 'tenantRoleArn', 'connectionSecretPrefix', 'webhooksQueueUrl'],
    own: [limiterCells, sendsTo('webhooks', 'answers 2xx only when the events are durable here')],
    tenant: [
      {
        on: 'views',
        actions: ['dynamodb:GetItem'],
        keys: ['gate#gate'],
        why: 'finds the connection that the delivery names',
      },
      {
        on: 'connection-secrets',
        actions: ['secretsmanager:GetSecretValue'],
        why: 'verifies the signature with the webhook secret of the connection',
      },
    ],
  },
  'webhook-processor': {
    invokedBy: 'queue',
    memoryMb: 1024,
    timeoutSeconds: 30,
    env: [
      'journalTable',
      'viewsTable',
      'tenantRoleArn',
      'connectionSecretPrefix',
      'webhooksQueueUrl',
      'webhooksMaxReceiveCount',
    ],
    own: [consumes('webhooks', 'takes deliveries, and puts a failed one back with a growing delay')],
    tenant: [
      {
        on: 'journal',
        actions: ['dynamodb:Query', 'dynamodb:PutItem'],
        keys: ['payment#*', 'settlement#*', 'connection#*', 'webhook-event#*'],
        why: 'applies events to payments and settlements, and keeps the state of each delivery',
      },
      {
        on: 'connection-secrets',
        actions: ['secretsmanager:GetSecretValue'],
        why: 'asks the provider which payment an event is about, where the event names it by the reference of the provider alone',
      },
    ],
  },
  'webhook-redrive': {
    invokedBy: 'queue',
    memoryMb: 1024,
    timeoutSeconds: 120,
    env: [
      'journalTable',
      'viewsTable',
      'coordinationTable',
      'tenantRoleArn',
      'webhooksQueueUrl',
      'webhookRedrivesQueueUrl',
    ],
    own: [
      consumes('webhook-redrives', 'takes redrives of many events, and puts a failed one back'),
      sendsTo('webhook-redrives', 'goes on with a redrive when its time is over'),
    ],
    tenant: [
      {
        on: 'journal',
        actions: ['dynamodb:Query', 'dynamodb:PutItem'],
        keys: ['webhook-event#*', 'webhook-redrive#*'],
        why: 'asks for each event to be redriven, and writes down how far it has come',
      },
      {
        on: 'coordination',
        actions: ['dynamodb:UpdateItem', 'dynamodb:ConditionCheckItem'],
        keys: ['lease#webhook-redrive'],
        why: 'holds the lease of redrives, and guards every write with its fence',
      },
      {
        on: 'views/byTime',
        actions: ['dynamodb:Query'],
        keys: ['webhook-event-status#dead', 'webhook-event-status#dead.*'],
        why: 'lists the dead events',
      },
      sendsTo('webhooks', 'enqueues the events again'),
    ],
  },
  'webhook-dead-letters': {
    invokedBy: 'schedule',
    memoryMb: 512,
    timeoutSeconds: 240,
    reservedConcurrency: 1,
    env: ['journalTable', 'viewsTable', 'tenantRoleArn', 'webhooksDeadLetterQueueUrl'],
    own: [
      {
        on: 'webhooks-dlq',
        actions: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:ChangeMessageVisibility'],
        why: 'looks through the dead letters, and removes those whose events have been dealt with',
      },
      sendsTo('webhook-redrives-dlq', 'a look that failed twice is kept here'),
    ],
    tenant: [
      {
        on: 'journal',
        actions: ['dynamodb:Query', 'dynamodb:PutItem'],
        keys: ['webhook-event#*'],
        why: 'notes as dead what died without a note',
      },
    ],
  },
} satisfies Partial<Record<FunctionName, FunctionSpec>>;
