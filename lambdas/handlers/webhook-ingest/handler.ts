import { webhookSecretsOf } from '../../domain/providers/ports';
import type { ConnectionSecret } from '../../domain/providers/ports';
import type { NormalisedEvent, WebhookRefusal } from '../../domain/providers/provider';
import type { GateConnection } from '../../domain/providers';
import { limitedAddressOf } from '../../kernel/addresses';
import { isId } from '../../kernel/ids';
import type { RateLimit } from '../../kernel/rate-limit';
import { safeRequestId } from '../../middleware/client-request-id';
import type { UrlAnswer, UrlRequest } from '../../middleware/function-url';
import { jsonAnswer, readUrlEvent } from '../../middleware/function-url';
import { errorFields } from '../../middleware/log';
import type { TokenBuckets } from '../../kernel/token-buckets';
import { newTokenBuckets } from '../../kernel/token-buckets';
import { acceptedAnswer } from './accepted';
import { newConnectionLookup } from './connection-lookup';
import type { WebhookIngestDeps } from './dependencies';
import { bindDependencies } from './dependencies';
import { newSuspects } from './suspects';
import type { Suspects } from './suspects';

/** A delivery beyond this is refused before anything is computed over it. */
const maxBodyBytes = 256 * 1024;

/**
 * Genuine deliveries of one connection, in one warm instance: a thousand at once, then fifty a second, more than any tenant's burst and
 * less than what would fill the queue. Beyond, the provider is told when to send again, as it does after any refusal. It is taken
 * after verification, or a stranger could use up what is a connection's; and from memory, so that it costs no call.
 */
const floodLimit = { burst: 1_000, perSecond: 50 };

const rememberedConnections = 10_000;

/** Bad signatures from one address for one connection, over all instances. Each remembers who is over it (`suspects.ts`). */
const failureLimit: RateLimit = { name: 'webhook-signature', burst: 20, intervalMs: 3_000 };

/** A provider sends again what could not be verified, some of it to another instance. */
const unverifiableRetryMs = 60_000;

/** What the answer was, and for whom: the line of the log. */
interface Handled {
  readonly answer: UrlAnswer;
  readonly tenant?: string;
  readonly connectionId?: string;
  readonly reason?: string;
  readonly count?: number;
}

/**
 * Takes deliveries of providers: `POST /{tenantId}/{connectionId}`. 2xx means that every event is durable in the queue; in the
 * warm path that is the only call. Raw bytes are verified before anything parses them.
 */
export function newWebhookIngest(deps: WebhookIngestDeps): (event: unknown) => Promise<UrlAnswer> {
  const gates: Gates = {
    find: newConnectionLookup(deps),
    floods: newTokenBuckets(deps.clock, floodLimit, rememberedConnections),
    suspects: newSuspects(deps.clock),
  };
  return async (event) => {
    const startedAtMs = deps.clock.now().getTime();
    const request = readUrlEvent(event);
    const handled = await handle(deps, gates, request);
    deps.log.info('webhook delivery', {
      requestId: request.requestId,
      clientRequestId: safeRequestId(request.headers['x-request-id']),
      method: request.method,
      status: handled.answer.statusCode,
      tenantId: handled.tenant,
      connectionId: handled.connectionId,
      reason: handled.reason,
      count: handled.count,
      durationMs: deps.clock.now().getTime() - startedAtMs,
    });
    deps.metrics.flush();
    return handled.answer;
  };
}

async function handle(deps: WebhookIngestDeps, gates: Gates, request: UrlRequest): Promise<Handled> {
  const place = placeOf(request.path);
  if (place === undefined) return refusal(404, 'not-found');
  if (request.method !== 'POST') return refusal(405, 'method-not-allowed', { allow: 'POST' });
  if (request.body.byteLength > maxBodyBytes) return { ...refusal(413, 'payload-too-large'), ...place };
  try {
    const lookup = await gates.find(place.tenant, place.connectionId, addressOf(request));
    if ('retryAfterMs' in lookup) return { ...limited(deps, 'unknown-places', lookup.retryAfterMs), ...place };
    if (lookup.found?.status !== 'active') return { ...refusal(404, 'not-found'), ...place };
    return { ...(await take(deps, gates, request, place, lookup.found)), ...place };
  } catch (error) {
    deps.metrics.count('WebhookIngestFailed');
    deps.log.error('webhook delivery failed', {
      requestId: request.requestId,
      tenantId: place.tenant,
      connectionId: place.connectionId,
      ...errorFields(error),
    });
    // The provider sends it again.
    return { ...refusal(503, 'unavailable', { 'retry-after': '30' }), ...place };
  }
}

/** What stands between a delivery and its connection, kept by a warm instance. */
interface Gates {
  readonly find: ReturnType<typeof newConnectionLookup>;
  readonly floods: TokenBuckets;
  readonly suspects: Suspects;
}

interface Place {
  readonly tenant: string;
  readonly connectionId: string;
}

