import type { Invocation } from '../worker/function-runtime';

/** Something that brings work to functions by itself. */
export interface EventSource {
  /** What it connects, e.g. `queue webhooks → webhook-processor`. */
  readonly name: string;
  start(): void;
  stop(): Promise<void>;
  /** Looks for work once more, from now on; answers whether it found any or is still at some. */
  settle(): Promise<boolean>;
  /** Work that exists but whose time has not come, for people to read. */
  deferred(): string | undefined;
  /** Why it cannot work, e.g. a missing grant. */
  problem(): string | undefined;
}

/** Invokes the function of an event source with an event, synchronously. */
export type InvokeFunction = (event: object) => Promise<Invocation>;

/** Sleeps until the time has passed or `wake` is called. */
export interface Sleeper {
  sleep(ms: number): Promise<void>;
  wake(): void;
}

export function newSleeper(): Sleeper {
  let wakeUp: (() => void) | undefined;
  let woken = false;
  return {
    sleep: (ms) =>
      new Promise((resolve) => {
        if (woken) {
          woken = false;
          resolve();
          return;
        }
        const timer = setTimeout(() => wakeUp?.(), ms);
        wakeUp = () => {
          clearTimeout(timer);
          wakeUp = undefined;
          resolve();
        };
      }),
    wake() {
      if (wakeUp === undefined) woken = true;
      else wakeUp();
    },
  };
}
