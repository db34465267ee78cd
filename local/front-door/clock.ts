/**
 * The clock of the local services: real time plus what `POST /_local/clock` added. It moves visibility timeouts,
 * delays, retention and schedules; functions keep the real time, as they do in AWS.
 */
export interface LocalClock {
  /** Milliseconds since the epoch. */
  nowMs(): number;
  advance(ms: number): void;
  /** Called after every advance, so that waiting pollers look again. */
  onAdvance(listener: () => void): void;
}

export function newLocalClock(): LocalClock {
  let offsetMs = 0;
  const listeners: (() => void)[] = [];
  return {
    nowMs: () => Date.now() + offsetMs,
    advance(ms) {
      offsetMs += ms;
      listeners.forEach((listener) => listener());
    },
    onAdvance(listener) {
      listeners.push(listener);
    },
  };
}