async function take(
  deps: WebhookIngestDeps,
  { floods, suspects }: Gates,
  request: UrlRequest,
  place: Place,
  connection: GateConnection,
): Promise<Handled> {
  const { tenant, connectionId } = place;
  const { provider } = connection;
  const now = deps.clock.now();
  // Known before any work is done. Who is over the limit is still heard, but nothing is read or fetched for him any more.
  const address = addressOf(request);
  const overLimitMs = suspects.overLimitMs(connectionId, address);
  const mayFetch = (): boolean => suspects.mayFetch(connectionId, address);
  const believe = async (secret: ConnectionSecret | undefined) => {
    if (secret === undefined) throw new Error('a connection without a secret');
    const delivery = { headers: request.headers, body: request.body };
    return deps.readers[provider].read(delivery, webhookSecretsOf(secret, now.getTime()), now.getTime(), mayFetch);
  };
  const remembered = await believe(await deps.secrets.read(tenant, connectionId));
  // What is remembered may have been rotated since: a signature under the new secret is no wrong one.
  const isWrong = !remembered.ok && remembered.error === 'signature-wrong';
  const read =
    isWrong && overLimitMs === undefined
      ? await believe(await deps.secrets.readNewer(tenant, connectionId))
      : remembered;
  if (!read.ok) return refused(deps, suspects, request, place, read.error);

  // Events are counted, not deliveries: one may hold hundreds.
  const floodedMs = floods.take(connectionId, read.value.length);
  if (floodedMs !== undefined) return limited(deps, 'flood', floodedMs);
  // What a person must look at is counted, so that it pages; the other events of its delivery go their way.
  if (read.value.some(({ subject }) => subject.type === 'unreadable')) deps.metrics.count('WebhookMalformed');

  // A crash before this write leaves the delivery with the provider, who sends it again; after it, every event is processed.
  await deps.queue.enqueue(
    read.value.map((event: NormalisedEvent) => ({
      tenant,
      connectionId,
      provider,
      event,
      receivedAt: now.toISOString(),
      requestId: request.requestId,
      sourceIp: request.sourceIp,
    })),
  );
  return { answer: acceptedAnswer(provider, read.value.length), count: read.value.length };
}

async function refused(
  deps: WebhookIngestDeps,
  suspects: Suspects,
  request: UrlRequest,
  { connectionId }: Place,
  reason: WebhookRefusal,
): Promise<Handled> {
  if (reason === 'malformed') {
    deps.metrics.count('WebhookMalformed');
    return refusal(400, reason);
  }
  // Not the provider's fault and not a stranger's: it is to be sent again.
  if (reason === 'verification-unavailable') throw new Error('the signature could not be checked');
  const address = addressOf(request);
  const overLimitMs = suspects.overLimitMs(connectionId, address);
  // Whether it is forged nobody knows: it was not looked at closely enough. Nothing has failed here.
  if (reason === 'unverifiable') return limited(deps, reason, overLimitMs ?? unverifiableRetryMs);
  deps.metrics.count('WebhookSignatureRejected');
  if (overLimitMs !== undefined) return tooMany('rate-limited', overLimitMs);
  const retryAfterMs = await overLimit(deps, `webhook/${connectionId}/${address}`);
  if (retryAfterMs === undefined) return { ...refusal(401, 'signature-refused'), reason };
  suspects.note(connectionId, address, retryAfterMs);
  return tooMany('rate-limited', retryAfterMs);
}

function limited(
  deps: WebhookIngestDeps,
  reason: 'flood' | 'unknown-places' | 'unverifiable',
  retryAfterMs: number,
): Handled {
  deps.metrics.count('RateLimited');
  return { ...tooMany('rate-limited', retryAfterMs), reason };
}

function tooMany(reason: string, retryAfterMs: number): Handled {
  return refusal(429, reason, { 'retry-after': String(Math.max(1, Math.ceil(retryAfterMs / 1000))) });
}

/** Counts a failure. When the limiter cannot, the delivery is refused all the same: nothing is let in. */
async function overLimit(deps: WebhookIngestDeps, key: string): Promise<number | undefined> {
  try {
    const decision = await deps.rateLimiter.take(key, failureLimit);
    return decision.admitted ? undefined : decision.retryAfterMs;
  } catch (error) {
    deps.metrics.count('RateLimitStoreFailed');
    deps.log.error('the rate limiter failed', errorFields(error));
    return undefined;
  }
}

/** What all limits here count the sender as. */
function addressOf({ sourceIp }: UrlRequest): string {
  return limitedAddressOf(sourceIp);
}

/** `/{tenantId}/{connectionId}`, each of its exact form: a text that is no id reaches no key, role or secret. */
function placeOf(path: string): Place | undefined {
  const [empty, tenant, connectionId, ...rest] = path.split('/');
  if (empty !== '' || tenant === undefined || connectionId === undefined || rest.length > 0) return undefined;
  return isId('tenant', tenant) && isId('connection', connectionId) ? { tenant, connectionId } : undefined;
}

function refusal(status: number, reason: string, headers: Record<string, string> = {}): Handled {
  return { answer: jsonAnswer(status, { error: reason }, headers), reason };
}

export const handler = newWebhookIngest(bindDependencies());
