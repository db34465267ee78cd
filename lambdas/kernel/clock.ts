/** Where the time comes from. Domain code never reads the system clock. */
export interface Clock {
  now(): Date;
}

export const systemClock: Clock = { now: () => new Date() };

/** Waits; separate from the clock, so that tests need not wait. */
export type Sleep = (ms: number) => Promise<void>;

export const systemSleep: Sleep = (ms) =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
