import { newBoundedMap } from '../../kernel/bounded-map';
import type { Clock } from '../../kernel/clock';
import { invariant } from '../../kernel/invariant';
import type { RateLimiter } from '../../kernel/rate-limit';
import { admittedAt, gcra } from '../../kernel/rate-limit';
import { integerOf, listOf } from '../reading';
import type { ValkeyClient } from './valkey-client';

/** Cells that a warm function remembers to be empty. */
const rememberedCells = 10_000;

/** How long a cell outlives the time at which it is full again. */
const graceMs = 60_000;

/**
 * The rule of kernel/rate-limit.ts, where the cell is: nothing comes between reading and writing. Time is the caller's, as in
 * DynamoDB, so that both stores decide alike. ARGV: now, interval, burst, size, grace. Answers how many were taken, and the TAT.
 */
const script = `
local now, interval, burst, grace = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[5])
local base = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now)
local spare = burst * interval - (base - now)
if spare < interval then return {0, base} end
local count = 1
if ARGV[4] == 'block' then count = math.max(1, math.floor((math.floor(spare / interval) - burst / 2) / 4)) end
local tat = base + count * interval
redis.call('SET', KEYS[1], string.format('%.0f', tat), 'PX', string.format('%.0f', tat - now + grace))
return {count, tat}
`;

/** GCRA in Valkey: one call a request, whatever the state of the cell; a known refusal costs none. */
export function newValkeyRateLimiter({
  client,
  clock,
}: {
  readonly client: Pick<ValkeyClient, 'evaluate'>;
  readonly clock: Clock;
}): RateLimiter {
  /** TATs of cells that refused. A TAT never falls, so what is remembered is a lower bound. */
  const remembered = newBoundedMap<number>(rememberedCells);

  return {
    take: async (who, limit, size = 'one') => {
      invariant(Number.isInteger(limit.burst) && limit.burst >= 1, 'a limit has a whole burst of one or more');
      invariant(Number.isInteger(limit.intervalMs) && limit.intervalMs >= 1, 'a limit has whole milliseconds');
      const cell = `limit#${encodeURIComponent(who)}#${limit.name}`;
      const nowMs = clock.now().getTime();
      const known = gcra(remembered.get(cell), nowMs, limit).decision;
      if (!known.admitted) return known;

      const answer = await client.evaluate(script, cell, [nowMs, limit.intervalMs, limit.burst, size, graceMs]);
      const { count, tatMs } = readAnswer(answer);
      if (count > 0) return admittedAt(tatMs, nowMs, limit, { size, count });
      remembered.set(cell, tatMs);
      const { decision } = gcra(tatMs, nowMs, limit);
      invariant(!decision.admitted, 'the script refuses what the rule refuses');
      return decision;
    },
  };
}

function readAnswer(answer: unknown): { readonly count: number; readonly tatMs: number } {
  const [count, tatMs] = listOf({ answer }, 'answer');
  const numbers = { count, tatMs };
  return { count: integerOf(numbers, 'count'), tatMs: integerOf(numbers, 'tatMs') };
}
