/** The process died here: nothing after this point ran. */
export class Crash extends Error {
  override readonly name = 'Crash';
}

type Fate = 'proceeds' | 'dies-before' | 'dies-after' | 'dies-and-lands-later';

interface Step {
  readonly effect: () => Promise<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly ghost: boolean;
}

/**
 * Runs several programs one port call at a time, in an order drawn from a seed, and kills them between calls. A call may also
 * die while its request is on the wire: the caller never hears of it, and the effect lands at some later point.
 */
export class Interleaving {
  private readonly waiting: Step[] = [];
  private state: number;
  private crashesLeft: number;

  constructor(seed: number, crashes: number) {
    this.state = seed | 0;
    this.crashesLeft = crashes;
  }

  /** A whole number below `limit`, from the seed [mulberry32]. */
  draw(limit: number): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  }

  /** One call of a port: it happens when its turn comes. */
  call<T>(effect: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.waiting.push({ effect, resolve: resolve as (value: unknown) => void, reject, ghost: false });
    });
  }

  /** Lets the programs run to their ends. */
  async run(programs: readonly Promise<unknown>[]): Promise<void> {
    let running = programs.length;
    for (const program of programs)
      void program.then(
        () => (running -= 1),
        () => (running -= 1),
      );
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      const [step] = this.waiting.splice(this.draw(Math.max(1, this.waiting.length)), 1);
      if (step === undefined) {
        if (running === 0) break;
        continue;
      }
      await this.perform(step);
    }
    await Promise.all(programs);
  }

  private async perform(step: Step): Promise<void> {
    const fate = step.ghost ? 'proceeds' : this.fate();
    if (fate === 'dies-before') {
      step.reject(new Crash());
      return;
    }
    if (fate === 'dies-and-lands-later') {
      step.reject(new Crash());
      this.waiting.push({ ...step, resolve: () => undefined, reject: () => undefined, ghost: true });
      return;
    }
    try {
      const value = await step.effect();
      if (fate === 'dies-after') step.reject(new Crash());
      else step.resolve(value);
    } catch (error) {
      step.reject(error);
    }
  }

  private fate(): Fate {
    if (this.crashesLeft === 0 || this.draw(4) > 0) return 'proceeds';
    this.crashesLeft -= 1;
    const fates: readonly Fate[] = ['dies-before', 'dies-after', 'dies-and-lands-later'];
    return fates[this.draw(fates.length)]!;
  }
}
