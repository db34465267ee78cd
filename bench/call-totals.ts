import type { CountedCall } from '../local/front-door/contract';

/** What a piece of work asked of AWS. */
export interface CallTotals {
  /** Sequential round trips: the longest chain of calls of which each began after the one before had ended. */
  readonly rounds: number;
  readonly calls: number;
  /** Calls by `service:Action`, in the order in which they were first made. */
  readonly byAction: Readonly<Record<string, number>>;
  readonly readUnits: number;
  readonly writeUnits: number;
  readonly requestBytes: number;
  readonly responseBytes: number;
}

/**
 * The longest chain of calls that do not overlap: always taking the one that ends first leaves most room for the others.
 * Calls made at the same time must overlap to be seen as such, so measure with a delay on every call (`spreadCalls`).
 */
export function roundsOf(calls: readonly Pick<CountedCall, 'startedMs' | 'endedMs'>[]): number {
  let rounds = 0;
  let endedMs = -Infinity;
  for (const call of [...calls].sort((a, b) => a.endedMs - b.endedMs)) {
    if (call.startedMs < endedMs) continue;
    rounds += 1;
    ({ endedMs } = call);
  }
  return rounds;
}

export function totalsOf(calls: readonly CountedCall[]): CallTotals {
  const byAction: Record<string, number> = {};
  for (const call of [...calls].sort((a, b) => a.startedMs - b.startedMs)) {
    const name = `${call.service}:${call.action}`;
    byAction[name] = (byAction[name] ?? 0) + 1;
  }
  const sum = (value: (call: CountedCall) => number): number => calls.reduce((total, call) => total + value(call), 0);
  return {
    rounds: roundsOf(calls),
    calls: calls.length,
    byAction,
    readUnits: sum(({ readUnits }) => readUnits),
    writeUnits: sum(({ writeUnits }) => writeUnits),
    requestBytes: sum(({ requestBytes }) => requestBytes),
    responseBytes: sum(({ responseBytes }) => responseBytes),
  };
}

/** The fault rule under which calls made side by side are seen side by side: every answer is held for this long. */
export const spreadCalls = { id: 'bench-spread', kind: 'delay', probability: 1, delayMs: 15 } as const;
