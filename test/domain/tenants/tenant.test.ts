import fc from 'fast-check';

import type { Tenant, TenantEvent } from '../../../lambdas/domain/tenants';
import { tenantEntity, tenantStatusOf, tenantStream, tenantViews } from '../../../lambdas/domain/tenants';
import { decideReactivation, decideSuspension } from '../../../lambdas/domain/tenants/change-tenant';
import { deriveId } from '../../../lambdas/kernel/ids';

const id = deriveId('tenant', ['a']);
const facts = { version: 1, at: '2026-11-22T12:00:00.000Z', commandKey: undefined, stream: tenantStream(id) };
const evolve = (state: Tenant | undefined, event: TenantEvent): Tenant => tenantEntity.evolve(state, event, facts);
const aTenant = (): Tenant => evolve(undefined, { type: 'TenantProvisioned', data: { name: 'Acme' } });

test('after any orders, a tenant is what the last order that was not refused made it', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('suspend' as const, 'reactivate' as const)), (orders) => {
      let tenant = aTenant();
      for (const order of orders) {
        const before = tenant;
        const decided = order === 'suspend' ? decideSuspension(tenant, 'unpaid') : decideReactivation(tenant);
        if (decided.ok) tenant = decided.value.reduce(evolve, tenant);
        expect(tenant.status).toBe(order === 'suspend' ? 'suspended' : 'active');
        expect(decided.ok).toBe(before.status !== tenant.status);
        expect(tenant.suspendedReason).toBe(tenant.status === 'suspended' ? 'unpaid' : undefined);
      }
    }),
  );
});

test('a tenant that is not there is neither suspended nor reactivated', () => {
  const absent = { ok: false, error: { reason: 'tenant-absent' } };
  expect(decideSuspension(undefined, 'x')).toEqual(absent);
  expect(decideReactivation(undefined)).toEqual(absent);
});

test('a reason is stored without what must not be stored', () => {
  expect(decideSuspension(aTenant(), 'card 4111 1111 1111 1111')).toMatchObject({
    value: [{ data: { reason: 'card [redacted]' } }],
  });
});

test('its gate tells its status, and a gate without it throws', () => {
  const [gate] = tenantViews(aTenant(), { stream: tenantStream(id), version: 1 });
  expect(gate).toMatchObject({ type: 'slot', slot: 'tenant', data: { status: 'active' } });
  expect(tenantStatusOf({ tenant: { version: 1, data: { status: 'suspended' } } })).toBe('suspended');
  expect(() => tenantStatusOf({})).toThrow();
});

test('its journal holds no order that cannot be', () => {
  expect(() => evolve(undefined, { type: 'TenantReactivated', data: {} })).toThrow('before the tenant was provisioned');
  expect(() => evolve(aTenant(), { type: 'TenantProvisioned', data: { name: 'B' } })).toThrow('once');
});
