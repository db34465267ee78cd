import '../../support/function-env';

import { commitAuditView, observationAuditView } from '../../../lambdas/domain/audit';
import { newAuditEvents } from '../../../lambdas/handlers/audit-events/handler';
import { ask, aServiceWorld } from '../../support/service-world';

async function anAuditedTenant() {
  const world = aServiceWorld();
  const tenant = await world.tenant();
  await world.member(tenant, 'owner');
  const service = newAuditEvents(world.deps);
  const list = (user: string, query = {}) =>
    ask(service, { resource: '/v1/tenants/{tenantId}/audit-events', params: { tenantId: tenant }, user, query });
  /** What the projector would have made of the journal. */
  const project = () =>
    world.store.viewWriter.write([
      ...world.store.commits.map(commitAuditView),
      ...world.store.observations.map(observationAuditView),
    ]);
  return { world, tenant, list, project };
}

test('commits and observations are listed with who, what, when and from where', async () => {
  const { tenant, list, project } = await anAuditedTenant();
  await project();
  const { status, body } = await list('owner');
  expect(status).toBe(200);
  expect(body.data).toHaveLength(3);
  for (const kind of ['tenant', 'member', 'owners']) {
    expect(body.data).toContainEqual(expect.objectContaining({ entity: expect.objectContaining({ kind }) }));
  }
  expect(body.data).toContainEqual(
    expect.objectContaining({
      action: 'test',
      outcome: 'succeeded',
      actor: { user: 'test', level: 'system' },
      entity: { kind: 'tenant', id: tenant, version: 1 },
      events: [{ type: 'TenantProvisioned', data: { name: 'Acme' } }],
      changes: expect.arrayContaining([{ path: 'status', to: 'active' }]),
    }),
  );
});

test('reading the log is in the log', async () => {
  const { world, tenant, list, project } = await anAuditedTenant();
  await list('owner', { limit: '5' });
  expect(world.store.observations).toMatchObject([
    { owner: { tenant }, type: 'AuditLogRead', outcome: 'succeeded', actor: { user: 'owner' }, data: { limit: 5 } },
  ]);
  world.pass(1_000);
  await project();
  expect((await list('owner')).body.data[0]).toMatchObject({ action: 'AuditLogRead', request: { id: 'request-1' } });
});

test('it is shown to those who may see it, and to no other tenant', async () => {
  const { world, tenant, list } = await anAuditedTenant();
  await world.member(tenant, 'blind', 'admin', ['payments:read']);
  expect((await list('blind')).status).toBe(403);
  expect((await list('stranger')).status).toBe(404);
});

test('a log that cannot remember its reader is not shown', async () => {
  const { world, tenant } = await anAuditedTenant();
  const service = newAuditEvents({
    ...world.deps,
    forTenant: (id) => ({
      ...world.deps.forTenant(id),
      journal: {
        ...world.store.journal,
        observe: async () => {
          throw new Error('no store');
        },
      },
    }),
  });
  const answer = await ask(service, {
    resource: '/v1/tenants/{tenantId}/audit-events',
    params: { tenantId: tenant },
    user: 'owner',
  });
  expect(answer.status).toBe(500);
});
