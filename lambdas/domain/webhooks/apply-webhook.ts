import { newCommit } from '../../kernel/command';
import type { CommandContext, CommandPorts } from '../../kernel/command';
import { fold } from '../../kernel/entity';
import { fullJitterMs } from '../../kernel/jitter';
import type { NormalisedEvent } from '../providers/provider';
import type { WebhookMessage } from './ports';
import { targetOf } from './targets';
import type { Application } from './targets';
import { isFinal, webhookEventEntity, webhookEventId, webhookEventStream } from './webhook-event';
import type { WebhookEvent, WebhookEventEvent } from './webhook-event';

export type ApplyWebhookPorts = CommandPorts;

export interface AppliedWebhook {
  readonly status: WebhookEvent['status'];
  /** It had been dealt with before, and nothing was written now. */
  readonly duplicate: boolean;
}

const maxAttempts = 8;

/**
 * Applies a provider's event to what it is about, usually a payment, and notes what became of it, in one transaction: an event can neither be applied
 * without being seen in the list of events, nor be listed as applied without being so. However often it is delivered, the
 * first time counts.
 */
export async function applyWebhook(ports: ApplyWebhookPorts, message: WebhookMessage): Promise<AppliedWebhook> {
  const { tenant, connectionId, event } = message;
  const id = webhookEventId(tenant, connectionId, event.eventKey);
  const eventStream = webhookEventStream(tenant, id);
  const target = targetOf(message);
  const context = webhookContext(message, 'webhooks.apply');

  for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
    const [known, ofTarget] = await Promise.all([
      ports.journal.read(eventStream),
      target === undefined ? [] : ports.journal.read(target.stream),
    ]);
    const seen = fold(webhookEventEntity, known);
    if (seen.state !== undefined && isFinal(seen.state.status)) return { status: seen.state.status, duplicate: true };

    const { result, commit } = target?.apply(ports, ofTarget, context) ?? unapplied(event);
    const commits = commit === undefined ? [] : [commit];
    const outcome: readonly WebhookEventEvent[] = [
      ...receipt(seen.state, message),
      { type: 'WebhookProcessed', data: { result } },
    ];
    commits.push(newCommit(ports, webhookEventEntity, eventStream, context, seen, outcome).commit);

    // A crash before this write leaves the message in the queue; after it the message comes again and is seen to be a duplicate.
    const appended = await ports.journal.append(commits);
    if (appended.ok) return { status: result, duplicate: false };
    // Someone else has changed the target, or handles a second delivery of the event at this moment.
    await ports.sleep(fullJitterMs(ports.randomness, 20 * 2 ** attempt));
  }
  throw new Error('lost every race to apply a webhook event');
}

/** What is about nothing of ours is ignored; what should have been, or may be, and cannot be told, stays in sight. */
function unapplied({ subject }: NormalisedEvent): Application {
  return { result: subject.type === 'unreadable' || subject.type === 'referred' ? 'unmatched' : 'ignored' };
}

/** The first commit of an event's stream keeps the event. */
export function receipt(known: WebhookEvent | undefined, message: WebhookMessage): readonly WebhookEventEvent[] {
  if (known !== undefined) return [];
  const { connectionId, provider, event, receivedAt, requestId } = message;
  return [{ type: 'WebhookReceived', data: { connectionId, provider, event, receivedAt, requestId } }];
}

/** The provider acts, through its connection, under the event's own key. */
export function webhookContext(message: WebhookMessage, name: string): CommandContext {
  const { tenant, connectionId, event, requestId, sourceIp } = message;
  return {
    actor: { user: connectionId, level: 'provider' },
    // The origin of an event of the log [PCI DSS 10.2.2]: the address that the delivery came from, which is the provider's.
    request: { id: requestId, route: 'webhooks', ...(sourceIp === undefined ? {} : { ip: sourceIp }) },
    command: { name, key: webhookEventId(tenant, connectionId, event.eventKey) },
  };
}
