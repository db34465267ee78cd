import type { Activity } from './activity';
import type { EventSource } from './sources/event-source';

export interface IdleReport {
  /** Nothing is in progress and nothing is due. */
  readonly idle: boolean;
  /** What keeps the cloud busy, for people. */
  readonly waitingFor: readonly string[];
  /** Work whose time has not come, e.g. a message in backoff; advance the clock to have it done. */
  readonly deferred: readonly string[];
}

/**
 * Waits until nothing has anything to do. Every source looks for work once more while nothing is in progress; if none finds
 * any and nothing happened meanwhile, nothing can happen any more without a push from outside.
 */
export async function waitUntilIdle(
  activity: Activity,
  sources: readonly EventSource[],
  timeoutMs: number,
): Promise<IdleReport> {
  const deadlineMs = Date.now() + timeoutMs;
  let waitingFor: string[] = [];
  for (;;) {
    const before = activity.count;
    waitingFor = activity.inProgress();
    if (waitingFor.length === 0) {
      const found = await Promise.all(
        sources.map(async (source) => ((await source.settle()) ? source.name : undefined)),
      );
      waitingFor = [
        ...found.filter((name) => name !== undefined),
        ...sources.flatMap((source) => source.problem() ?? []),
      ];
      if (waitingFor.length === 0 && activity.inProgress().length === 0 && activity.count === before) {
        return { idle: true, waitingFor: [], deferred: sources.flatMap((source) => source.deferred() ?? []) };
      }
    }
    if (Date.now() >= deadlineMs)
      return { idle: false, waitingFor, deferred: sources.flatMap((source) => source.deferred() ?? []) };
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
}
