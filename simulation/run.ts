import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import * as z from 'zod';

import { runHistory } from './history';
import type { HistoryOptions } from './history';
import { replayCommand, shrink } from './shrink';
import { added, emptyTally, tallyLines, tallyOf } from './tally';
import type { Tally } from './tally';

/** `npm run simulate`: one history with its trace, or many on all cores. See docs/guides/simulation.md. */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string' },
      steps: { type: 'string' },
      histories: { type: 'string' },
      commands: { type: 'string' },
      faults: { type: 'string' },
      workers: { type: 'string' },
    },
  });
  const whole = z.coerce.number().int().min(1).optional();
  const [seed, steps, histories, workers] = [values.seed, values.steps, values.histories, values.workers].map((text) =>
    whole.parse(text),
  );
  const limit = steps === undefined ? {} : { steps };
  if (histories !== undefined) return many(seed ?? 1, histories, steps, workers ?? availableParallelism());
  return one({
    seed: seed ?? 1,
    ...limit,
    ...(values.commands === undefined ? {} : { commands: new Set(listOf(values.commands).map(Number)) }),
    ...(values.faults === undefined ? {} : { faults: new Set(listOf(values.faults)) }),
  });
}

function listOf(text: string): readonly string[] {
  return text === 'none' ? [] : text.split(',');
}

/** Prints every step. A history that was named whole and breaks an invariant is shrunk; one that names its faults is shown as it is. */
async function one(options: HistoryOptions): Promise<number> {
  const history = await runHistory({ ...options, traced: true });
  console.log(history.trace.join('\n'));
  console.log(['', ...tallyLines(tallyOf(history))].join('\n'));
  if (history.violation === undefined) return 0;
  console.log(`\nBROKEN: ${history.violation.invariant}\n        ${history.violation.detail}`);
  if (options.faults === undefined) await showShrunk(options.seed);
  return 1;
}

async function showShrunk(seed: number): Promise<void> {
  const small = await shrink(await runHistory({ seed }), { seed });
  const { trace } = await runHistory({
    seed,
    commands: new Set(small.commands),
    faults: new Set(small.faults),
    traced: true,
  });
  console.log(
    `\nThe least history found that breaks it: ${String(small.commands.length)} commands, ${String(small.faults.length)} faults\n`,
  );
  console.log(trace.join('\n'));
  console.log(
    `\nBROKEN: ${small.violation?.invariant ?? ''}\n        ${small.violation?.detail ?? ''}\n\n${replayCommand(small)}`,
  );
}

const report = z.object({
  seed: z.number(),
  tally: z.custom<Tally>((value) => typeof value === 'object' && value !== null),
  violation: z.object({ invariant: z.string(), detail: z.string() }).nullable(),
});

async function many(first: number, count: number, steps: number | undefined, workers: number): Promise<number> {
  const startedMs = performance.now();
  const broken: { readonly seed: number; readonly invariant: string; readonly detail: string }[] = [];
  let tally = emptyTally;
  const exits = Array.from({ length: workers }, (_, index) => {
    const args = [first + index, count - index, workers, steps ?? 0].map(String);
    const child = fork(join(__dirname, 'worker.ts'), args, { execArgv: process.execArgv });
    child.on('message', (message) => {
      const { seed, tally: one, violation } = report.parse(message);
      tally = added(tally, one);
      if (violation !== null) broken.push({ seed, ...violation });
      if (tally.histories % 500 === 0) console.log(`${String(tally.histories)} of ${String(count)} histories`);
    });
    return new Promise<number>((resolve) => child.on('exit', (code) => resolve(code ?? 1)));
  });
  const codes = await Promise.all(exits);
  const seconds = Math.round((performance.now() - startedMs) / 1000);
  console.log(
    ['', ...tallyLines(tally), `time               ${String(seconds)} s in ${String(workers)} processes`].join('\n'),
  );
  for (const { seed, invariant, detail } of broken) {
    console.log(`\nBROKEN in seed ${String(seed)}: ${invariant}\n        ${detail}`);
    await showShrunk(seed);
  }
  // A worker that died says nothing of its histories: they were not run.
  if (broken.length === 0 && tally.histories < count) console.log('\na worker ended early');
  return broken.length > 0 || tally.histories < count || codes.some((code) => code !== 0) ? 1 : 0;
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 2;
  },
);
