import { parseWebhookMessage, webhookEventId } from '../../lambdas/domain/webhooks';
import { canonicalJson } from '../../lambdas/kernel/canonical-json';
import type { Commit } from '../../lambdas/kernel/journal';
import { streamName } from '../../lambdas/kernel/journal';
import type { SandboxEvent } from '../../lambdas/sandbox/books';
import type { Connected } from '../cast';
import type { Jury } from './violation';

export interface WebhookChecks {
  /** The provider signs and sends an event; a forger's have ids of their own. */
  sent(connected: Connected, event: SandboxEvent): void;
  enqueued(body: string): void;
  /** A delivery was answered. `genuine`: signed by the connection's provider, and in time. */
  answered(connected: Connected, event: SandboxEvent, genuine: boolean, status: number): void;
  commit(commit: Commit): void;
  /** After everything has come to rest: `inDeadLetters` are the bodies of the dead-letter queue. */
  atRest(inDeadLetters: readonly string[]): void;
}

/** Forged events have ids that begin so: they may be seen, and must never change anything. */
export const forgedPrefix = 'evt_forged_';

const settledStatuses: readonly string[] = ['applied', 'ignored', 'unmatched'];

export function newWebhookChecks(jury: Jury): WebhookChecks {
  const sent = new Set<string>();
  const durable = new Set<string>();
  const acknowledged = new Map<string, string>();
  const streamOfEvent = new Map<string, string>();
  const statusOfStream = new Map<string, string>();
  const appliedBy = new Set<string>();

  return {
    sent: ({ connectionId }, event) => void sent.add(`${connectionId} ${event.id}`),

    enqueued: (body) => {
      const message = parseWebhookMessage(body);
      if (message.ok)
        durable.add(`${message.value.connectionId} ${message.value.event.eventType} ${message.value.event.occurredAt}`);
    },

    answered: ({ tenant, connectionId }, event, genuine, status) => {
      if (status < 200 || status > 299) return;
      jury.check(genuine, 'forged deliveries are refused', () => `${event.id} was answered ${String(status)}`);
      const name = `${connectionId} ${event.type} ${event.occurredAt}`;
      jury.check(durable.has(name), 'an acknowledged delivery is durable', () => event.id);
      if (genuine)
        acknowledged.set(
          `${connectionId} ${event.id}`,
          `${tenant}/webhook-event/${webhookEventId(tenant, connectionId, event.id)}`,
        );
    },

    commit: (commit) => {
      const name = streamName(commit.stream);
      if (commit.stream.kind === 'payment' && commit.command.name === 'webhooks.apply') {
        const key = `${name} ${commit.command.key ?? ''}`;
        jury.check(!appliedBy.has(key), 'no webhook applied twice', () => key);
        appliedBy.add(key);
        jury.check(!JSON.stringify(commit.events).includes('forged'), 'forged deliveries change nothing', () => key);
      }
      if (commit.stream.kind !== 'webhook-event') return;
      for (const { type, data } of commit.events) {
        if (type === 'WebhookReceived' && 'event' in data && 'connectionId' in data)
          receivedOnce(data.event, String(data.connectionId), name);
        if (type === 'WebhookProcessed' && 'result' in data) {
          const before = statusOfStream.get(name) ?? '';
          jury.check(
            !settledStatuses.includes(before),
            'no webhook applied twice',
            () => `${name} was ${before} already`,
          );
          statusOfStream.set(name, String(data.result));
        }
        if (type === 'WebhookDied') statusOfStream.set(name, 'dead');
        if (type === 'RedriveRequested') statusOfStream.set(name, 'retrying');
      }
    },

    atRest: (inDeadLetters) => {
      const dead = new Set(
        inDeadLetters.flatMap((body) => {
          const message = parseWebhookMessage(body);
          return message.ok ? [`${message.value.connectionId} ${message.value.event.eventKey}`] : [];
        }),
      );
      for (const [event, stream] of acknowledged) {
        const status = statusOfStream.get(stream) ?? 'absent';
        jury.check(
          settledStatuses.includes(status) || dead.has(event),
          'no webhook lost',
          () => `${event} is ${status}`,
        );
      }
    },
  };

  /** One event of the provider, one stream: whatever it was delivered under. */
  function receivedOnce(event: unknown, connectionId: string, stream: string): void {
    const { eventKey, ...content } = contentOf(event);
    jury.check(
      sent.has(`${connectionId} ${eventKey}`),
      'no webhook that nobody sent',
      () => `${eventKey} in ${stream}`,
    );
    const fingerprint = `${connectionId} ${canonicalJson(content)}`;
    const before = streamOfEvent.get(fingerprint) ?? stream;
    jury.check(before === stream, 'no webhook applied twice', () => `${stream} repeats ${before}`);
    streamOfEvent.set(fingerprint, stream);
  }
}

function contentOf(event: unknown): { readonly eventKey: string } & Readonly<Record<string, unknown>> {
  const fields: Record<string, unknown> = event !== null && typeof event === 'object' ? { ...event } : {};
  return { ...fields, eventKey: String(fields.eventKey) };
}
