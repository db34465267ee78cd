import { presentWebhookEvent, requestRedrive, webhookEventEntity, webhookEventStream } from '../../domain/webhooks';
import type { RedriveRefusal } from '../../domain/webhooks';
import type { CommandRefusal } from '../../kernel/command';
import { fold } from '../../kernel/entity';
import { invariant } from '../../kernel/invariant';
import { pageOf } from '../../middleware/lists';
import type { Problem } from '../../middleware/problem';
import { commandProblem, notFound } from '../../middleware/refusals';
import { newService } from '../../middleware/service';
import type { Endpoints, Service } from '../../middleware/service';
import { webhookEvent, webhookEventsRoutes } from '../../routes/webhook-events';
import type { WebhookEventsDependencies } from './dependencies';
import { bindDependencies } from './dependencies';

/** What providers sent to a tenant, what became of it, and the way back into the queue for what died. */
export function newWebhookEvents(deps: WebhookEventsDependencies): Service {
  const endpoints: Endpoints<typeof webhookEventsRoutes> = {
    'webhookEvents.list': async ({ tenant, query }) =>
      pageOf({
        cursors: await deps.cursors(),
        scope: ['webhook-events', tenant.id],
        query,
        read: (page) => deps.forTenant(tenant.id).views.list({ tenant: tenant.id }, webhookEventEntity.kind, page),
        present: ({ data }) => webhookEvent.parse(data),
      }),

    'webhookEvents.get': async ({ tenant, params }) => {
      const stream = webhookEventStream(tenant.id, params.webhookEventId);
      const { state, version } = fold(webhookEventEntity, await deps.forTenant(tenant.id).journal.read(stream));
      if (state === undefined) return { problem: notFound };
      return { status: 200, body: presentWebhookEvent(state, version), version };
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
    case 'not-dead':
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
