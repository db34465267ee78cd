import type { ProviderName } from '../domain/providers/provider';
import type { Log } from '../middleware/log';
import type { Metrics } from '../middleware/metrics';

/** Counts and logs that a provider no longer knows the credentials of a connection in use; the request's own line names the tenant. */
export function tellingRefusedCredentials({
  log,
  metrics,
}: {
  readonly log: Log;
  readonly metrics: Metrics;
}): (provider: ProviderName) => void {
  return (provider) => {
    metrics.count('ProviderCredentialsRefused');
    log.warn('a provider refuses the credentials of a connection', { reason: provider });
  };
}
