import type { Clock, Sleep } from '../lambdas/kernel/clock';
import type { Choices } from './choices';
import type { FaultKind, FaultPlan, FaultSite } from './faults';
import { siteOf } from './faults';
import type { Trace } from './trace';

/** A call to the outside, before it is made. */
export interface OutsideCall<Answer> {
  readonly service: string;
  /** One line for the trace: ids, no content. Made only where the trace is kept. */
  label(): string;
  /** How long the caller waits, in virtual milliseconds. */
  readonly timeoutMs: number;
  readonly faults: readonly FaultKind[];
  /** Makes the call take effect, at once and whole. A late one is made after its caller has gone. */
  perform(): Answer | Promise<Answer>;
  /** What the caller gets in place of an answer. */
  refuse(kind: 'throttled' | 'unavailable' | 'refused' | 'timed-out'): Answer | Error;
}

/** One run of a function, or of somebody outside: everything it does to the outside goes through here. */
export interface Actor {
  readonly name: string;
  readonly alive: boolean;
  call<Answer>(call: OutsideCall<Answer>): Promise<Answer>;
  readonly sleep: Sleep;
}

export interface Ending<T> {
  done(value: T): void;
  /** It died by a crash or at its time limit: all it held in memory is gone. */
  died(): void;
  /** It threw, as a function does whose answer is an error. */
  threw(error: unknown): void;
}

interface Running {
  readonly name: string;
  alive: boolean;
  calls: number;
  readonly died: () => void;
}

interface Ready {
  readonly actor: Running;
  readonly priority: number;
  readonly number: number;
  run(): Promise<void> | void;
}

interface Timer {
  readonly dueMs: number;
  readonly order: number;
  readonly actor: Running | undefined;
  fire(): void;
}

/**
 * One virtual clock and one thing at a time. Actors are asynchronous functions that stop at each outside call; the scheduler
 * picks which of the waiting calls is made next, and whether a fault befalls it. Time passes only here.
 */
export class Scheduler {
  readonly clock: Clock = { now: () => new Date(this.nowMs) };
  readonly injected: FaultSite[] = [];
  steps = 0;
  private nowMs: number;
  private order = 0;
  private ready: Ready[] = [];
  private timers: Timer[] = [];
  private faultsUntilMs = Infinity;

  constructor(
    startMs: number,
    private readonly choices: Choices,
    private readonly plan: FaultPlan,
    private readonly trace: Trace,
  ) {
    this.nowMs = startMs;
  }

  /** From this moment on nothing goes wrong any more. */
  healAt(atMs: number): void {
    this.faultsUntilMs = atMs;
  }

  get healed(): boolean {
    return this.nowMs >= this.faultsUntilMs;
  }

  after(delayMs: number, fire: () => void): void {
    this.addTimer(delayMs, undefined, fire);
  }

  /** Starts a run. It ends in exactly one of the three ways, at `limitMs` by dying. */
  start<T>(name: string, limitMs: number, work: (actor: Actor) => Promise<T>, ending: Ending<T>): void {
    const actor: Running = { name, alive: true, calls: 0, died: () => ending.died() };
    if (limitMs !== Infinity) this.addTimer(limitMs, actor, () => this.kill(actor, 'time limit'));
    const finish = (end: () => void): void => {
      if (!actor.alive) return;
      this.forget(actor);
      end();
    };
    work(this.faceOf(actor)).then(
      (value) => finish(() => ending.done(value)),
      (error: unknown) => finish(() => ending.threw(error)),
    );
  }

  /** One call, or one timer; false when nothing is left to happen. */
  async step(): Promise<boolean> {
    const due = this.nextTimer();
    if (due !== undefined && due.dueMs <= this.nowMs) {
      this.fire(due);
    } else {
      const call = this.nextCall();
      if (call !== undefined) {
        this.steps += 1;
        this.nowMs += this.choices.integer(1, 9, 'latency', call.actor.name, call.number);
        await call.run();
      } else if (due !== undefined) {
        this.nowMs = due.dueMs;
        this.fire(due);
      } else {
        return false;
      }
    }
    await settled();
    return true;
  }

