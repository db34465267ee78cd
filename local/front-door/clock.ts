/**
 * The clock of the local services: real time plus what `POST /_local/clock` added. It moves visibility timeouts,
 * delays, retention and schedules; functions keep the real time, as they do in AWS.
 * The shift outlives a restart, since the state was written by the shifted clock.
 */
export interface LocalClock {
  /** Milliseconds since the epoch. */
  nowMs(): number;
  advance(ms: number): void;
  /** Called after every advance, so that waiting pollers look again. */
  onAdvance(listener: () => void): void;
}

export function newLocalClock(stored: { readonly offsetMs: number; save(offsetMs: number): void }): LocalClock {
  let { offsetMs } = stored;
  const listeners: (() => void)[] = [];
  return {
    nowMs: () => Date.now() + offsetMs,
    advance(ms) {
      offsetMs += ms;
      stored.save(offsetMs);
      listeners.forEach((listener) => listener());
    },
    onAdvance(listener) {
      listeners.push(listener);
    },
  };
}
