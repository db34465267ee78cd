import type { KeyUses } from '../domain/api-keys';
import type { StepUps } from '../domain/mfa';
import type { Clock } from '../kernel/clock';
import type { ConcurrencyLimiter } from '../kernel/concurrency';
import type { CommitIds } from '../kernel/ids';
import type { Journal } from '../kernel/journal';
import type { RateLimiter } from '../kernel/rate-limit';
import type { Views } from '../kernel/views';
import type { Log } from './log';
import type { Metrics } from './metrics';
import type { PlatformPolicies } from './platform-policy';

/** Journal and views of one owner's plane. */
export interface PlanePorts {
  readonly journal: Journal;
  readonly views: Views;
}

/** The same of one tenant, the last uses of its API keys, and its places for expensive requests. */
export interface TenantPorts extends PlanePorts {
  readonly keyUses: KeyUses;
  readonly places: ConcurrencyLimiter;
}

/** What the chain needs from the outside. Handlers pass a wider object: their endpoints take the rest of it. */
export interface ServiceDeps {
  /**
   * The ports that reach one tenant's rows, by the credentials of the tenant role. Cheap and without side effects until used;
   * the same tenant gives the same ports while the function is warm.
   */
  forTenant(tenant: string): TenantPorts;
  /** The ports by the function's own role: the platform's rows, as far as the role allows. */
  readonly platform: PlanePorts;
  readonly rateLimiter: RateLimiter;
  readonly stepUps: StepUps;
  readonly clock: Clock;
  readonly commitIds: CommitIds;
  /** Whether an error means that a store cannot be reached or has no capacity just now. */
  isUnavailable(error: unknown): boolean;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Origins that may read answers in a browser, e.g. `https://console.example.com`. */
  readonly allowedOrigins: readonly string[];
  /** The platform's security policy, the floor of every tenant's. */
  readonly policies: PlatformPolicies;
}
