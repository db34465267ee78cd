import { runHistory } from '../../simulation/history';
import { gatingSeeds } from './gating-seeds';
import { mutants } from './mutants';

describe('the gating histories notice a product that', () => {
  test.each(Object.entries(mutants))('%s', async (_name, { plant, noticedBy }) => {
    const noticed = [];
    for (const seed of gatingSeeds) {
      const { violation } = await runHistory({ seed, tampering: plant() });
      if (violation !== undefined) noticed.push(violation.invariant);
      if (noticedBy.some((invariant) => invariant === violation?.invariant)) break;
    }

    expect(noticed).toEqual(expect.arrayContaining([expect.stringMatching(anyOf(noticedBy))]));
  });
});

function anyOf(invariants: readonly string[]): RegExp {
  return new RegExp(`^(${invariants.map((each) => each.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|')})$`);
}