  private faceOf(actor: Running): Actor {
    return {
      name: actor.name,
      get alive() {
        return actor.alive;
      },
      call: (call) => this.park(actor, call),
      sleep: (ms) =>
        new Promise((resolve) => {
          this.addTimer(ms, actor, resolve);
        }),
    };
  }

  private park<Answer>(actor: Running, call: OutsideCall<Answer>): Promise<Answer> {
    // Whoever is dead calls nobody, and hears nothing.
    if (!actor.alive) return new Promise(() => undefined);
    actor.calls += 1;
    const number = actor.calls;
    return new Promise((resolve, reject) => {
      const settle = (answer: Answer | Error): void => {
        if (answer instanceof Error) reject(answer);
        else resolve(answer);
      };
      this.ready.push({
        actor,
        priority: this.choices.share('priority', actor.name, number),
        number,
        run: () => this.make(actor, number, call, settle),
      });
    });
  }

  private async make<Answer>(
    actor: Running,
    number: number,
    call: OutsideCall<Answer>,
    settle: (answer: Answer | Error) => void,
  ): Promise<void> {
    const fault = this.healed ? undefined : this.plan.at(actor.name, number, call.faults);
    if (fault !== undefined) this.injected.push(siteOf(actor.name, number, fault));
    this.trace.call(this.nowMs, this.steps, actor.name, number, () => `${call.service} ${call.label()}`, fault);
    const later = (delayMs: number, answer: Answer | Error): void =>
      this.addTimer(delayMs, actor, () => settle(answer));
    switch (fault) {
      case undefined:
        settle(await call.perform());
        break;
      case 'throttled':
      case 'unavailable':
      case 'refused':
        settle(call.refuse(fault));
        break;
      case 'lost-request':
        later(call.timeoutMs, call.refuse('timed-out'));
        break;
      case 'lost-answer':
        await call.perform();
        later(call.timeoutMs, call.refuse('timed-out'));
        break;
      case 'late-effect': {
        const lateMs = this.choices.integer(1, 4_000, 'late', actor.name, number);
        later(call.timeoutMs, call.refuse('timed-out'));
        this.addTimer(call.timeoutMs + lateMs, undefined, () => {
          this.trace.note(this.nowMs, () => `takes effect late: ${actor.name} ${call.service} ${call.label()}`);
          void call.perform();
        });
        break;
      }
      case 'paused':
        later(this.choices.integer(500, 40_000, 'pause', actor.name, number), await call.perform());
        break;
      case 'crash-before':
        this.kill(actor, 'crash');
        break;
      case 'crash-after':
        await call.perform();
        this.kill(actor, 'crash');
        break;
    }
  }

  private kill(actor: Running, how: string): void {
    if (!actor.alive) return;
    this.trace.note(this.nowMs, () => `${actor.name} dies (${how})`);
    this.forget(actor);
    actor.died();
  }

  private forget(actor: Running): void {
    actor.alive = false;
    this.ready = this.ready.filter((each) => each.actor !== actor);
    this.timers = this.timers.filter((each) => each.actor !== actor);
  }

  private addTimer(delayMs: number, actor: Running | undefined, fire: () => void): void {
    this.order += 1;
    this.timers.push({ dueMs: this.nowMs + Math.max(0, Math.ceil(delayMs)), order: this.order, actor, fire });
  }

  private nextTimer(): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.timers) {
      if (next === undefined || timer.dueMs < next.dueMs || (timer.dueMs === next.dueMs && timer.order < next.order)) {
        next = timer;
      }
    }
    return next;
  }

  private fire(timer: Timer): void {
    this.timers = this.timers.filter((each) => each !== timer);
    timer.fire();
  }

  private nextCall(): Ready | undefined {
    let next: Ready | undefined;
    for (const each of this.ready) if (next === undefined || each.priority < next.priority) next = each;
    this.ready = this.ready.filter((each) => each !== next);
    return next;
  }
}

/** After this everything that only waits for promises has gone on, and every actor has stopped at its next outside call. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
