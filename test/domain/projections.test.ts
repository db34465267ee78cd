import * as apiKeys from '../../lambdas/domain/api-keys';
import * as audit from '../../lambdas/domain/audit';
import * as identity from '../../lambdas/domain/identity';
import * as mfa from '../../lambdas/domain/mfa';
import * as payments from '../../lambdas/domain/payments';
import * as policies from '../../lambdas/domain/policies';
import { projectedKinds, projectStream } from '../../lambdas/domain/projections';
import * as providers from '../../lambdas/domain/providers';
import * as settlements from '../../lambdas/domain/settlements';
import * as tenants from '../../lambdas/domain/tenants';
import * as webhooks from '../../lambdas/domain/webhooks';
import { aCommit, aTenant } from '../support/a-commit';

const modules = { apiKeys, audit, identity, mfa, payments, policies, providers, settlements, tenants, webhooks };

/** Kinds of every entity that a domain module shows at its door. */
const entityKinds = Object.values(modules)
  .flatMap((module) => Object.values(module) as unknown[])
  .flatMap((exported) =>
    typeof exported === 'object' && exported !== null && 'evolve' in exported && 'kind' in exported
      ? [String(exported.kind)]
      : [],
  );

describe('the registry of projections', () => {
  test('knows every entity of the domain (register a new one in domain/projections.ts)', () => {
    expect(entityKinds.length).toBeGreaterThan(5);
    expect([...projectedKinds()].sort()).toEqual([...entityKinds].sort());
  });

  test('has each kind once', () => {
    expect(new Set(projectedKinds()).size).toBe(projectedKinds().length);
  });

  test('refuses a kind that nobody registered', () => {
    const stream = { owner: 'platform', kind: 'spaceship', id: '1' } as const;
    expect(() => projectStream(stream, [aCommit(stream, 1)])).toThrow('no projection for spaceship');
  });

  test('makes no views of a stream that does not exist', () => {
    expect(projectStream({ owner: { tenant: aTenant() }, kind: 'tenant', id: 'ten_1' }, [])).toEqual([]);
  });

  test('writes a view once that is immediate and listed', () => {
    const tenant = aTenant();
    const stream = { owner: { tenant }, kind: 'member', id: 'user-1' };
    const data = { role: 'owner', permissions: ['tenant:read'], invitationId: 'inv_1' };
    const views = projectStream(stream, [aCommit(stream, 1, { events: [{ type: 'MemberJoined', data }] })]);
    expect(views.map(({ entity }) => entity.kind)).toEqual(['member', 'membership']);
  });
});
