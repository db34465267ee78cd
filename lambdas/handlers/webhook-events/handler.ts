import {
  openListOf,
  openWebhookEventKind,
  presentWebhookEvent,
  presentWebhookEventDetail,
  presentWebhookRedrive,
  requestRedrive,
  requestRedriveOfMany,
  webhookEventEntity,
  webhookEventStream,
  webhookRedriveEntity,
  webhookRedriveStream,
} from '../../domain/webhooks';
import type { RedriveRefusal, RedriveSelection } from '../../domain/webhooks';
import type { CommandContext, CommandRefusal } from '../../kernel/command';
import { fold } from '../../kernel/entity';
import { invariant } from '../../kernel/invariant';
import { pageOf } from '../../middleware/lists';
import type { Problem } from '../../middleware/problem';
import { commandProblem, notFound } from '../../middleware/refusals';
import { newService } from '../../middleware/service';
import type { Endpoints, Reply, Service } from '../../middleware/service';
import { webhookEvent, webhookEventsRoutes } from '../../routes/webhook-events';
import type { WebhookEventsDependencies } from './dependencies';
import { bindDependencies } from './dependencies';

/** What providers sent to a tenant, what became of it, and the way back into the queue for what died. */
export function newWebhookEvents(deps: WebhookEventsDependencies): Service {
  const redriveMany = async (
    tenant: string,
    redriveId: string,
    context: CommandContext,
    selection: RedriveSelection,
  ): Promise<Reply<(typeof webhookEventsRoutes)['webhookEvents.redriveMany' | 'webhookEvents.redriveDead']>> => {
    const ports = { ...deps, journal: deps.forTenant(tenant).journal, jobs: deps.jobsOf(tenant) };
    const requested = await requestRedriveOfMany(ports, context, { tenant, redriveId, selection });
    if (!requested.ok) return { problem: commandProblem(requested.error) };
    const { state, version, replayed } = requested.value;
    return { status: 202, body: presentWebhookRedrive(state, version), version, replayed };
  };

  const endpoints: Endpoints<typeof webhookEventsRoutes> = {
    'webhookEvents.list': async ({ tenant, query }) => {
      const { status, connectionId } = query;
      const under = status === undefined ? undefined : openListOf(status, connectionId);
      const { views } = deps.forTenant(tenant.id);
      return pageOf({
        cursors: await deps.cursors(),
        scope: ['webhook-events', tenant.id, ...(under === undefined ? [] : [under])],
        query,
        read: (page) =>
          under === undefined
            ? views.list({ tenant: tenant.id }, webhookEventEntity.kind, page)
            : views.list({ tenant: tenant.id }, openWebhookEventKind, { ...page, under }),
        present: ({ data }) => webhookEvent.parse(data),
      });
    },

    'webhookEvents.get': async ({ tenant, params }) => {
      const stream = webhookEventStream(tenant.id, params.webhookEventId);
      const { state, version, commits } = fold(
        webhookEventEntity,
        await deps.forTenant(tenant.id).journal.read(stream),
      );
      if (state === undefined) return { problem: notFound };
      return { status: 200, body: presentWebhookEventDetail(state, version, commits), version };
    },

    'webhookEvents.redriveMany': ({ tenant, createdId, body, context }) =>
      redriveMany(tenant.id, createdId, context, { type: 'events', ids: [...new Set(body.webhookEventIds)] }),

    'webhookEvents.redriveDead': ({ tenant, createdId, body, context }) => {
      const { connectionId, receivedBefore = deps.clock.now().toISOString() } = body;
      return redriveMany(tenant.id, createdId, context, {
        type: 'dead',
        receivedBefore,
        ...(connectionId === undefined ? {} : { connectionId }),
      });
    },

    'webhookRedrives.get': async ({ tenant, params }) => {
      const stream = webhookRedriveStream(tenant.id, params.webhookRedriveId);
      const { state, version } = fold(webhookRedriveEntity, await deps.forTenant(tenant.id).journal.read(stream));
      if (state === undefined) return { problem: notFound };
      return { status: 200, body: presentWebhookRedrive(state, version), version };
    },

    'webhookEvents.redrive': async ({ tenant, params, context, ifMatch }) => {
      const { key } = context.command;
      invariant(key !== undefined, 'a redrive demands an Idempotency-Key');
      const ports = { ...deps, journal: deps.forTenant(tenant.id).journal, queue: deps.queueOf(tenant.id) };
      const redriven = await requestRedrive(
        ports,
        { ...context, command: { ...context.command, key } },
        {
          tenant: tenant.id,
          webhookEventId: params.webhookEventId,
          ...(ifMatch === undefined ? {} : { ifMatch }),
        },
      );
      if (!redriven.ok) return { problem: problemOf(redriven.error) };
      const { state, version, replayed } = redriven.value;
      return { status: 202, body: presentWebhookEvent(state, version), version, replayed };
    },
  };
  return newService(webhookEventsRoutes, endpoints, deps);
}

function problemOf(refusal: RedriveRefusal | CommandRefusal): Problem {
  switch (refusal.reason) {
    case 'webhook-event-not-found':
      return notFound;
    case 'not-redrivable':
      return {
        slug: 'refused',
        detail:
          'Only a webhook event that is dead, or an hour behind its next attempt, can be put back into the queue.',
        extensions: { reason: refusal.reason },
      };
    default:
      return commandProblem(refusal);
  }
}

export const handler = newWebhookEvents(bindDependencies());
