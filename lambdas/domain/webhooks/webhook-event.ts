import * as z from 'zod';

import type { CommitFacts, Entity } from '../../kernel/entity';
import { deriveId } from '../../kernel/ids';
import { invariant } from '../../kernel/invariant';
import type { StreamId } from '../../kernel/journal';
import type { NormalisedEvent, ProviderName } from '../providers/provider';
import { providerNames } from '../providers/provider';
import { normalisedEvent } from './webhook-message';

/** One event that a provider sent, and what became of it. */
export interface WebhookEvent {
  readonly id: string;
  readonly tenant: string;
  readonly connectionId: string;
  readonly provider: ProviderName;
  /** Kept whole, so that it can be put back into the queue. */
  readonly event: NormalisedEvent;
  readonly receivedAt: string;
  readonly requestId: string;
  readonly status: WebhookEventStatus;
  /** Tries so far, over all redrives. */
  readonly attempts: number;
  readonly lastError: string | undefined;
  readonly nextAttemptAt: string | undefined;
  /** The command key of the latest redrive. */
  readonly redrive: string | undefined;
}

/** `applied`, `ignored` and `unmatched` are final, but for a redrive of what was unmatched. */
export const webhookEventStatuses = ['applied', 'ignored', 'unmatched', 'retrying', 'dead'] as const;

export type WebhookEventStatus = (typeof webhookEventStatuses)[number];

export const webhookEventEvent = z.discriminatedUnion('type', [
  /** Always together with what became of it at first. */
  z.object({
    type: z.literal('WebhookReceived'),
    data: z.object({
      connectionId: z.string(),
      provider: z.enum(providerNames),
      event: normalisedEvent,
      receivedAt: z.string(),
      requestId: z.string(),
    }),
  }),
  z.object({
    type: z.literal('WebhookProcessed'),
    data: z.object({ result: z.enum(['applied', 'ignored', 'unmatched']) }),
  }),
  z.object({ type: z.literal('WebhookFailed'), data: z.object({ error: z.string(), nextAttemptAt: z.string() }) }),
  /** The queue gives up on it. */
  z.object({ type: z.literal('WebhookDied'), data: z.object({ error: z.string() }) }),
  z.object({
    type: z.literal('RedriveRequested'),
    /** `redriveId`: the job, where it was one of many. */
    data: z.object({ key: z.string(), redriveId: z.string().exactOptional() }),
  }),
]);

export type WebhookEventEvent = z.infer<typeof webhookEventEvent>;

export const webhookEventEntity: Entity<WebhookEvent, WebhookEventEvent> = {
  kind: 'webhook-event',
  parseEvent: (event) => webhookEventEvent.parse(event),
  evolve: (state, event, commit) => {
    if (event.type === 'WebhookReceived') {
      invariant(state === undefined, 'a webhook event is received once');
      return received(event.data, commit);
    }
    invariant(state !== undefined, `${event.type} before WebhookReceived`);
    return evolve(state, event, commit);
  },
  audited: ({ status, attempts }) => ({ status, attempts }),
};

/**
 * The id of an event: derived, so that a second delivery of it meets the first one's stream. It is the command key of what the event
 * changes, too, so that from every commit one finds the event that caused it.
 */
export function webhookEventId(tenant: string, connectionId: string, eventKey: string): string {
  return deriveId('webhookEvent', [tenant, connectionId, eventKey]);
}

export function webhookEventStream(tenant: string, id: string): StreamId {
  return { owner: { tenant }, kind: webhookEventEntity.kind, id };
}

export function isFinal(status: WebhookEventStatus): boolean {
  return status === 'applied' || status === 'ignored' || status === 'unmatched';
}

function received(
  data: Extract<WebhookEventEvent, { type: 'WebhookReceived' }>['data'],
  { stream }: Pick<CommitFacts, 'stream'>,
): WebhookEvent {
  invariant(stream.owner !== 'platform', 'a webhook event belongs to a tenant');
  return {
    id: stream.id,
    tenant: stream.owner.tenant,
    ...data,
    status: 'retrying',
    attempts: 0,
    lastError: undefined,
    nextAttemptAt: undefined,
    redrive: undefined,
  };
}

function evolve(
  state: WebhookEvent,
  event: Exclude<WebhookEventEvent, { type: 'WebhookReceived' }>,
  { at }: Pick<CommitFacts, 'at'>,
): WebhookEvent {
  switch (event.type) {
    case 'WebhookProcessed':
      return {
        ...state,
        status: event.data.result,
        attempts: state.attempts + 1,
        lastError: undefined,
        nextAttemptAt: undefined,
      };
    case 'WebhookFailed':
      return {
        ...state,
        status: 'retrying',
        attempts: state.attempts + 1,
        lastError: event.data.error,
        nextAttemptAt: event.data.nextAttemptAt,
      };
    case 'WebhookDied':
      return {
        ...state,
        status: 'dead',
        attempts: state.attempts + 1,
        lastError: event.data.error,
        nextAttemptAt: undefined,
      };
    case 'RedriveRequested':
      return { ...state, status: 'retrying', nextAttemptAt: at, redrive: event.data.key };
  }
}
