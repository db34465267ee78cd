import { execute } from '../../kernel/command';
import type { CommandContext, CommandPorts, CommandRefusal, Executed } from '../../kernel/command';
import { fold } from '../../kernel/entity';
import type { Guard } from '../../kernel/journal';
import { err, ok } from '../../kernel/result';
import type { Result } from '../../kernel/result';
import type { WebhookQueue } from './ports';
import { webhookEventEntity, webhookEventStream } from './webhook-event';
import type { WebhookEvent, WebhookEventEvent } from './webhook-event';

export type RedriveRefusal =
  | { readonly reason: 'webhook-event-not-found' }
  /** What was applied or ignored is done, and what waits for its next attempt gets it. */
  | { readonly reason: 'not-redrivable' };

/** An attempt that is this late will not come: its message died without a note, or was never enqueued. */
const overdueMs = 60 * 60_000;

/**
 * Puts an event back into the queue: a dead one; an unmatched one, since what it is about may be known by now; and one whose next
 * attempt is long overdue, because its message was lost with the function that held it. The request is journaled first; repeating it
 * under its key enqueues again for as long as the event waits for this very redrive, so a crash in between loses nothing. The event
 * itself is applied once, whatever number of messages there is.
 */
export async function requestRedrive(
  ports: CommandPorts & { readonly queue: WebhookQueue },
  context: CommandContext & { readonly command: { readonly key: string } },
  target: { readonly tenant: string; readonly webhookEventId: string; readonly ifMatch?: number },
  job?: { readonly redriveId: string; readonly guards: readonly Guard[] },
): Promise<Result<Executed<WebhookEvent>, RedriveRefusal | CommandRefusal>> {
  const { key } = context.command;
  const stream = webhookEventStream(target.tenant, target.webhookEventId);
  const requested = await execute<WebhookEvent, WebhookEventEvent, RedriveRefusal>(
    ports,
    webhookEventEntity,
    stream,
    context,
    (event) => {
      if (event === undefined) return err({ reason: 'webhook-event-not-found' });
      if (!isRedrivable(event, ports.clock.now())) return err({ reason: 'not-redrivable' });
      const ofJob = job === undefined ? {} : { redriveId: job.redriveId };
      return ok([{ type: 'RedriveRequested', data: { key, ...ofJob } }]);
    },
    { guards: job?.guards ?? [], ...(target.ifMatch === undefined ? {} : { ifMatch: target.ifMatch }) },
  );
  if (!requested.ok) return requested;

  const { state: now } = requested.value.replayed
    ? fold(webhookEventEntity, await ports.journal.read(stream))
    : requested.value;
  if (now?.status === 'retrying' && now.redrive === key) {
    const { tenant, connectionId, provider, event, receivedAt } = now;
    // A crash before this leaves the request without a message; the caller repeats it under its key.
    await ports.queue.enqueue([
      { tenant, connectionId, provider, event, receivedAt, requestId: context.request.id, redrive: key },
    ]);
  }
  return requested;
}

function isRedrivable({ status, nextAttemptAt }: WebhookEvent, now: Date): boolean {
  if (status === 'dead' || status === 'unmatched') return true;
  return status === 'retrying' && nextAttemptAt !== undefined && now.getTime() > Date.parse(nextAttemptAt) + overdueMs;
}
