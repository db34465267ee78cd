import { runHistory } from '../../simulation/history';
import type { History } from '../../simulation/history';
import { replayCommand, shrink } from '../../simulation/shrink';
import { added, emptyTally, tallyOf } from '../../simulation/tally';
import { gatingSeeds } from './gating-seeds';
import { mutants } from './mutants';

describe('whole histories of the product under faults', () => {
  test('break no invariant, come to rest, and between them meet every kind of fault', async () => {
    const histories: History[] = [];
    for (const seed of gatingSeeds) histories.push(await runHistory({ seed }));

    const broken = histories.filter(({ violation }) => violation !== undefined);
    expect(broken.map(({ seed, violation }) => ({ seed, violation }))).toEqual([]);
    expect(histories.every(({ complete }) => complete)).toBe(true);
    const tally = histories.map(tallyOf).reduce(added, emptyTally);
    expect(Math.min(...Object.values(tally.faults))).toBeGreaterThan(0);
    expect(tally.effects).toBeGreaterThan(100);
    expect(tally.commits).toBeGreaterThan(500);
    expect(tally.attested).toBeGreaterThan(0);
  });

  test('are the same for the same seed, byte for byte, and others for another', async () => {
    const traceOf = async (seed: number) => (await runHistory({ seed, traced: true })).trace.join('\n');

    const first = await traceOf(7);
    await runHistory({ seed: 8 });

    expect(await traceOf(7)).toBe(first);
    expect(first.length).toBeGreaterThan(5_000);
    expect(await traceOf(8)).not.toBe(first);
  });

  test('are the same again when their commands and faults are named', async () => {
    const { commands, faults, trace } = await runHistory({ seed: 9, traced: true });

    const replayed = await runHistory({ seed: 9, commands: new Set(commands), faults: new Set(faults), traced: true });

    expect(faults.length).toBeGreaterThan(0);
    expect(replayed.trace).toEqual(trace);
  });

  test('stop where they are told to', async () => {
    const cut = await runHistory({ seed: 1, steps: 20 });

    expect(cut).toMatchObject({ steps: 20, complete: false, violation: undefined });
  });
});

describe('a broken invariant', () => {
  test('is shrunk to few commands and faults that still break it, and can be replayed', async () => {
    const tampering = mutants['drops the idempotency key on retry']!.plant();
    const broken = await firstBroken(tampering);

    const small = await shrink(broken, { seed: broken.seed, tampering });

    expect(small.violation?.invariant).toBe(broken.violation?.invariant);
    expect(small.commands.length).toBeLessThanOrEqual(broken.commands.length);
    expect(small.faults.length).toBeLessThanOrEqual(2);
    const again = await runHistory({
      seed: small.seed,
      commands: new Set(small.commands),
      faults: new Set(small.faults),
      tampering,
    });
    expect(again.violation).toEqual(small.violation);
    expect(replayCommand(small)).toMatch(/^npm run simulate -- --seed \d+ --commands [\d,]+ --faults \S+$/);
  });
});

async function firstBroken(tampering: Parameters<typeof runHistory>[0]['tampering']): Promise<History> {
  for (const seed of gatingSeeds) {
    const history = await runHistory({ seed, ...(tampering === undefined ? {} : { tampering }) });
    if (history.violation !== undefined) return history;
  }
  throw new Error('no history is broken');
}
