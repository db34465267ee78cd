import { runHistory } from './history';
import { tallyOf } from './tally';

/** A child process that runs every `stride`-th seed of a range, and tells its parent of each. */
const [first = 1, count = 0, stride = 1, steps = 0] = process.argv.slice(2).map(Number);

async function work(): Promise<void> {
  for (let offset = 0; offset < count; offset += stride) {
    const seed = first + offset;
    const history = await runHistory({ seed, ...(steps > 0 ? { steps } : {}) });
    process.send?.({ seed, tally: tallyOf(history), violation: history.violation ?? null });
    if (history.violation !== undefined) break;
  }
  process.disconnect();
}

void work();
