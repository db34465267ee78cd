import type { Context } from 'aws-lambda';

import { isUnavailable, Unavailable } from '../../lambdas/adapters/unavailable';
import { newPasskeyVerifier } from '../../lambdas/adapters/webauthn/simple-webauthn';
import {
  memberEntity,
  ownersEntity,
  ownersStream,
  platformAdminEntity,
  platformAdminStream,
  rolePermissions,
} from '../../lambdas/domain/identity';
import type { Permission, Role } from '../../lambdas/domain/identity';
import { platformPolicyStream } from '../../lambdas/domain/policies';
import { projectStream } from '../../lambdas/domain/projections';
import { tenantEntity, tenantStream } from '../../lambdas/domain/tenants';
import type { CommandContext } from '../../lambdas/kernel/command';
import { newCommit } from '../../lambdas/kernel/command';
import { newCursorSigner } from '../../lambdas/kernel/cursor';
import type { Entity } from '../../lambdas/kernel/entity';
import { fold } from '../../lambdas/kernel/entity';
import { deriveId, newCommitIds, systemRandomness } from '../../lambdas/kernel/ids';
import type { DomainEvent, StreamId } from '../../lambdas/kernel/journal';
import { streamName } from '../../lambdas/kernel/journal';
import { gateOf, memberOf } from '../../lambdas/kernel/views';
import { newPlatformPolicies } from '../../lambdas/middleware/platform-policy';
import type { Service } from '../../lambdas/middleware/service';
import { anApiEvent } from './api-request';
import type { ApiAnswer, ApiBody, ApiRequest } from './api-request';
import { newMemoryKeyUses } from './memory-key-uses';
import { newMemoryConcurrency } from './memory-concurrency';
import { newMemoryLeases } from './memory-leases';
import { newMemoryMac, newMemorySealer } from './memory-keys';
import { newMemoryStore } from './memory-journal';
import { newMemoryPasskeyChallenges, newMemoryPasskeyCounters } from './memory-passkeys';
import { newMemoryRateLimiter } from './memory-rate-limiter';
import { newMemorySessionStarts } from './memory-session-starts';
import { newMemoryTelemetry } from './memory-telemetry';
import { newMemoryRecoveryCounters, newMemoryStepUps, newMemoryTotpCounters } from './memory-totp-counters';

