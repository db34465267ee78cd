import * as z from 'zod';

import { connectionEntity, connectionStream, createConnection } from '../../domain/providers';
import type { Connection } from '../../domain/providers';
import type { ConnectRefusal } from '../../domain/providers/provider';
import type { CommandRefusal } from '../../kernel/command';
import { fold } from '../../kernel/entity';
import { invariant } from '../../kernel/invariant';
import { pageOf } from '../../middleware/lists';
import type { Problem } from '../../middleware/problem';
import { commandProblem, notFound } from '../../middleware/refusals';
import { newService } from '../../middleware/service';
import type { Endpoints, Service } from '../../middleware/service';
import { connection as connectionSchema, connectionsRoutes } from '../../routes/connections';
import type { ConnectionsDependencies } from './dependencies';
import { bindDependencies } from './dependencies';

/** The list record: all but the address of webhooks, which is the stage's and not the connection's. */
const listed = z.object(connectionSchema.shape).omit({ webhookUrl: true });

/** A tenant's accounts with payment providers. Nothing that comes in as a secret ever goes out. */
export function newConnections(deps: ConnectionsDependencies): Service {
  const webhookUrlOf = (tenant: string, connectionId: string): string =>
    `${deps.webhookUrl.replace(/\/+$/, '')}/${tenant}/${connectionId}`;

  const present = ({ id, tenant, provider, displayName, status, createdAt }: Connection, version: number) => ({
    id,
    tenantId: tenant,
    provider,
    displayName,
    status,
    webhookUrl: webhookUrlOf(tenant, id),
    createdAt,
    version,
  });

  const endpoints: Endpoints<typeof connectionsRoutes> = {
    'connections.create': async ({ tenant, createdId: connectionId, firstCommit, body, context }) => {
      if (firstCommit !== undefined) {
        const { state, version } = fold(connectionEntity, [firstCommit]);
        invariant(state !== undefined, 'a first commit makes a connection');
        return { status: 201, body: present(state, version), version, replayed: true };
      }
      if (!deps.offered.includes(body.provider)) return { problem: notOffered };
      const ports = { ...deps, journal: deps.forTenant(tenant.id).journal };
      const created = await createConnection(ports, context, {
        tenant: tenant.id,
        connectionId,
        provider: body.provider,
        displayName: body.displayName,
        apiKey: body.credentials.apiKey,
        webhookUrl: webhookUrlOf(tenant.id, connectionId),
      });
      if (!created.ok) return { problem: problemOf(created.error) };
      const { state, version, replayed } = created.value;
      return { status: 201, body: present(state, version), version, replayed };
    },

    'connections.list': async ({ tenant, query }) =>
      pageOf({
        cursors: await deps.cursors(),
        scope: ['connections', tenant.id],
        query,
        read: (page) => deps.forTenant(tenant.id).views.list({ tenant: tenant.id }, connectionEntity.kind, page),
        present: ({ data }) => {
          const record = listed.parse(data);
          return { ...record, webhookUrl: webhookUrlOf(tenant.id, record.id) };
        },
      }),

    'connections.get': async ({ tenant, params }) => {
      const stream = connectionStream(tenant.id, params.connectionId);
      const { state, version } = fold(connectionEntity, await deps.forTenant(tenant.id).journal.read(stream));
      if (state === undefined) return { problem: notFound };
      return { status: 200, body: present(state, version), version };
    },
  };
  return newService(connectionsRoutes, endpoints, deps);
}

const notOffered: Problem = {
  slug: 'refused',
  detail: 'This provider is not available here.',
  extensions: { reason: 'provider-not-available' },
};

function problemOf(refusal: ConnectRefusal | CommandRefusal): Problem {
  switch (refusal) {
    case 'credentials-refused':
      return {
        slug: 'refused',
        detail: 'The provider does not accept these credentials.',
        extensions: { reason: refusal },
      };
    case 'provider-unreachable':
      return { slug: 'unavailable', retryAfterSeconds: 5 };
    default:
      return commandProblem(refusal);
  }
}

export const handler = newConnections(bindDependencies());
