import { runHistory } from './history';
import type { History, HistoryOptions } from './history';

/**
 * The smallest history found that breaks the same invariant: fewer commands, then fewer faults. Choices hang on what they are about
 * and not on what went before, so what is left happens much as it did.
 */
export async function shrink(
  broken: History,
  options: Pick<HistoryOptions, 'seed' | 'tampering'>,
  maxRuns = 400,
): Promise<History> {
  let best = broken;
  let runs = 0;
  const breaks = async (commands: readonly number[], faults: readonly string[]): Promise<History | undefined> => {
    if (runs >= maxRuns) return undefined;
    runs += 1;
    const history = await runHistory({ ...options, commands: new Set(commands), faults: new Set(faults) });
    return history.violation?.invariant === broken.violation?.invariant ? history : undefined;
  };

  // The faults as they fell, now by name: from here on they stay where they are.
  best = (await breaks(broken.commands, broken.faults)) ?? best;
  const commands = await fewest(best.commands, async (left) => {
    const smaller = await breaks(left, best.faults);
    best = smaller ?? best;
    return smaller !== undefined;
  });
  await fewest(best.faults, async (left) => {
    const smaller = await breaks(commands, left);
    best = smaller ?? best;
    return smaller !== undefined;
  });
  return best;
}

/** Delta debugging: takes out halves, then quarters, down to single items, for as long as the rest still fails. */
async function fewest<T>(items: readonly T[], fails: (left: readonly T[]) => Promise<boolean>): Promise<readonly T[]> {
  let left = items;
  for (let size = Math.ceil(items.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let start = 0; start < left.length;) {
      const without = [...left.slice(0, start), ...left.slice(start + size)];
      if (await fails(without)) left = without;
      else start += size;
    }
  }
  return left;
}

/** What to type to see the history again, step by step. */
export function replayCommand({ seed, commands, faults }: Pick<History, 'seed' | 'commands' | 'faults'>): string {
  const chosen = `--commands ${commands.join(',') || 'none'} --faults ${faults.join(',') || 'none'}`;
  return `npm run simulate -- --seed ${String(seed)} ${chosen}`;
}
