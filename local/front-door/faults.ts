import { createHash } from 'node:crypto';
import type { AwsCall, FaultRule } from './contract';

export interface FaultHits extends FaultRule {
  /** Calls that matched, fired or not. */
  readonly matched: number;
  readonly fired: number;
}

export interface Faults {
  /** Replaces a rule of the same id. */
  add(rule: FaultRule): void;
  remove(id?: string): void;
  list(): readonly FaultHits[];
  /** The rule that fires for this call, if any; counts the match. */
  next(call: AwsCall): FaultRule | undefined;
}

interface Armed {
  readonly rule: FaultRule;
  readonly random: () => number;
  matched: number;
  fired: number;
}

/** Rules are asked in the order they were added; the first that fires wins. */
export function newFaults(): Faults {
  const armed = new Map<string, Armed>();
  return {
    add(rule) {
      armed.set(rule.id, { rule, random: seeded(rule.seed ?? 1), matched: 0, fired: 0 });
    },
    remove(id) {
      if (id === undefined) {
        armed.clear();
      } else {
        armed.delete(id);
      }
    },
    list: () => [...armed.values()].map(({ rule, matched, fired }) => ({ ...rule, matched, fired })),
    next(call) {
      for (const each of armed.values()) {
        if (!applies(each.rule, call)) {
          continue;
        }
        each.matched += 1;
        if (fires(each)) {
          each.fired += 1;
          return each.rule;
        }
      }
      return undefined;
    },
  };
}

/** What the pollers of event sources call in a function's name: a rule that names no action means the function's own calls. */
const pollingActions = new Set([
  'DescribeStream',
  'GetShardIterator',
  'GetRecords',
  'ReceiveMessage',
  'DeleteMessageBatch',
]);

function applies(rule: FaultRule, call: AwsCall): boolean {
  return (
    (rule.functionName === undefined || rule.functionName === call.principal.functionName) &&
    (rule.service === undefined || rule.service === call.service) &&
    (rule.action === undefined ? !pollingActions.has(call.action) : rule.action === call.action) &&
    (rule.bodyIncludes === undefined || call.body.includes(rule.bodyIncludes))
  );
}

function fires(each: Armed): boolean {
  const { skip = 0, probability, times } = each.rule;
  if (each.matched <= skip) {
    return false;
  }
  // A rule by probability fires without limit unless it names one.
  const limit = times ?? (probability === undefined ? 1 : Infinity);
  if (each.fired >= limit) {
    return false;
  }
  return probability === undefined || each.random() < probability;
}

/** Numbers in [0, 1): the same sequence for the same seed on every machine. */
export function seeded(seed: number): () => number {
  let drawn = 0;
  return () => {
    drawn += 1;
    return createHash('sha256').update(`${seed}:${drawn}`).digest().readUInt32BE() / 2 ** 32;
  };
}
