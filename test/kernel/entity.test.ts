import * as fc from 'fast-check';

import { changesBetween, fold } from '../../lambdas/kernel/entity';
import { aCommit, aStream } from '../support/a-commit';
import { counterEntity } from './counter';

const stream = aStream({ kind: 'counter' });
const commitOf = (version: number, by: readonly number[]) =>
  aCommit(stream, version, { events: by.map((amount) => ({ type: 'Added', data: { amount } })), changes: [] });

describe('folding a stream', () => {
  it('gives the state after all events and the version of the last commit', () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.integer(), { minLength: 1, maxLength: 3 }), { maxLength: 10 }), (commits) => {
        const loaded = fold(
          counterEntity,
          commits.map((by, index) => commitOf(index + 1, by)),
        );
        expect(loaded.version).toBe(commits.length);
        const total = commits.flat().reduce((sum, amount) => sum + amount, 0);
        expect(loaded.state).toEqual(commits.length === 0 ? undefined : { total });
      }),
    );
  });

  it('throws at any gap, repetition or wrong order: commits are missing', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 8 }), { minLength: 1 }), (versions) => {
        const inOrder = versions.every((version, index) => version === index + 1);
        const folding = () =>
          fold(
            counterEntity,
            versions.map((version) => commitOf(version, [1])),
          );
        if (inOrder) expect(folding().version).toBe(versions.length);
        else expect(folding).toThrow('journal gap');
      }),
    );
    expect(() => fold(counterEntity, [commitOf(1, [1]), commitOf(1, [1])])).toThrow('journal gap');
  });

  it('throws at an event that is none of the entity’s', () => {
    const commit = aCommit(stream, 1, { events: [{ type: 'Unknown', data: {} }] });
    expect(() => fold(counterEntity, [commit])).toThrow();
  });
});

describe('changes between two states', () => {
  it('name what differs, in the order of names, with what came and went', () => {
    const entity = {
      ...counterEntity,
      audited: (state: { total: number }) => ({ total: state.total, ...(state.total > 1 ? { big: true } : {}) }),
    };
    expect(changesBetween(entity, undefined, { total: 2 })).toEqual([
      { path: 'big', to: true },
      { path: 'total', to: 2 },
    ]);
    expect(changesBetween(entity, { total: 2 }, { total: 1 })).toEqual([
      { path: 'big', from: true },
      { path: 'total', from: 2, to: 1 },
    ]);
    expect(changesBetween(entity, { total: 1 }, { total: 1 })).toEqual([]);
    expect(changesBetween(entity, { total: 1 }, undefined)).toEqual([{ path: 'total', from: 1 }]);
  });
});
