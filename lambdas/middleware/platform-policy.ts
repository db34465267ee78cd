import { defaultSecurityPolicy, failsClosed, platformPolicyOf, platformPolicyStream } from '../domain/policies';
import type { SecurityPolicy } from '../domain/policies';
import type { Clock } from '../kernel/clock';
import type { Views } from '../kernel/views';
import { known } from './exchange';
import type { Exchange } from './exchange';
import { errorFields } from './log';
import type { ServiceDeps } from './ports';
import { refuse } from './problem';

/** The platform's policy, which is the floor of every tenant's. */
export interface PlatformPolicies {
  /**
   * Read at most 30 s ago: so a change reaches every warm function within a minute. It throws when the store cannot answer and
   * nothing so young is known; `outage` says that what was read a minute ago will then do.
   */
  platform(when?: 'outage'): Promise<SecurityPolicy>;
  /** What was read last, however long ago, and the defaults before: to measure by while the policy itself is being read. */
  lastKnown(): SecurityPolicy;
}

const rememberedMs = 30_000;
const lastResortMs = 60_000;

/** Remembers the platform's policy in a warm function. Requests that come while it is being read wait for the same answer. */
export function newPlatformPolicies({
  views,
  clock,
}: {
  readonly views: Pick<Views, 'record'>;
  readonly clock: Clock;
}): PlatformPolicies {
  let last: { readonly policy: SecurityPolicy; readonly readAtMs: number } | undefined;
  let reading: Promise<SecurityPolicy> | undefined;

  const read = async (): Promise<SecurityPolicy> => {
    // The age counts from before the read: what is changed while it is under way is not taken for young.
    const readAtMs = clock.now().getTime();
    const policy = platformPolicyOf(await views.record(platformPolicyStream));
    last = { policy, readAtMs };
    return policy;
  };
  const isYoungerThan = (ms: number): boolean => last !== undefined && clock.now().getTime() - last.readAtMs < ms;

  return {
    platform: async (when) => {
      if (last !== undefined && isYoungerThan(rememberedMs)) return last.policy;
      reading ??= read().finally(() => {
        reading = undefined;
      });
      try {
        return await reading;
      } catch (error) {
        if (when === 'outage' && last !== undefined && isYoungerThan(lastResortMs)) return last.policy;
        throw error;
      }
    },
    lastKnown: () => last?.policy ?? defaultSecurityPolicy,
  };
}

/**
 * The platform's policy for this request, read beside its admission. Without one that is known, nobody is admitted; routes that
 * fail closed do not take an old one either.
 */
export async function readPlatformPolicy(
  exchange: Exchange,
  { policies, log, metrics }: Pick<ServiceDeps, 'policies' | 'log' | 'metrics'>,
): Promise<void> {
  try {
    const when = failsClosed(known(exchange, 'route').rateClass) ? undefined : 'outage';
    exchange.platformPolicy = await policies.platform(when);
  } catch (error) {
    metrics.count('PolicyStoreFailed');
    log.error('the platform policy cannot be read', { requestId: exchange.requestId, ...errorFields(error) });
    refuse({ slug: 'unavailable', retryAfterSeconds: 5 });
  }
}