/** The ports of a service function in memory, over one store, with every call that leaves the function written down. */
export function aServiceWorld() {
  let nowMs = Date.parse('2026-11-22T12:00:00.000Z');
  const clock = { now: () => new Date(nowMs) };
  const leases = newMemoryLeases(clock);
  const store = newMemoryStore({ guardHolds: (_owner, guard) => leases.guardHolds(guard) });
  const calls: string[] = [];
  const recorded = <T extends object>(name: string, port: T): T =>
    new Proxy(port, {
      get: (target, property, receiver) => {
        const member: unknown = Reflect.get(target, property, receiver);
        if (typeof member !== 'function') return member;
        return (...args: unknown[]) => {
          calls.push(`${name}.${String(property)}`);
          return Reflect.apply(member, target, args) as unknown;
        };
      },
    });
  const telemetry = newMemoryTelemetry();
  const keyUses = newMemoryKeyUses();
  const places = newMemoryConcurrency(clock);
  const deps = {
    forTenant: (_tenant: string) => ({
      journal: recorded('tenant.journal', store.journal),
      views: recorded('tenant.views', store.views),
      keyUses: recorded('tenant.keyUses', keyUses),
      places: recorded('tenant.places', places),
    }),
    platform: {
      journal: recorded('platform.journal', store.journal),
      views: recorded('platform.views', store.views),
    },
    rateLimiter: recorded('limiter', newMemoryRateLimiter(clock)),
    stepUps: recorded('stepUps', newMemoryStepUps()),
    counters: recorded('counters', newMemoryTotpCounters()),
    recoveryCounters: recorded('recoveryCounters', newMemoryRecoveryCounters()),
    challenges: recorded('challenges', newMemoryPasskeyChallenges()),
    passkeyCounters: recorded('passkeyCounters', newMemoryPasskeyCounters()),
    passkeyVerifier: newPasskeyVerifier('https://console.example.com'),
    sessionStarts: recorded('sessionStarts', newMemorySessionStarts()),
    sealer: newMemorySealer(),
    macs: newMemoryMac(),
    clock,
    commitIds: newCommitIds(clock, systemRandomness),
    randomness: systemRandomness,
    sleep: async () => undefined,
    isUnavailable,
    log: telemetry.log,
    metrics: telemetry.metrics,
    allowedOrigins: ['https://console.example.com'],
    policies: newPlatformPolicies({ views: store.views, clock }),
    cursors: async () => newCursorSigner('a secret of thirty-two bytes or more'),
  };

  const context: CommandContext = {
    actor: { user: 'test', level: 'system' },
    request: { id: 'setup', route: 'test' },
    command: { name: 'test' },
  };
  async function append<State, Event extends DomainEvent>(
    entity: Entity<State, Event>,
    stream: StreamId,
    ...events: readonly Event[]
  ): Promise<void> {
    const loaded = fold(entity, await store.journal.read(stream));
    const { commit, state } = newCommit(deps, entity, stream, context, loaded, events);
    const views = entity.immediateViews?.(state, commit) ?? [];
    expect(await store.journal.append([commit], { views })).toEqual({ ok: true });
  }

  return {
    deps,
    store,
    leases,
    calls,
    telemetry,
    now: () => new Date(nowMs),
    pass: (ms: number) => {
      nowMs += ms;
    },
    /** From now on nothing can be noted, for want of capacity. */
    breakObservations: () => {
      Object.assign(store.journal, {
        observe: async () => {
          throw new Unavailable('no capacity');
        },
      });
    },
    tenant: async (seed = 'tenant'): Promise<string> => {
      const id = deriveId('tenant', [seed]);
      await append(tenantEntity, tenantStream(id), { type: 'TenantProvisioned', data: { name: 'Acme' } });
      return id;
    },
    suspend: (tenant: string) =>
      append(tenantEntity, tenantStream(tenant), { type: 'TenantSuspended', data: { reason: 'unpaid' } }),
    member: async (
      tenant: string,
      user: string,
      role: Role = 'owner',
      permissions: readonly Permission[] = rolePermissions[role],
    ): Promise<void> => {
      const invitationId = deriveId('invitation', [user]);
      await append(memberEntity, memberOf(tenant, user), {
        type: 'MemberJoined',
        data: { role, permissions, invitationId },
      });
      if (role === 'owner') await append(ownersEntity, ownersStream(tenant), { type: 'OwnerAdded', data: { user } });
    },
    /** Writes what no route does yet: another status of a member, a tenant's policy. */
    memberStatus: async (tenant: string, user: string, status: string) => {
      const record = await store.views.record(memberOf(tenant, user));
      await store.viewWriter.write([
        { type: 'record', entity: memberOf(tenant, user), version: 2, data: { ...record?.data, status } },
      ]);
    },
    policy: (tenant: string, data: object) =>
      store.viewWriter.write([{ type: 'slot', entity: gateOf(tenant), slot: 'policy', version: 1, data }]),
    /** What the platform has set; functions that have read it a moment ago still go by what they read. */
    platformPolicy: (data: object, version = 1) =>
      store.viewWriter.write([{ type: 'record', entity: platformPolicyStream, version, data }]),
    superAdmin: (user: string) =>
      append(platformAdminEntity, platformAdminStream(user), { type: 'PlatformAdminAppointed', data: {} }),
    /** Removed, or appointed again. */
    superAdminStanding: (user: string, status: string) =>
      append(
        platformAdminEntity,
        platformAdminStream(user),
        status === 'active'
          ? { type: 'PlatformAdminAppointed', data: {} }
          : { type: 'PlatformAdminRemoved', data: { reason: 'test' } },
      ),
    stepUp: (user: string, session = 'session-1') =>
      deps.stepUps.record(user, session, { verifiedAtMs: nowMs, method: 'totp' }),
    /** What the projector would have done by now. */
    project: async () => {
      const streams = new Map(store.commits.map(({ stream }) => [streamName(stream), stream]));
      for (const stream of streams.values()) {
        await store.viewWriter.write(projectStream(stream, await store.journal.read(stream)));
      }
    },
  };
}

export type ServiceWorld = ReturnType<typeof aServiceWorld>;

/** Calls a service as Lambda does. */
export async function ask(service: Service, request: ApiRequest): Promise<ApiAnswer> {
  const lambda = { awsRequestId: 'lambda-1', functionName: 'test' } as Context;
  const answer = await service(anApiEvent(request), lambda);
  const body = (answer.body === '' ? undefined : JSON.parse(answer.body)) as ApiBody;
  return { status: answer.statusCode, headers: answer.headers, body };
}
