import type { Commit } from '../../kernel/journal';
import type { EventSubject, NormalisedEvent } from '../providers/provider';
import type { WebhookEvent, WebhookEventStatus } from './webhook-event';
import { webhookEventEvent } from './webhook-event';
import type { PresentedWebhookEvent } from './webhook-event-views';
import { presentWebhookEvent } from './webhook-event-views';

/** One try to apply an event. */
export interface PresentedAttempt {
  at: string;
  outcome: WebhookEventStatus;
  /** Redacted. */
  error?: string;
  nextAttemptAt?: string;
}

/** Who put it back into the queue, and, where it was one of many, by which job. */
export interface PresentedRedrive {
  at: string;
  by: { user: string; level: string };
  redriveId?: string;
}

/** What the event says, by ids alone. */
export interface PresentedSummary {
  subject: string;
  /** The provider's own id of the event. */
  providerEventId: string;
  occurredAt: string;
  operationId?: string;
  operationKind?: string;
  disputeId?: string;
  payoutId?: string;
  reportId?: string;
  providerReference?: string;
  /** Why it cannot be read. */
  detail?: string;
}

export interface PresentedWebhookEventDetail extends PresentedWebhookEvent {
  summary: PresentedSummary;
  /** The delivery that brought it: the request id in the logs. */
  deliveryRequestId: string;
  attemptLog: PresentedAttempt[];
  redrives: PresentedRedrive[];
}

/** An event with all that happened to it, oldest first, from its whole stream. */
export function presentWebhookEventDetail(
  state: WebhookEvent,
  version: number,
  commits: readonly Commit[],
): PresentedWebhookEventDetail {
  return {
    ...presentWebhookEvent(state, version),
    summary: summaryOf(state.event),
    deliveryRequestId: state.requestId,
    ...historyOf(commits),
  };
}

function historyOf(commits: readonly Commit[]): { attemptLog: PresentedAttempt[]; redrives: PresentedRedrive[] } {
  const attemptLog: PresentedAttempt[] = [];
  const redrives: PresentedRedrive[] = [];
  for (const { at, actor, events } of commits) {
    for (const each of events) {
      const event = webhookEventEvent.parse(each);
      switch (event.type) {
        case 'WebhookReceived':
          break;
        case 'WebhookProcessed':
          attemptLog.push({ at, outcome: event.data.result });
          break;
        case 'WebhookFailed':
          attemptLog.push({ at, outcome: 'retrying', ...event.data });
          break;
        case 'WebhookDied':
          attemptLog.push({ at, outcome: 'dead', ...event.data });
          break;
        case 'RedriveRequested': {
          const { redriveId } = event.data;
          const by = { user: actor.user, level: actor.level };
          redrives.push({ at, by, ...(redriveId === undefined ? {} : { redriveId }) });
        }
      }
    }
  }
  return { attemptLog, redrives };
}

function summaryOf({ eventKey, occurredAt, subject }: NormalisedEvent): PresentedSummary {
  return { subject: subject.type, providerEventId: eventKey, occurredAt, ...idsOf(subject) };
}

function idsOf(subject: EventSubject): Partial<PresentedSummary> {
  switch (subject.type) {
    case 'operation': {
      const { operationId, kind, outcome } = subject;
      const reference = 'providerReference' in outcome ? outcome.providerReference : undefined;
      return { operationId, operationKind: kind, ...(reference === undefined ? {} : { providerReference: reference }) };
    }
    case 'external-operation':
      return { operationKind: subject.kind, providerReference: subject.providerReference };
    case 'referred': {
      const { about, paymentReference } = subject;
      return {
        ...(about.type === 'dispute' ? { disputeId: about.disputeId } : {}),
        ...(about.type === 'external-operation' ? { operationKind: about.kind } : {}),
        providerReference: paymentReference,
      };
    }
    case 'approval':
      return { operationId: subject.operationId, providerReference: subject.providerReference };
    case 'dispute':
      return { disputeId: subject.disputeId };
    case 'settlement':
      return subject.payoutId === undefined ? {} : { payoutId: subject.payoutId };
    case 'payout':
      return { payoutId: subject.payoutId };
    case 'report':
      return { reportId: subject.reportId };
    case 'unreadable':
      return { detail: subject.detail };
    case 'expiry':
    case 'test':
    case 'other':
      return {};
  }
}
