import * as z from 'zod';

import {
  changeConnection,
  connectionEntity,
  connectionStream,
  createConnection,
  presentConnection,
  replaceCredentials,
  rotateWebhookSecret,
  testConnection,
  webhookSetupOf,
} from '../../domain/providers';
import type { Connection } from '../../domain/providers';
import { isWebhookSecret, modeOf, readCredentials } from '../../domain/providers/credentials';
import { fold } from '../../kernel/entity';
import { invariant } from '../../kernel/invariant';
import { pageOf } from '../../middleware/lists';
import { notFound } from '../../middleware/refusals';
import { newService } from '../../middleware/service';
import type { Endpoints, Service } from '../../middleware/service';
import { connection as connectionSchema, connectionsRoutes } from '../../routes/connections';
import type { ConnectionsDependencies } from './dependencies';
import { bindDependencies } from './dependencies';
import { notOffered, otherProvider, problemOf, secretMalformed, wrongMode } from './refusals';

/** The list record: all but what holds addresses, which are the stage's and not the connection's. */
const listed = z.object(connectionSchema.shape).omit({ webhookUrl: true, webhookSetup: true });

/** A tenant's accounts with payment providers. Nothing that comes in as a secret ever goes out. */
export function newConnections(deps: ConnectionsDependencies): Service {
  const portsOf = (tenant: string) => ({ ...deps, journal: deps.forTenant(tenant).journal });

  const urlOf = (tenant: string, connectionId: string): string =>
    `${deps.webhookUrl.replace(/\/+$/, '')}/${tenant}/${connectionId}`;

  const present = (connection: Connection, version: number) => {
    const webhookUrl = urlOf(connection.tenant, connection.id);
    return {
      ...presentConnection(connection, version),
      webhookUrl,
      webhookSetup: [...webhookSetupOf(connection, webhookUrl)],
    };
  };

  const load = async (tenant: string, connectionId: string) =>
    fold(connectionEntity, await deps.forTenant(tenant).journal.read(connectionStream(tenant, connectionId)));

  const endpoints: Endpoints<typeof connectionsRoutes> = {
    'connections.create': async ({ tenant, createdId: connectionId, firstCommit, body, context }) => {
      const { provider, displayName, webhookSecret } = body;
      if (!deps.offered.includes(provider)) return { problem: notOffered };
      const credentials = readCredentials(provider, body.credentials);
      invariant(credentials !== undefined, 'the schema of the route has read the credentials');
      if (modeOf(provider, credentials) !== deps.mode) return { problem: wrongMode };
      if (webhookSecret !== undefined && !isWebhookSecret(provider, webhookSecret)) return { problem: secretMalformed };
      const created = await createConnection(
        portsOf(tenant.id),
        context,
        {
          tenant: tenant.id,
          connectionId,
          provider,
          displayName,
          credentials,
          webhookUrl: urlOf(tenant.id, connectionId),
          ...(webhookSecret === undefined ? {} : { webhookSecret }),
        },
        { isNew: firstCommit === undefined },
      );
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
          const webhookUrl = urlOf(tenant.id, record.id);
          return { ...record, webhookUrl, webhookSetup: [...webhookSetupOf(record, webhookUrl)] };
        },
      }),

    'connections.get': async ({ tenant, params }) => {
      const { state, version } = await load(tenant.id, params.connectionId);
      if (state === undefined) return { problem: notFound };
      return { status: 200, body: present(state, version), version };
    },

    'connections.change': async ({ tenant, params, body, context, ifMatch }) => {
      const { credentials: given, ...wish } = body;
      const target = { tenant: tenant.id, ...params, ...(ifMatch === undefined ? {} : { ifMatch }) };
      if (given === undefined) {
        const changed = await changeConnection(portsOf(tenant.id), context, target, wish);
        if (!changed.ok) return { problem: problemOf(changed.error) };
        const { state, version } = changed.value;
        return { status: 200, body: present(state, version), version };
      }
      const { state: connection } = await load(tenant.id, params.connectionId);
      if (connection === undefined) return { problem: notFound };
      const credentials = readCredentials(connection.provider, given);
      if (credentials === undefined) return { problem: otherProvider };
      if (modeOf(connection.provider, credentials) !== deps.mode) return { problem: wrongMode };
      const webhookUrl = urlOf(tenant.id, connection.id);
      const replaced = await replaceCredentials(portsOf(tenant.id), context, target, connection, {
        credentials,
        webhookUrl,
        wish,
      });
      if (!replaced.ok) return { problem: problemOf(replaced.error) };
      const { state, version } = replaced.value;
      return { status: 200, body: present(state, version), version };
    },

    'connections.rotateWebhookSecret': async ({ tenant, params, body, context, ifMatch }) => {
      const { state: connection } = await load(tenant.id, params.connectionId);
      if (connection === undefined) return { problem: notFound };
      const { overlapHours, webhookSecret } = body;
      if (webhookSecret !== undefined && !isWebhookSecret(connection.provider, webhookSecret)) {
        return { problem: secretMalformed };
      }
      const target = { tenant: tenant.id, ...params, ...(ifMatch === undefined ? {} : { ifMatch }) };
      const rotated = await rotateWebhookSecret(portsOf(tenant.id), context, target, connection, {
        overlapHours,
        webhookUrl: urlOf(tenant.id, connection.id),
        ...(webhookSecret === undefined ? {} : { webhookSecret }),
      });
      if (!rotated.ok) return { problem: problemOf(rotated.error) };
      const { state, version, replayed } = rotated.value;
      return { status: 200, body: present(state, version), version, replayed };
    },

    'connections.test': async ({ tenant, params, context }) => {
      const { state: connection } = await load(tenant.id, params.connectionId);
      if (connection === undefined) return { problem: notFound };
      const url = urlOf(tenant.id, connection.id);
      const tested = await testConnection(portsOf(tenant.id), context, connection, url);
      if (!tested.ok) return { problem: problemOf(tested.error) };
      const { state, version, testId, replayed } = tested.value;
      return { status: 202, body: { testId, connection: present(state, version) }, version, replayed };
    },
  };
  return newService(connectionsRoutes, endpoints, deps);
}

export const handler = newConnections(bindDependencies());
