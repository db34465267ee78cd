import { execute } from '../../kernel/command';
import type { CommandContext, CommandPorts, CommandRefusal, Executed } from '../../kernel/command';
import { fold } from '../../kernel/entity';
import { ok } from '../../kernel/result';
import type { Result } from '../../kernel/result';
import type { RedriveQueue } from './ports';
import { webhookRedriveEntity, webhookRedriveStream } from './webhook-redrive';
import type { RedriveSelection, WebhookRedrive, WebhookRedriveEvent } from './webhook-redrive';

/**
 * Begins a redrive of many events. The request is journaled, then a worker is told; repeating it under its key tells the worker
 * again for as long as the job is not done, so a crash in between loses nothing.
 */
export async function requestRedriveOfMany(
  ports: CommandPorts & { readonly jobs: RedriveQueue },
  context: CommandContext,
  request: { readonly tenant: string; readonly redriveId: string; readonly selection: RedriveSelection },
): Promise<Result<Executed<WebhookRedrive>, CommandRefusal>> {
  const { tenant, redriveId, selection } = request;
  const stream = webhookRedriveStream(tenant, redriveId);
  const requested = await execute<WebhookRedrive, WebhookRedriveEvent, never>(
    ports,
    webhookRedriveEntity,
    stream,
    context,
    () => ok([{ type: 'BulkRedriveRequested', data: { selection } }]),
  );
  if (!requested.ok) return requested;
  const { state: now } = requested.value.replayed
    ? fold(webhookRedriveEntity, await ports.journal.read(stream))
    : requested.value;
  // A crash before this leaves the job waiting; the caller repeats the request under its key.
  if (now?.status !== 'done') await ports.jobs.start({ tenant, redriveId });
  return requested;
}
