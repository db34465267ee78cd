import type { IMetric } from 'aws-cdk-lib/aws-cloudwatch';

import type { AlarmWithRunbookProps } from './alarm-with-runbook';
import {
  apiMetric,
  failuresOf,
  invocations,
  iteratorAgeMs,
  ofFunctions,
  productMetric,
  queueDepth,
  tableSystemErrors,
  tableThrottles,
} from './metrics';
import type { StageConfig } from '../config/stage-config';
import { webhookAlarms } from './webhook-alarms';

export type AlarmDefinition = Omit<AlarmWithRunbookProps, 'config' | 'topics'>;

/** Fires as soon as there is one. */
const any = (metric: IMetric) => ({ metric, threshold: 1 });

/**
 * Every alarm of the product. One belongs here if a person must do something about it; its name is the heading of its
 * entry in docs/runbook.md.
 */
export function alarmsOf(config: StageConfig): readonly AlarmDefinition[] {
  return [
    ...webhookAlarms(config),
    ...paymentAlarms(config),
    ...settlementAlarms(config),
    ...auditAlarms(config),
    ...viewAlarms(config),
    ...ledgerAlarms(config),
    ...apiAlarms(config),
    ...platformAlarms(config),
    ...(config.sandbox ? sandboxAlarms(config) : []),
  ];
}

const settlementAlarms = (config: StageConfig): readonly AlarmDefinition[] => [
  {
    name: 'payout-imports-dlq',
    severity: 'warning',
    impact: 'What a payout consists of could not be fetched: its payments are not shown as settled.',
    ...any(queueDepth(config, 'payout-imports-dlq')),
  },
];

const paymentAlarms = (config: StageConfig): readonly AlarmDefinition[] => [
  {
    name: 'operation-unresolved',
    severity: 'critical',
    impact:
      'A provider never told what became of an operation: money may or may not have moved, and the payment is marked.',
    ...any(productMetric(config, 'OperationUnresolved')),
  },
  {
    name: 'lookups-failing',
    severity: 'warning',
    impact: 'Open operations of some tenant cannot be looked up: their payments stay in processing.',
    // One payment that cannot be looked up for half an hour is enough: it may be a large one.
    metric: productMetric(config, 'LookupFailed', 5),
    threshold: 1,
    periods: 6,
  },
  {
    name: 'provider-credentials-refused',
    severity: 'warning',
    impact: 'A provider refuses the credentials of a connection in use: no payment of its tenant goes through it.',
    metric: productMetric(config, 'ProviderCredentialsRefused', 5),
    threshold: 5,
  },
  {
    name: 'payment-sweeper-behind',
    severity: 'warning',
    impact: 'Look-ups of open operations are made a quarter of an hour late or later: payments stay in processing.',
    metric: productMetric(config, 'SweepBehind', 5),
    threshold: 1,
    periods: 3,
  },
  {
    name: 'payment-sweeper-failures',
    severity: 'warning',
    impact: 'A run of the payment sweeper failed for good; the next one looks up the same payments.',
    ...any(queueDepth(config, 'payment-sweeper-failures')),
  },
  {
    name: 'payment-sweeper-missing',
    severity: 'critical',
    impact: 'Nobody asks providers what became of unanswered operations: payments stay in processing.',
    metric: invocations(config, 'payment-sweeper', 15),
    threshold: 1,
    breachesBelow: true,
    whenMissing: 'breaching',
  },
];

const auditAlarms = (config: StageConfig): readonly AlarmDefinition[] => [
  {
    name: 'audit-gap-found',
    severity: 'critical',
    impact: 'A version is missing in a stream or in the audit log: records may have been lost or removed.',
    ...any(productMetric(config, 'AuditGapFound')),
  },
  {
    name: 'journal-tampered',
    severity: 'critical',
    impact: 'An item of the journal was changed or removed after it was written, or is none that the product wrote.',
    ...any(productMetric(config, 'JournalTampered')),
  },
  {
    name: 'observation-failed',
    severity: 'critical',
    impact:
      'A refused access or a sign-in could not be written to the audit log; it stands in the log of the function alone.',
    ...any(productMetric(config, 'ObservationFailed')),
  },
  {
    name: 'audit-sequencer-failures',
    severity: 'critical',
    impact: 'Commits were not shipped to the WORM bucket; the sweep ships them if it can.',
    ...any(queueDepth(config, 'audit-sequencer-failures')),
  },
  {
    name: 'audit-sequencer-behind',
    severity: 'critical',
    impact: 'The audit log is minutes behind the journal. The stream forgets after 24 hours.',
    metric: iteratorAgeMs(config, 'audit-sequencer'),
    threshold: 600_000,
    periods: 3,
  },
  {
    name: 'audit-sweep-failures',
    severity: 'warning',
    impact: 'The sweep that finds commits the sequencer missed has failed; a gap would stay unnoticed.',
    ...any(queueDepth(config, 'audit-sweep-failures')),
  },
  {
    name: 'audit-sweep-missing',
    severity: 'warning',
    impact: 'The sweep that finds commits the sequencer missed has not run for an hour.',
    metric: invocations(config, 'audit-sweep', 60),
    threshold: 1,
    breachesBelow: true,
    whenMissing: 'breaching',
  },
];

