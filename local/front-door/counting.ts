import type { CountedCall } from './contract';

export interface CallFilter {
  /** Only calls after this sequence number. */
  readonly since?: number;
  readonly invocation?: string;
  readonly functionName?: string;
}

export interface CallCounter {
  record(call: Omit<CountedCall, 'sequence'>): void;
  calls(filter?: CallFilter): readonly CountedCall[];
  lastSequence(): number;
}

const kept = 200_000;

/** Counts calls in the order they ended; the oldest are forgotten after two hundred thousand. */
export function newCallCounter(): CallCounter {
  let counted: CountedCall[] = [];
  let sequence = 0;
  return {
    record(call) {
      sequence += 1;
      counted.push({ ...call, sequence });
      if (counted.length > kept) {
        counted = counted.slice(kept / 2);
      }
    },
    calls: (filter = {}) =>
      counted.filter(
        (call) =>
          (filter.since === undefined || call.sequence > filter.since) &&
          (filter.invocation === undefined || call.invocationId === filter.invocation) &&
          (filter.functionName === undefined || call.functionName === filter.functionName),
      ),
    lastSequence: () => sequence,
  };
}
