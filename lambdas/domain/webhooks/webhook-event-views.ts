import type { Head } from '../../kernel/entity';
import { isId } from '../../kernel/ids';
import type { ViewWrite } from '../../kernel/journal';
import { paymentIdOf } from '../providers/provider';
import type { WebhookEvent, WebhookEventStatus } from './webhook-event';

/** As the API shows it; `routes/webhook-events.ts` documents the same shape. */
export interface PresentedWebhookEvent {
  id: string;
  tenantId: string;
  connectionId: string;
  provider: string;
  eventType: string;
  status: WebhookEventStatus;
  attempts: number;
  paymentId?: string;
  lastError?: string;
  nextAttemptAt?: string;
  receivedAt: string;
  version: number;
}

export function presentWebhookEvent(state: WebhookEvent, version: number): PresentedWebhookEvent {
  const { subject, eventType } = state.event;
  const paymentId = paymentIdOf(subject);
  return {
    id: state.id,
    tenantId: state.tenant,
    connectionId: state.connectionId,
    provider: state.provider,
    eventType,
    status: state.status,
    attempts: state.attempts,
    ...(paymentId !== undefined && isId('payment', paymentId) ? { paymentId } : {}),
    ...(state.lastError === undefined ? {} : { lastError: state.lastError }),
    ...(state.nextAttemptAt === undefined ? {} : { nextAttemptAt: state.nextAttemptAt }),
    receivedAt: state.receivedAt,
    version,
  };
}

/** What a person may have to look after: only these have lists of their own. */
export const openStatuses = ['unmatched', 'retrying', 'dead'] as const;

export type OpenStatus = (typeof openStatuses)[number];

/** The kind under which open events are listed by status, beside the list of all. */
export const openWebhookEventKind = 'webhook-event-status';

/** The list of open events of a status: of the whole tenant, or of one connection. */
export function openListOf(status: OpenStatus, connectionId?: string): string {
  return connectionId === undefined ? status : `${status}.${connectionId}`;
}

/**
 * The record in the tenant's list, and for an event that is or was open its places in the lists by status. An event that is applied at
 * once, as nearly all are, costs one record; one that was open leaves the lists by a record that is in none.
 */
export function webhookEventViews(state: WebhookEvent, head: Head): readonly ViewWrite[] {
  const data = presentWebhookEvent(state, head.version);
  const listed = { at: state.receivedAt };
  const { stream: entity, version } = head;
  const record: ViewWrite = { type: 'record', entity, version, data, listed };
  const open = openStatuses.find((status) => status === state.status);
  if (open === undefined && version === 1) return [record];
  const placed = (id: string, connectionId?: string): ViewWrite => ({
    type: 'record',
    entity: { owner: entity.owner, kind: openWebhookEventKind, id },
    version,
    data,
    ...(open === undefined ? {} : { listed: { ...listed, under: openListOf(open, connectionId) } }),
  });
  return [record, placed(state.id), placed(`${state.id}.${state.connectionId}`, state.connectionId)];
}