const viewAlarms = (config: StageConfig): readonly AlarmDefinition[] => [
  {
    name: 'projector-failures',
    severity: 'critical',
    impact: 'Some views no longer follow the journal: lists and screens show old data until they are rebuilt.',
    ...any(queueDepth(config, 'projector-failures')),
  },
  {
    name: 'projector-behind',
    severity: 'warning',
    impact: 'Lists and screens show data that is minutes old; payments themselves are unaffected.',
    metric: iteratorAgeMs(config, 'projector'),
    threshold: 300_000,
    periods: 3,
  },
  {
    name: 'views-projection-failed',
    severity: 'warning',
    impact: 'The projector could not build a view and is trying again.',
    metric: productMetric(config, 'ViewsProjectionFailed', 5),
    threshold: 5,
  },
  {
    name: 'notifications-dlq',
    severity: 'warning',
    impact: 'E-mails were not sent: someone waits for an invitation or was not told of a change to their access.',
    ...any(queueDepth(config, 'notifications-dlq')),
  },
];

const ledgerAlarms = (config: StageConfig): readonly AlarmDefinition[] => [
  {
    name: 'ledger-corrupt',
    severity: 'critical',
    impact: 'The log, the journal and the books of a tenant contradict each other: its books have stopped.',
    ...any(productMetric(config, 'LedgerCorrupt')),
  },
  {
    name: 'ledger-behind',
    severity: 'warning',
    impact: 'The books of a tenant are more than half an hour behind its log: balances are old.',
    ...any(productMetric(config, 'LedgerBehind')),
  },
  {
    name: 'ledger-dlq',
    severity: 'critical',
    impact: 'The books of a tenant could not be brought up to its log: its balances stand still.',
    ...any(queueDepth(config, 'ledger-dlq')),
  },
  {
    name: 'ledger-sweep-failures',
    severity: 'warning',
    impact: 'The sweep that finds books behind their log has failed; books that stand still would stay unnoticed.',
    ...any(queueDepth(config, 'ledger-sweep-failures')),
  },
  {
    name: 'ledger-sweep-missing',
    severity: 'warning',
    impact: 'The sweep that finds books behind their log has not run for an hour.',
    metric: invocations(config, 'ledger-sweep', 60),
    threshold: 1,
    breachesBelow: true,
    whenMissing: 'breaching',
  },
  {
    name: 'ledger-throttled',
    severity: 'warning',
    impact: "Lambda refuses to run functions of the ledger: the account's concurrency is used up, balances wait.",
    metric: ofFunctions(config, 'Throttles', ['ledger', 'ledger-projector', 'ledger-sweep', 'rebuild-ledger']),
    threshold: 5,
    periods: 3,
  },
];

const apiAlarms = (config: StageConfig): readonly AlarmDefinition[] => [
  {
    name: 'api-errors',
    severity: 'critical',
    impact: 'The API answers with 5xx: people cannot work and payments may not be created.',
    metric: apiMetric(config, '5XXError', 'Sum'),
    threshold: 5,
    periods: 3,
  },
  {
    name: 'api-slow',
    severity: 'warning',
    impact: 'One request in a hundred takes more than five seconds.',
    metric: apiMetric(config, 'Latency', 'p99'),
    threshold: 5000,
    periods: 10,
  },
  {
    name: 'stores-unavailable',
    severity: 'critical',
    impact: 'A table, a queue or a key cannot be reached or has no capacity: requests end in 503 and change nothing.',
    metric: productMetric(config, 'StoreUnavailable'),
    threshold: 3,
    periods: 2,
  },
  {
    name: 'second-factors-refused',
    severity: 'warning',
    impact: 'Second factors keep being refused: somebody guesses from a stolen session, or a clock or a site is wrong.',
    metric: productMetric(config, 'MfaRefused', 5),
    threshold: 30,
  },
  {
    name: 'rate-limit-store-failed',
    severity: 'critical',
    impact: 'The rate limiter cannot reach its store: sign-in, MFA and money routes refuse everybody.',
    metric: productMetric(config, 'RateLimitStoreFailed'),
    threshold: 3,
    periods: 2,
  },
  {
    name: 'policy-store-failed',
    severity: 'critical',
    impact: "The platform's security policy cannot be read: functions that have no young copy of it refuse everybody.",
    metric: productMetric(config, 'PolicyStoreFailed'),
    threshold: 3,
    periods: 2,
  },
];

