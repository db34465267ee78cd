import { changePayment } from '../../../lambdas/domain/payments';
import type { Change } from '../../../lambdas/domain/payments';
import { newMemoryStore } from '../../support/memory-journal';
import { aCommit, aContext, aProvider, eventsOf, paymentId, portsOn, recorded, succeeded, tenant } from './a-payment';

const changes: readonly Change[] = [{ kind: 'capture' }, { kind: 'cancel' }, { kind: 'refund' }];

describe('a change of a payment', () => {
  test.each(changes)('to which the provider gave two names is refused, and nobody is called: $kind', async (change) => {
    const store = newMemoryStore();
    const capture = change.kind === 'refund' ? 'automatic' : 'manual';
    const [created] = eventsOf({ capture, authorized: 100 });
    const reports = ['auth_2', 'auth_1'].map((name) => recorded('op_authorize', succeeded(100, 'USD', name)));
    for (const [index, event] of [created!, ...reports].entries()) {
      await store.journal.append([aCommit(index + 1, event)]);
    }
    const provider = aProvider();
    const target = { tenant, paymentId, ifMatch: undefined };
    const changed = await changePayment(
      portsOn(store.journal),
      aContext('change'),
      target,
      change,
      async () => provider,
    );
    expect(changed).toEqual({ ok: false, error: { reason: 'reference-ambiguous' } });
    expect(provider.calls).toEqual([]);
    expect(store.commits).toHaveLength(3);
  });
});
