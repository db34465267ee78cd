import type { Actor, Owner, RequestOrigin } from '../kernel/journal';
import { redactText } from '../kernel/redaction';
import type { Exchange } from './exchange';
import { errorFields } from './log';
import type { ServiceDeps } from './ports';
import { tenantInPath } from './tenant-in-path';

/** What was refused, and why: short constants, never the caller's text. */
export interface Refusal {
  readonly type: 'AccessRefused' | 'StepUpRefused' | 'RateLimited';
  readonly reason: string;
}

export interface RefusalObserver {
  /**
   * Journals a refusal [PCI DSS 10.2.1.4] in the tenant's own log when the caller is known to be its member, else in the
   * platform's: nobody can write into a tenant they do not belong to. The request is refused whether or not this succeeds.
   */
  observe(exchange: Exchange, refusal: Refusal, owner: Owner): Promise<void>;
}

export function newRefusalObserver(
  deps: Pick<ServiceDeps, 'forTenant' | 'platform' | 'clock' | 'commitIds' | 'log' | 'metrics'>,
): RefusalObserver {
  return {
    observe: async (exchange, refusal, owner) => {
      const claimed = tenantInPath(exchange);
      try {
        const { journal } = owner === 'platform' ? deps.platform : deps.forTenant(owner.tenant);
        // A crash before this write leaves the refusal unrecorded; nothing else depends on it.
        await journal.observe({
          owner,
          commitId: deps.commitIds.next(),
          at: deps.clock.now().toISOString(),
          actor: actorOf(exchange),
          request: originOf(exchange),
          type: refusal.type,
          outcome: 'refused',
          data: {
            reason: refusal.reason,
            ...(owner === 'platform' && claimed !== undefined ? { tenant: claimed } : {}),
          },
        });
      } catch (error) {
        deps.metrics.count('ObservationFailed');
        deps.log.error('observation failed', {
          requestId: exchange.requestId,
          reason: refusal.type,
          ...errorFields(error),
        });
      }
    },
  };
}

/** Who acts, with the authority that has been established so far. */
export function actorOf(exchange: Exchange): Actor {
  const { caller, tenant, platformAdmin } = exchange;
  if (caller === undefined) return { user: 'anonymous', level: 'user' };
  const level = tenant?.member.role ?? (platformAdmin === undefined ? 'user' : 'super-admin');
  return { user: caller.user, session: caller.session, level };
}

/** From where. The user agent is the caller's own text, so it is redacted; the adapter cuts it. */
export function originOf(exchange: Exchange): RequestOrigin {
  const { sourceIp, userAgent } = exchange.http;
  return {
    id: exchange.requestId,
    route: exchange.route?.id ?? 'unknown',
    ...(sourceIp === undefined ? {} : { ip: sourceIp }),
    ...(userAgent === undefined ? {} : { userAgent: redactText(userAgent.slice(0, 256)) }),
  };
}
