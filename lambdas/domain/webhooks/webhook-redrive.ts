import * as z from 'zod';

import type { Entity } from '../../kernel/entity';
import { invariant } from '../../kernel/invariant';
import type { StreamId, ViewWrite } from '../../kernel/journal';

/** A redrive of many events: a job that goes page by page, and whose stream says how far it has come. */
export interface WebhookRedrive {
  readonly id: string;
  readonly tenant: string;
  readonly selection: RedriveSelection;
  readonly requestedAt: string;
  readonly status: 'waiting' | 'running' | 'done';
  /** Events put back into the queue so far. */
  readonly redriven: number;
  /** Events that were there to be put back no more: applied or redriven by others meanwhile, or absent. */
  readonly skipped: number;
  /** The page being worked on: after a crash it is done again, which puts nothing back twice. */
  readonly page: readonly string[] | undefined;
  /** Where the page after it begins. */
  readonly next: RedrivePosition;
  readonly finishedAt: string | undefined;
}

/** A place in the list of dead events: opaque, the views' own. */
export type RedrivePosition = 'start' | 'end' | Readonly<Record<string, string>>;

const selection = z.discriminatedUnion('type', [
  z.object({ type: z.literal('events'), ids: z.array(z.string()) }),
  /** All dead events that were received before a moment, perhaps of one connection only. */
  z.object({ type: z.literal('dead'), receivedBefore: z.string(), connectionId: z.string().exactOptional() }),
]);

export type RedriveSelection = z.infer<typeof selection>;

const webhookRedriveEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('BulkRedriveRequested'), data: z.object({ selection }) }),
  /** What is to be put back now. Journaled before any of it is, or a crash would lose what has left the list of dead events. */
  z.object({
    type: z.literal('RedrivePageTaken'),
    data: z.object({
      ids: z.array(z.string()),
      next: z.union([z.literal('end'), z.record(z.string(), z.string())]),
    }),
  }),
  z.object({ type: z.literal('RedrivePageDone'), data: z.object({ redriven: z.int(), skipped: z.int() }) }),
  z.object({ type: z.literal('BulkRedriveFinished'), data: z.object({}) }),
]);

export type WebhookRedriveEvent = z.infer<typeof webhookRedriveEvent>;

export const webhookRedriveEntity: Entity<WebhookRedrive, WebhookRedriveEvent> = {
  kind: 'webhook-redrive',
  parseEvent: (event) => webhookRedriveEvent.parse(event),
  evolve: (state, event, { at, stream }) => {
    if (event.type === 'BulkRedriveRequested') {
      invariant(state === undefined, 'a redrive is requested once');
      invariant(stream.owner !== 'platform', 'a redrive belongs to a tenant');
      return requested(stream.id, stream.owner.tenant, event.data.selection, at);
    }
    invariant(state !== undefined && state.status !== 'done', `${event.type} out of place`);
    switch (event.type) {
      case 'RedrivePageTaken':
        invariant(state.page === undefined, 'a page is taken when the one before is done');
        return { ...state, status: 'running', page: event.data.ids, next: event.data.next };
      case 'RedrivePageDone':
        return {
          ...state,
          page: undefined,
          redriven: state.redriven + event.data.redriven,
          skipped: state.skipped + event.data.skipped,
        };
      case 'BulkRedriveFinished':
        invariant(state.page === undefined, 'a redrive is finished when its last page is done');
        return { ...state, status: 'done', finishedAt: at };
    }
  },
  audited: ({ status, redriven, skipped }) => ({ status, redriven, skipped }),
};

export function webhookRedriveStream(tenant: string, id: string): StreamId {
  return { owner: { tenant }, kind: webhookRedriveEntity.kind, id };
}

export function presentWebhookRedrive(state: WebhookRedrive, version: number) {
  const { selection: chosen } = state;
  return {
    id: state.id,
    tenantId: state.tenant,
    status: state.status,
    redriven: state.redriven,
    skipped: state.skipped,
    ...(chosen.type === 'events'
      ? { selected: chosen.ids.length }
      : {
          receivedBefore: chosen.receivedBefore,
          ...(chosen.connectionId === undefined ? {} : { connectionId: chosen.connectionId }),
        }),
    requestedAt: state.requestedAt,
    ...(state.finishedAt === undefined ? {} : { finishedAt: state.finishedAt }),
    version,
  };
}

/** Jobs are read from their streams, and are in no list. */
export function webhookRedriveViews(): readonly ViewWrite[] {
  return [];
}

function requested(id: string, tenant: string, chosen: RedriveSelection, at: string): WebhookRedrive {
  return {
    id,
    tenant,
    selection: chosen,
    requestedAt: at,
    status: 'waiting',
    redriven: 0,
    skipped: 0,
    page: undefined,
    next: 'start',
    finishedAt: undefined,
  };
}
