import type { FaultKind } from './faults';

/** What happened, one line a step: the same for the same seed, byte for byte. */
export interface Trace {
  call(
    atMs: number,
    step: number,
    actor: string,
    number: number,
    what: () => string,
    fault: FaultKind | undefined,
  ): void;
  note(atMs: number, text: () => string): void;
  readonly lines: readonly string[];
}

export function newTrace(startMs: number): Trace {
  const lines: string[] = [];
  const time = (atMs: number): string => `+${((atMs - startMs) / 1000).toFixed(3)}s`.padStart(14);
  return {
    lines,
    call: (atMs, step, actor, number, what, fault) => {
      const how = fault === undefined ? '' : `  !! ${fault}`;
      lines.push(`${time(atMs)} #${String(step).padEnd(5)} ${actor}:${String(number)} ${what()}${how}`);
    },
    note: (atMs, text) => void lines.push(`${time(atMs)}        ${text()}`),
  };
}

/** Keeps nothing: thousands of histories are run for their verdicts, and the one that matters is run again for its trace. */
export const noTrace: Trace = { lines: [], call: () => undefined, note: () => undefined };
