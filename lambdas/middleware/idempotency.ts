import { canonicalJson } from '../kernel/canonical-json';
import { deriveId, deriveToken } from '../kernel/ids';
import { InvariantViolation } from '../kernel/invariant';
import type { StreamId } from '../kernel/journal';
import type { Route } from '../routes/route';
import { before, known } from './exchange';
import type { Exchange, Link } from './exchange';
import { headerOf } from './http-request';
import { refuse } from './problem';
import { keyReused } from './refusals';
import type { Metrics } from './metrics';
import { tenantInPath } from './tenant-in-path';

/** At most 255 visible ASCII characters. */
const keyPattern = /^[\x21-\x7e]{1,255}$/;

/**
 * Reads the Idempotency-Key [draft-ietf-httpapi-idempotency-key-header] and derives from it, within tenant, principal and route,
 * the command's key and the id of what is created: so admission can look for an earlier run in its one round. A missing or
 * malformed key is only noted: who is no member shall learn nothing by it.
 */
export function readIdempotencyKey(): Link {
  return before((exchange) => {
    const route = known(exchange, 'route');
    if (route.idempotency !== 'required') return;
    const header = headerOf(exchange.http, 'idempotency-key');
    if (header === undefined) {
      exchange.idempotencyKey = { fault: 'missing' };
      return;
    }
    if (typeof header !== 'string' || !keyPattern.test(header)) {
      exchange.idempotencyKey = { fault: 'invalid' };
      return;
    }
    const scope = [tenantInPath(exchange) ?? 'platform', known(exchange, 'caller').user, route.id, header];
    exchange.idempotencyKey = { key: header };
    exchange.commandKey = deriveToken(scope);
    if (route.creates !== null) exchange.createdId = deriveId(route.creates, scope);
  });
}

/**
 * Demands the key once the caller is admitted, and stamps the request with the fingerprint that tells it from any other. The text
 * of the key, which is stored nowhere, goes into it: what a body says can be guessed (an invited address), and a bare hash of it
 * in a log that nobody can erase could be searched for.
 */
export function demandIdempotencyKey(): Link {
  return before((exchange) => {
    const route = known(exchange, 'route');
    if (route.idempotency !== 'required') return;
    const read = known(exchange, 'idempotencyKey');
    if ('fault' in read) refuse(faults[read.fault]);
    exchange.fingerprint = deriveToken([
      route.method,
      route.id,
      JSON.stringify(exchange.params),
      canonicalJson(exchange.rawBody ?? null),
      read.key,
    ]);
  });
}

/** Refuses a key that has created something for another request; what the first commit says else is the endpoint's affair. */
export function refuseReusedKey(metrics: Metrics): Link {
  return before((exchange) => {
    const first = exchange.access?.firstCommit;
    if (first === undefined) return;
    if (first.command.key !== exchange.commandKey)
      throw new InvariantViolation('a derived id met a stream of another key');
    if (first.command.fingerprint !== exchange.fingerprint) refuse(keyReused);
    exchange.firstCommit = first;
    metrics.count('IdempotentReplay');
  });
}

/** The stream that this request would create, in a tenant. */
export function createdStream(exchange: Exchange, route: Route, tenant: string): StreamId | undefined {
  if (exchange.createdId === undefined || route.creates === null) return undefined;
  const kind = route.creates.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return { owner: { tenant }, kind, id: exchange.createdId };
}

const faults = {
  missing: { slug: 'idempotency-key-missing', detail: 'Send an Idempotency-Key header with this request.' },
  invalid: {
    slug: 'idempotency-key-invalid',
    detail: 'Send one Idempotency-Key of 1 to 255 visible ASCII characters.',
  },
} as const;
