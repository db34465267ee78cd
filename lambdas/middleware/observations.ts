import type { CommandContext } from '../kernel/command';
import type { Actor, Observation, Owner, RequestOrigin } from '../kernel/journal';
import { redactText } from '../kernel/redaction';
import { clientRequestIdOf } from './client-request-id';
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
      const seen = observationBy(
        deps,
        { actor: actorOf(exchange), request: originOf(exchange) },
        {
          owner,
          type: refusal.type,
          outcome: 'refused',
          ...entityOf(exchange),
          data: {
            reason: refusal.reason,
            ...(owner === 'platform' && claimed !== undefined ? { tenant: claimed } : {}),
            ...claimedKeyOf(exchange),
          },
        },
      );
      await observeRefusal(deps, seen, clientRequestIdOf(exchange.http));
    },
  };
}

/** Journals a refusal that stands whether or not this succeeds; a failure is counted and logged. */
export async function observeRefusal(
  deps: Pick<ServiceDeps, 'forTenant' | 'platform' | 'log' | 'metrics'>,
  seen: Observation,
  clientRequestId?: string,
): Promise<void> {
  try {
    const { journal } = seen.owner === 'platform' ? deps.platform : deps.forTenant(seen.owner.tenant);
    // A crash before this write leaves the refusal unrecorded; nothing else depends on it.
    await journal.observe(seen);
  } catch (error) {
    noteFailure(deps, seen, error, clientRequestId);
  }
}

/**
 * Somebody of a tenant who reaches beyond their authority is refused an access [PCI DSS 10.2.1.4]: it is counted, and journaled like
 * any refusal.
 */
export async function observeReach(
  deps: Pick<ServiceDeps, 'forTenant' | 'platform' | 'clock' | 'commitIds' | 'log' | 'metrics'>,
  context: CommandContext,
  {
    tenant,
    reason,
    entity,
  }: { readonly tenant: string; readonly reason: string; readonly entity?: Observation['entity'] },
): Promise<void> {
  deps.metrics.count('AccessRefused');
  await observeRefusal(
    deps,
    observationBy(deps, context, {
      owner: { tenant },
      type: 'AccessRefused',
      outcome: 'refused',
      ...(entity === undefined ? {} : { entity }),
      data: { reason },
    }),
  );
}

/** Counts and logs what could not be journaled: it stands in the function's log alone. */
export function noteFailure(
  { log, metrics }: Pick<ServiceDeps, 'log' | 'metrics'>,
  { type, request }: Observation,
  error: unknown,
  clientRequestId?: string,
): void {
  metrics.count('ObservationFailed');
  log.error('observation failed', {
    requestId: request.id,
    ...(clientRequestId === undefined ? {} : { clientRequestId }),
    reason: type,
    ...errorFields(error),
  });
}

/** The API key that a refused request names, and has not proved to be: it acts as nobody. */
function claimedKeyOf({ caller, tenant }: Exchange): { readonly key?: string } {
  return caller?.kind === 'api-key' && tenant === undefined ? { key: caller.user } : {};
}

/** What a request did or was refused, as it is remembered: by whom, when and from where [PCI DSS 10.2.2]. */
export function observationBy(
  deps: Pick<ServiceDeps, 'clock' | 'commitIds'>,
  { actor, request }: Pick<CommandContext, 'actor' | 'request'>,
  seen: Pick<Observation, 'owner' | 'type' | 'outcome' | 'entity' | 'data'>,
): Observation {
  return { commitId: deps.commitIds.next(), at: deps.clock.now().toISOString(), actor, request, ...seen };
}

/** What the path names, whether or not it exists, by the innermost id. All ids have the form that the route's schema demands. */
function entityOf({ params, http }: Exchange): Pick<Observation, 'entity'> {
  if (params === undefined) return {};
  for (const [name, kind] of Object.entries(entityKinds)) {
    const id = http.pathParameters[name];
    if (id !== undefined) return { entity: { kind, id } };
  }
  return {};
}

/** Kinds of entities by their path parameters, the innermost first. */
const entityKinds = {
  // An operation is a part of its payment, which the log is searched by.
  paymentId: 'payment',
  operationId: 'operation',
  connectionId: 'connection',
  apiKeyId: 'api-key',
  webhookEventId: 'webhook-event',
  webhookRedriveId: 'webhook-redrive',
  settlementId: 'settlement',
  account: 'ledger-account',
  index: 'ledger-entry',
  invitationId: 'invitation',
  passkeyId: 'passkey',
  userId: 'user',
  tenantId: 'tenant',
} as const;

/** Who acts, with the authority that has been established so far. */
export function actorOf(exchange: Exchange): Actor {
  const { caller, tenant, platformAdmin } = exchange;
  if (caller === undefined) return { user: 'anonymous', level: 'user' };
  if (caller.kind === 'api-key') {
    // Until the key has proved to be one, its id is only what somebody claims.
    return tenant === undefined ? { user: 'anonymous', level: 'user' } : { user: caller.user, level: 'api-key' };
  }
  const standing = platformAdmin === undefined ? 'user' : 'super-admin';
  const level = tenant?.principal.kind === 'member' ? tenant.principal.role : standing;
  return { user: caller.user, session: caller.session, level };
}

/**
 * From where. The user agent is the caller's own text, so it is redacted; the adapter cuts it. Only printable ASCII is kept of it:
 * a cut through a character beyond would leave half of one, which the store refuses, and with it the whole record.
 */
export function originOf(exchange: Exchange): RequestOrigin {
  const { sourceIp, userAgent } = exchange.http;
  return {
    id: exchange.requestId,
    route: exchange.route?.id ?? 'unknown',
    ...(sourceIp === undefined ? {} : { ip: sourceIp }),
    ...(userAgent === undefined
      ? {}
      : { userAgent: redactText(userAgent.slice(0, 256).replace(/[^\x20-\x7e]/g, '?')) }),
  };
}
