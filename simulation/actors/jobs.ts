import * as z from 'zod';

import { newDynamoLeases } from '../../lambdas/adapters/dynamodb/dynamo-leases';
import { execute } from '../../lambdas/kernel/command';
import type { Entity } from '../../lambdas/kernel/entity';
import type { DomainEvent, StreamId } from '../../lambdas/kernel/journal';
import { ok } from '../../lambdas/kernel/result';
import { cast } from '../cast';
import { names } from '../cloud/cloud';
import type { FunctionSpec } from '../functions';
import type { World } from '../world';

/** A long job by several workers, of whom one may work: the least entity that guarded commits can be seen on. */
export const jobStream: StreamId = { owner: { tenant: cast[0].tenant }, kind: 'job', id: 'job-1' };

export const jobLease = 'job-1';

const ttlMs = 10_000;

const stepDone = z.object({ type: z.literal('StepDone'), data: z.object({ fence: z.int(), worker: z.string() }) });

type StepDone = z.infer<typeof stepDone>;

const jobEntity: Entity<{ readonly steps: number }, StepDone> = {
  kind: jobStream.kind,
  parseEvent: (event) => stepDone.parse(event),
  evolve: (state) => ({ steps: (state?.steps ?? 0) + 1 }),
  audited: ({ steps }) => ({ steps }),
};

/** The fence that a commit of the job was written under. */
export function fenceOf(event: DomainEvent): number {
  return stepDone.parse(event).data.fence;
}

export function startJobs(world: World): void {
  const { choices, scheduler, oracle } = world;
  if (!choices.chance(0.4, 'jobs')) return;

  const worker: FunctionSpec<string, void> = {
    name: 'job',
    limitMs: 300_000,
    build: ({ clients, ports }) => {
      const leases = newDynamoLeases({ client: clients.dynamodb, ...names, owner: jobStream.owner, ...ports });
      return async (name) => {
        for (let attempt = 1; attempt <= 6; attempt += 1) {
          const held = await leases.acquire(jobLease, ttlMs);
          if (held === undefined) {
            await ports.sleep(choices.integer(500, 6_000, 'wait', name, attempt));
            continue;
          }
          oracle.leases.acquired(name, held.fence);
          for (let step = 1; step <= 3; step += 1) {
            // Now and then longer than the lease lives: another may hold it by then, and this one does not know.
            await ports.sleep(
              choices.integer(
                0,
                choices.pick([200, 4_000, 25_000], 'length', name, attempt),
                'work',
                name,
                attempt,
                step,
              ),
            );
            if (
              choices.chance(0.4, 'beats', name, attempt, step) &&
              (await leases.heartbeat(held, ttlMs)) === undefined
            )
              return;
            const context = {
              actor: { user: name, level: 'system' },
              request: { id: name, route: 'job' },
              command: { name: 'job.step' },
            } as const;
            const data = { fence: held.fence, worker: name };
            await execute(ports, jobEntity, jobStream, context, () => ok([{ type: 'StepDone', data } as const]), {
              guards: [{ lease: jobLease, fence: held.fence }],
            });
          }
          await leases.release(held);
          return;
        }
      };
    },
  };
  const invoke = world.functions.define(worker);
  const workers = choices.integer(2, 3, 'workers');
  for (let index = 1; index <= workers; index += 1) {
    const name = `job-${String(index)}`;
    scheduler.after(choices.integer(0, 8_000, 'job-start', index), () => {
      const again = (): void => undefined;
      invoke(name, name, { done: again, died: again, threw: (error) => world.note(`${name} stops: ${String(error)}`) });
    });
  }
}
