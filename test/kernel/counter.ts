import type { Entity } from '../../lambdas/kernel/entity';
import type { DomainEvent } from '../../lambdas/kernel/journal';

/** The smallest entity: a total that events add to. */
export interface Counter {
  readonly total: number;
}

export interface Added extends DomainEvent {
  readonly type: 'Added';
  readonly data: { readonly amount: number };
}

export const added = (amount: number): Added => ({ type: 'Added', data: { amount } });

export const counterEntity: Entity<Counter, Added> = {
  kind: 'counter',
  evolve: (state, { data }) => ({ total: (state?.total ?? 0) + data.amount }),
  parseEvent: (event) => {
    const { amount } = event.data as { amount?: unknown };
    if (event.type !== 'Added' || typeof amount !== 'number') throw new Error('no event of a counter');
    return added(amount);
  },
  audited: ({ total }) => ({ total }),
};