const platformAlarms = (config: StageConfig): readonly AlarmDefinition[] => [
  {
    name: 'background-errors',
    severity: 'warning',
    impact: 'A function behind a queue, a stream or a schedule keeps failing; work is retried and then put aside.',
    metric: ofFunctions(config, 'Errors', [
      'webhook-processor',
      'webhook-redrive',
      'webhook-dead-letters',
      'payout-importer',
      'payment-sweeper',
      'projector',
      'audit-sequencer',
      'audit-sweep',
      'notifier',
      'ledger-projector',
    ]),
    threshold: 5,
    periods: 5,
  },
  {
    name: 'sign-in-errors',
    severity: 'critical',
    impact: 'Cognito refuses sign-ins or sign-ups, because the function that it asks fails or is not let run.',
    // Cognito asks three times before it refuses: one person who cannot get in is enough.
    metric: failuresOf(config, ['post-authentication', 'pre-sign-up']),
    threshold: 3,
  },
  {
    name: 'api-functions-throttled',
    severity: 'critical',
    impact: "Lambda refuses to run functions: the account's concurrency is used up, requests are turned away.",
    metric: ofFunctions(config, 'Throttles', [
      'tenants',
      'members',
      'me',
      'mfa-resets',
      'api-keys',
      'connections',
      'payments',
      'webhook-events',
      'audit-events',
      'security-policy',
    ]),
    threshold: 5,
    periods: 3,
  },
  {
    name: 'functions-throttled',
    severity: 'critical',
    impact:
      "Lambda refuses to run functions: the account's concurrency is used up, webhooks, records and Super Admins have to wait.",
    metric: ofFunctions(config, 'Throttles', [
      'webhook-ingest',
      'webhook-processor',
      'payout-importer',
      'projector',
      'audit-sequencer',
      'audit-sweep',
      'notifier',
      'platform-policy',
      'settlements',
      'api-docs',
    ]),
    threshold: 5,
    periods: 3,
  },
  {
    name: 'operator-functions-throttled',
    severity: 'warning',
    impact:
      'Lambda refuses to run functions of operators or of the sandbox, or the look-ups of open payments: their work waits.',
    metric: ofFunctions(config, 'Throttles', [
      'platform-bootstrap',
      'platform-admins',
      'rebuild-views',
      'webhook-redrive',
      'webhook-dead-letters',
      'payment-sweeper',
      ...(config.sandbox ? (['sandbox-provider', 'sandbox-webhooks'] as const) : []),
    ]),
    threshold: 5,
    periods: 3,
  },
  {
    name: 'tables-throttled',
    severity: 'critical',
    impact: 'DynamoDB refuses reads or writes: requests fail with 503.',
    metric: tableThrottles(config, ['journal', 'views', 'coordination']),
    threshold: 10,
    periods: 3,
  },
  {
    name: 'tables-failing',
    severity: 'critical',
    impact: 'DynamoDB itself fails: requests end in 503 or in payments whose outcome is unknown.',
    metric: tableSystemErrors(config, [
      ['journal', 'PutItem'],
      ['journal', 'Query'],
      ['journal', 'TransactWriteItems'],
      ['views', 'BatchGetItem'],
      ['views', 'Query'],
      ['coordination', 'UpdateItem'],
    ]),
    threshold: 5,
    periods: 3,
  },
];

const sandboxAlarms = (config: StageConfig): readonly AlarmDefinition[] => [
  {
    name: 'sandbox-webhooks-dlq',
    severity: 'warning',
    impact: "The sandbox gave up sending a webhook; a test payment misses the provider's event.",
    ...any(queueDepth(config, 'sandbox-webhooks-dlq')),
  },
];
