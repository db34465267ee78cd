import { newCommit } from '../../kernel/command';
import type { CommandPorts } from '../../kernel/command';
import { fold } from '../../kernel/entity';
import { receipt, webhookContext } from './apply-webhook';
import type { WebhookMessage } from './ports';
import { isFinal, webhookEventEntity, webhookEventId, webhookEventStream } from './webhook-event';

/**
 * What a message in the dead-letter queue is to the journal. `done`: its event has been dealt with, and the message can go.
 * `noted`: nobody knew that it died, and now its tenant sees it. `waiting`: its tenant sees it, and the message stays as the page.
 */
export type DeadLetter = 'done' | 'noted' | 'waiting';

/**
 * Brings a dead letter into the tenant's list of events. A function that is killed at the last attempt, or that cannot reach the
 * journal then, leaves no note of the death: the message alone knows of it.
 */
export async function noteDeadLetter(ports: CommandPorts, message: WebhookMessage): Promise<DeadLetter> {
  const { tenant, connectionId, event } = message;
  const stream = webhookEventStream(tenant, webhookEventId(tenant, connectionId, event.eventKey));
  const seen = fold(webhookEventEntity, await ports.journal.read(stream));
  if (seen.state !== undefined && isFinal(seen.state.status)) return 'done';
  if (seen.state?.status === 'dead') return 'waiting';
  // It was put back since: what is in the queue now is another message, and this one is the old one.
  if (seen.state !== undefined && seen.state.redrive !== message.redrive) return 'waiting';

  const died = { type: 'WebhookDied', data: { error: 'given up by the queue without a note' } } as const;
  const context = webhookContext(message, 'webhooks.note-dead-letter');
  const events = [...receipt(seen.state, message), died];
  const { commit } = newCommit(ports, webhookEventEntity, stream, context, seen, events);
  // A crash before this write, or a lost race, leaves the message where it is; it is looked at again.
  const appended = await ports.journal.append([commit]);
  return appended.ok ? 'noted' : 'waiting';
}
