import { AwsError, type AwsClient } from '../aws-client';
import { newSleeper, type EventSource } from './event-source';
import { parseSchedule } from './schedule-expression';

export interface ScheduleSettings {
  readonly name: string;
  readonly expression: string;
  readonly enabled: boolean;
  readonly functionArn: string;
  /** JSON text of the event; EventBridge rules without an input send their own. */
  readonly input: string;
  readonly deadLetterQueueUrl: string | undefined;
}

export interface Schedule {
  readonly settings: ScheduleSettings;
  /** Why the function's own policy does not let this schedule invoke it; asked of rules, which have no role. */
  readonly refusal?: () => Promise<string | undefined>;
  /** Client with the rights of the schedule's role. */
  readonly client: AwsClient;
}

export interface Schedules extends EventSource {
  /** Runs one schedule, or all, now; answers the names of those run. */
  tick(name?: string): Promise<string[]>;
}

/**
 * Starts functions by the clock of the local cloud, asynchronously and with the rights of each schedule's role, as
 * EventBridge Scheduler does. What it may not deliver goes to the schedule's dead-letter queue.
 */
export function newSchedules(
  schedules: readonly Schedule[],
  nowMs: () => number,
  onProblem: (text: string) => void,
): Schedules & { wake(): void } {
  const sleeper = newSleeper();
  let stopped = false;
  let running: Promise<void> = Promise.resolve();

  const run = async ({ settings, client, refusal }: Schedule): Promise<void> => {
    try {
      const refused = await refusal?.();
      if (refused !== undefined) throw new AwsError('AccessDeniedException', refused, 403);
      const path = `/2015-03-31/functions/${encodeURIComponent(settings.functionArn)}/invocations`;
      await client.rest('lambda', 'POST', path, { 'x-amz-invocation-type': 'Event' }, settings.input);
    } catch (error) {
      onProblem(`schedule ${settings.name}: ${String(error)}`);
      if (settings.deadLetterQueueUrl === undefined || !(error instanceof AwsError)) return;
      await client
        .json('sqs', 'SendMessage', {
          QueueUrl: settings.deadLetterQueueUrl,
          MessageBody: settings.input,
          MessageAttributes: {
            ERROR_CODE: { DataType: 'String', StringValue: error.code },
            ERROR_MESSAGE: { DataType: 'String', StringValue: error.message },
          },
        })
        .catch((refusal: unknown) => onProblem(`schedule ${settings.name}, dead-letter queue: ${String(refusal)}`));
    }
  };

  const work = async (): Promise<void> => {
    const due = schedules
      .filter(({ settings }) => settings.enabled)
      .map((schedule) => ({
        schedule,
        next: parseSchedule(schedule.settings.expression),
        atMs: parseSchedule(schedule.settings.expression)(nowMs()),
      }));
    while (!stopped) {
      for (const entry of due) {
        if (entry.atMs === undefined || entry.atMs > nowMs()) continue;
        await run(entry.schedule);
        entry.atMs = entry.next(nowMs());
      }
      const times = due.flatMap((entry) => (entry.atMs === undefined ? [] : [entry.atMs - nowMs()]));
      // Never longer than an hour: a timer of weeks overflows.
      await sleeper.sleep(Math.max(10, Math.min(3_600_000, ...times)));
    }
  };

  return {
    name: 'schedules',
    start() {
      running = work();
    },
    async stop() {
      stopped = true;
      sleeper.wake();
      await running;
    },
    wake: () => sleeper.wake(),
    settle: async () => false,
    deferred: () => undefined,
    problem: () => undefined,
    async tick(name) {
      const chosen = schedules.filter(
        ({ settings }) => name === undefined || settings.name === name || settings.name.endsWith(`-${name}`),
      );
      if (name !== undefined && chosen.length === 0) throw new Error(`There is no schedule ${name}`);
      for (const schedule of chosen) await run(schedule);
      return chosen.map(({ settings }) => settings.name);
    },
  };
}
