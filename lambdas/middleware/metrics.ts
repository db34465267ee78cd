import { Metrics as PowertoolsMetrics, MetricUnit } from '@aws-lambda-powertools/metrics';

/** What is counted beside what AWS counts by itself. Alarms and the dashboard name these. */
export type MetricName =
  | 'AccessRefused'
  | 'StepUpRefused'
  // Second factors that were shown: how many of them were right is how well people get on with them, or how hard somebody tries.
  | 'MfaVerified'
  | 'MfaRefused'
  | 'RateLimited'
  | 'ConcurrencyRefused'
  | 'RateLimitStoreFailed'
  | 'PolicyStoreFailed'
  | 'ObservationFailed'
  // A request ended in 503 because a table, a queue or a key could not be reached.
  | 'StoreUnavailable'
  | 'IdempotentReplay'
  | 'UnexpectedError'
  | 'KeyUseNotNoted'
  // The log or the journal lacks, repeats or contradicts something.
  | 'AuditGapFound'
  | 'JournalTampered'
  | 'ViewsProjectionFailed'
  // A tenant's books cannot go on, or do not follow its log.
  | 'LedgerCorrupt'
  | 'LedgerBehind'
  // Deliveries of providers.
  | 'WebhookIngestFailed'
  | 'WebhookSignatureRejected'
  | 'WebhookMalformed'
  | 'WebhookFailed'
  | 'WebhookDead'
  // A provider does not know the credentials of a connection that is in use.
  | 'ProviderCredentialsRefused'
  // The lines of a payout could not be fetched or recorded.
  | 'PayoutImportFailed'
  // Operations whose outcome nobody told: a look-up that could not be made, and one whose last look-up told nothing.
  | 'LookupFailed'
  | 'OperationUnresolved'
  // A run found look-ups that should have been made a quarter of an hour ago.
  | 'SweepBehind';

export interface Metrics {
  count(name: MetricName): void;
  /** Writes what was counted as one line of embedded metric format [CloudWatch EMF]; nothing when nothing was. */
  flush(): void;
}

export const metricNamespace = 'Countinghouse';

/** Counts through Powertools, under the one dimension `service`, which it takes from its own environment. */
export function newMetrics(): Metrics {
  const metrics = new PowertoolsMetrics({ namespace: metricNamespace });
  let counted = false;
  return {
    count: (name) => {
      metrics.addMetric(name, MetricUnit.Count, 1);
      counted = true;
    },
    flush: () => {
      if (counted) metrics.publishStoredMetrics();
      counted = false;
    },
  };
}
