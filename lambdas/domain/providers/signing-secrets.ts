import type { Sameness } from './credentials';
import type { ConnectionSecret, PreviousSecret } from './ports';
import { overlapsAt } from './ports';
import type { RegisteredWebhook } from './register-webhook';

/** How many of before are believed at once, at most: each is tried for a delivery that fits none. */
const maxPrevious = 3;

/** In place of what was checked against, which is believed until `until`, and without an end where that is not given yet. */
export function replacing(
  secret: ConnectionSecret,
  next: { readonly webhookSecret?: string | undefined; readonly endpoint?: string | undefined },
  { until, nowMs }: { readonly until?: string; readonly nowMs: number },
): ConnectionSecret {
  const { webhookSecret, endpoint, previous = [], ...rest } = secret;
  const replaced: readonly PreviousSecret[] =
    webhookSecret === undefined
      ? []
      : [
          {
            secret: webhookSecret,
            ...(endpoint === undefined ? {} : { endpoint }),
            ...(until === undefined ? {} : { until }),
          },
        ];
  const others = [...replaced, ...previous].filter((each) => each.secret !== next.webhookSecret);
  return {
    ...withPrevious(rest, bounded(others, nowMs)),
    ...(next.webhookSecret === undefined ? {} : { webhookSecret: next.webhookSecret }),
    ...(next.endpoint === undefined ? {} : { endpoint: next.endpoint }),
  };
}

/** What is still believed of before, each until its own end or the given one, whichever is first. */
export function endingBy(secret: ConnectionSecret, end: string, nowMs: number): ConnectionSecret {
  const ended = secret.previous?.map(({ until, ...each }) => ({
    ...each,
    until: until === undefined || Date.parse(end) < Date.parse(until) ? end : until,
  }));
  return withPrevious(secret, bounded(ended ?? [], nowMs));
}

/** Gives an end to what has none: a rotation that was never ended. */
export function withEnds(secret: ConnectionSecret, end: string): ConnectionSecret {
  return secret.previous === undefined
    ? secret
    : { ...secret, previous: secret.previous.map((each) => ({ until: end, ...each })) };
}

/** Until when anything of before is believed, at the latest; undefined where nothing is. */
export function lastEndOf({ previous = [] }: ConnectionSecret): string | undefined {
  return previous
    .flatMap(({ until }) => (until === undefined ? [] : [until]))
    .sort()
    .at(-1);
}

/**
 * What deliveries are checked against once our address was registered with other credentials. What the provider tells counts. Where it tells
 * nothing, what is known stays if it is of the endpoint that the provider has on record, and one of before comes back if it is of that. Where the provider
 * names no endpoint, or we know of none, the account decides. Otherwise nothing is left that is known to be right: `webhookSecret` is absent.
 */
export function settled(
  secret: ConnectionSecret,
  { told, endpoint }: Pick<RegisteredWebhook, 'told' | 'endpoint'>,
  sameness: Sameness,
  ends: { readonly until: string; readonly nowMs: number },
): ConnectionSecret {
  if (told !== undefined) return replacing(secret, { webhookSecret: told, endpoint }, ends);
  if (endpoint === undefined) return sameness === 'same' ? secret : replacing(secret, {}, ends);
  if (endpoint === secret.endpoint) return secret;
  const before = secret.previous?.find((each) => each.endpoint === endpoint && overlapsAt(each, ends.nowMs));
  if (before !== undefined) return replacing(secret, { webhookSecret: before.secret, endpoint }, ends);
  const isTaken = secret.endpoint === undefined && sameness === 'same';
  return isTaken ? { ...secret, endpoint } : replacing(secret, { endpoint }, ends);
}

function withPrevious(
  { previous: _, ...secret }: ConnectionSecret,
  previous: readonly PreviousSecret[],
): ConnectionSecret {
  return previous.length === 0 ? secret : { ...secret, previous };
}

/** Those that are believed longest, each once. */
function bounded(all: readonly PreviousSecret[], nowMs: number): readonly PreviousSecret[] {
  const longestFirst = all.filter((each) => overlapsAt(each, nowMs)).sort((one, other) => endOf(other) - endOf(one));
  return longestFirst
    .filter(({ secret }, index) => longestFirst.findIndex((each) => each.secret === secret) === index)
    .slice(0, maxPrevious);
}

function endOf({ until }: PreviousSecret): number {
  return until === undefined ? Number.MAX_VALUE : Date.parse(until);
}
