import { newCommit } from '../../kernel/command';
import type { CommandPorts } from '../../kernel/command';
import { fold } from '../../kernel/entity';
import { fullJitterMs } from '../../kernel/jitter';
import { redactText } from '../../kernel/redaction';
import { receipt, webhookContext } from './apply-webhook';
import type { WebhookMessage } from './ports';
import { isFinal, webhookEventEntity, webhookEventId, webhookEventStream } from './webhook-event';
import type { WebhookEventEvent } from './webhook-event';

/** What happens to an event that could not be applied. */
export type Fate = { readonly fate: 'retry'; readonly nextAttemptAt: string } | { readonly fate: 'dead' };

const maxErrorLength = 200;

const maxAttempts = 4;

/** Notes a failed attempt, so that operators see the event, its error and when it is tried again. */
export async function noteFailure(
  ports: CommandPorts,
  message: WebhookMessage,
  error: unknown,
  next: Fate,
): Promise<void> {
  const { tenant, connectionId, event } = message;
  const stream = webhookEventStream(tenant, webhookEventId(tenant, connectionId, event.eventKey));
  const text = errorText(error);
  const failure: WebhookEventEvent =
    next.fate === 'dead'
      ? { type: 'WebhookDied', data: { error: text } }
      : { type: 'WebhookFailed', data: { error: text, nextAttemptAt: next.nextAttemptAt } };
  const context = webhookContext(message, 'webhooks.fail');

  for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
    const seen = fold(webhookEventEntity, await ports.journal.read(stream));
    if (seen.state !== undefined && isFinal(seen.state.status)) return;
    const events = [...receipt(seen.state, message), failure];
    const { commit } = newCommit(ports, webhookEventEntity, stream, context, seen, events);
    // A crash before this write loses a note about an attempt, and nothing else: the message is still in the queue.
    const appended = await ports.journal.append([commit]);
    if (appended.ok) return;
    await ports.sleep(fullJitterMs(ports.randomness, 20 * 2 ** attempt));
  }
  throw new Error('lost every race to note a failed webhook event');
}

/**
 * Name and message, redacted and cut: what a provider sent must not come back through an error. Of an error of AWS the name alone: its
 * message names roles and resources, which are no affair of a tenant's; the function's log has it.
 */
function errorText(error: unknown): string {
  if (!(error instanceof Error)) return 'unexpected failure';
  const text = '$metadata' in error ? error.name : `${error.name}: ${error.message}`;
  return redactText(text).slice(0, maxErrorLength);
}
