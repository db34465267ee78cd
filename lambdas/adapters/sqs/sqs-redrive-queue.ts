import type { RedriveJob, RedriveQueue } from '../../domain/webhooks/ports';
import type { SqsSenderDependencies } from './sqs-sender';
import { newSqsSender } from './sqs-sender';

/** The queue of redrives of many: one tenant's jobs wait behind its own. */
export function newSqsRedriveQueue(deps: SqsSenderDependencies): RedriveQueue {
  const sender = newSqsSender<RedriveJob>(deps);
  return {
    start: (job, delaySeconds) =>
      sender.send([{ body: job, group: job.tenant, ...(delaySeconds === undefined ? {} : { delaySeconds }) }]),
  };
}
