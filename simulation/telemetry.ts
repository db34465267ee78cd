import type { Log } from '../lambdas/middleware/log';
import type { Metrics } from '../lambdas/middleware/metrics';

export const silentLog: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** Tells of metrics that stand for a broken invariant of the product itself. */
export function metricsTelling(onCount: (name: Parameters<Metrics['count']>[0]) => void): Metrics {
  return { count: onCount, flush: () => undefined };
}
