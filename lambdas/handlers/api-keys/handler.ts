import {
  apiKeyEntity,
  apiKeyStream,
  changeKey,
  issueKey,
  keySecretHash,
  keyToken,
  newKeySecret,
  parseListedKey,
  revokeKey,
  rotateKey,
} from '../../domain/api-keys';
import type { ApiKey } from '../../domain/api-keys';
import type { CommandContext, CommandRefusal, Executed } from '../../kernel/command';
import { execute } from '../../kernel/command';
import { fold } from '../../kernel/entity';
import { invariant } from '../../kernel/invariant';
import { pageOf } from '../../middleware/lists';
import { observeReach } from '../../middleware/observations';
import { notFound } from '../../middleware/refusals';
import { newService } from '../../middleware/service';
import type { Endpoints, Service } from '../../middleware/service';
import { apiKeysRoutes } from '../../routes/api-keys';
import type { ApiKeysDependencies } from './dependencies';
import { bindDependencies } from './dependencies';
import { presentKey } from './present-key';
import { isBeyondAuthority, problemOf } from './refusals';
import type { KeyCommandRefusal } from './refusals';

/**
 * The keys of a tenant's own servers. A secret exists in the one answer that shows it, and as a hash.
 *
 * A crash between the commit and the answer, or a lost answer, leaves a key whose secret nobody has: its repetition says so by
 * showing none, and a rotation makes another.
 */
export function newApiKeys(deps: ApiKeysDependencies): Service {
  const portsOf = (tenant: string) => ({ ...deps, journal: deps.forTenant(tenant).journal });

  const present = async (key: ApiKey, version: number) => {
    const uses = await deps.forTenant(key.tenantId).keyUses.read([key.id]);
    return presentKey(key, version, uses.get(key.id), deps.clock.now());
  };

  const newSecret = (tenant: string, keyId: string) => {
    const secret = newKeySecret(deps.randomness);
    return { hash: keySecretHash(secret), token: keyToken(tenant, keyId, secret) };
  };

  const refuse = async (tenant: string, refusal: KeyCommandRefusal | CommandRefusal, context: CommandContext) => {
    if (isBeyondAuthority(refusal)) await observeReach(deps, context, { tenant, reason: refusal.reason });
    return { problem: problemOf(refusal) };
  };

  const changed = async ({ state, version }: Executed<ApiKey>) => ({
    status: 200 as const,
    body: await present(state, version),
    version,
  });

  const endpoints: Endpoints<typeof apiKeysRoutes> = {
    'api-keys.issue': async ({ tenant, createdId: keyId, firstCommit, body, context }) => {
      if (firstCommit !== undefined) {
        const { state, version } = fold(apiKeyEntity, [firstCommit]);
        invariant(state !== undefined, 'a first commit makes a key');
        return { status: 201, body: presentKey(state, version, undefined, deps.clock.now()), version, replayed: true };
      }
      const { hash, token } = newSecret(tenant.id, keyId);
      const issued = await execute(
        portsOf(tenant.id),
        apiKeyEntity,
        apiKeyStream(tenant.id, keyId),
        context,
        () => issueKey(tenant.principal, body, tenant.policy.apiKeys, hash, deps.clock.now()),
        { loaded: { state: undefined, version: 0, commits: [] } },
      );
      if (!issued.ok) return refuse(tenant.id, issued.error, context);
      const { state, version, replayed } = issued.value;
      const shown = presentKey(state, version, undefined, deps.clock.now());
      // Another request under this Idempotency-Key was faster: the secret made here opens nothing.
      return { status: 201, body: replayed ? shown : { ...shown, secret: token }, version, replayed };
    },

    'api-keys.list': async ({ tenant, query }) => {
      const { views, keyUses } = deps.forTenant(tenant.id);
      const page = await pageOf({
        cursors: await deps.cursors(),
        scope: ['api-keys', tenant.id],
        query,
        read: (at) => views.list({ tenant: tenant.id }, apiKeyEntity.kind, at),
        present: ({ data, version }) => ({ key: parseListedKey(data), version }),
      });
      if ('problem' in page) return page;
      const { data, nextCursor } = page.body;
      const uses = await keyUses.read(data.map(({ key }) => key.id));
      const now = deps.clock.now();
      return {
        status: 200,
        body: { data: data.map(({ key, version }) => presentKey(key, version, uses.get(key.id), now)), nextCursor },
      };
    },

    'api-keys.get': async ({ tenant, params }) => {
      const { journal } = deps.forTenant(tenant.id);
      const { state, version } = fold(apiKeyEntity, await journal.read(apiKeyStream(tenant.id, params.apiKeyId)));
      if (state === undefined) return { problem: notFound };
      return { status: 200, body: await present(state, version), version };
    },

    'api-keys.change': async ({ tenant, params, body, context, ifMatch }) => {
      const done = await execute(
        portsOf(tenant.id),
        apiKeyEntity,
        apiKeyStream(tenant.id, params.apiKeyId),
        context,
        (key) => changeKey(key, tenant.principal, body, tenant.policy.apiKeys, deps.clock.now()),
        ifMatch === undefined ? {} : { ifMatch },
      );
      return done.ok ? changed(done.value) : refuse(tenant.id, done.error, context);
    },

    'api-keys.rotate': async ({ tenant, params, body, context, ifMatch }) => {
      const { hash, token } = newSecret(tenant.id, params.apiKeyId);
      const done = await execute(
        portsOf(tenant.id),
        apiKeyEntity,
        apiKeyStream(tenant.id, params.apiKeyId),
        context,
        (key) => rotateKey(key, tenant.principal, { ...body, hash, now: deps.clock.now() }, tenant.policy.apiKeys),
        ifMatch === undefined ? {} : { ifMatch },
      );
      if (!done.ok) return refuse(tenant.id, done.error, context);
      const { replayed } = done.value;
      const answer = await changed(done.value);
      return replayed ? { ...answer, replayed } : { ...answer, body: { ...answer.body, secret: token } };
    },

    'api-keys.revoke': async ({ tenant, params, query, context, ifMatch }) => {
      const done = await execute(
        portsOf(tenant.id),
        apiKeyEntity,
        apiKeyStream(tenant.id, params.apiKeyId),
        context,
        (key) => revokeKey(key, query.reason),
        ifMatch === undefined ? {} : { ifMatch },
      );
      return done.ok ? changed(done.value) : refuse(tenant.id, done.error, context);
    },
  };
  return newService(apiKeysRoutes, endpoints, deps);
}

export const handler = newApiKeys(bindDependencies());
