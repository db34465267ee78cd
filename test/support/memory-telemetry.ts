import type { Log, LogFields } from '../../lambdas/middleware/log';
import type { MetricName, Metrics } from '../../lambdas/middleware/metrics';

/** Log and metrics that remember, for assertions. */
export function newMemoryTelemetry(): {
  readonly log: Log;
  readonly metrics: Metrics;
  readonly lines: readonly { readonly level: string; readonly message: string; readonly fields: LogFields }[];
  /** What was counted and flushed. */
  readonly counted: readonly MetricName[];
} {
  const lines: { level: string; message: string; fields: LogFields }[] = [];
  const counted: MetricName[] = [];
  let pending: MetricName[] = [];
  const write =
    (level: string) =>
    (message: string, fields: LogFields = {}): void => {
      lines.push({ level, message, fields });
    };
  return {
    lines,
    counted,
    log: { info: write('info'), warn: write('warn'), error: write('error') },
    metrics: {
      count: (name) => pending.push(name),
      flush: () => {
        counted.push(...pending);
        pending = [];
      },
    },
  };
}
