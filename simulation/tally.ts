import type { FaultKind } from './faults';
import { faultKinds } from './faults';
import type { History } from './history';

/** What many histories came to. */
export interface Tally {
  readonly histories: number;
  readonly complete: number;
  readonly steps: number;
  readonly commands: number;
  readonly effects: number;
  readonly commits: number;
  readonly attested: number;
  readonly checks: number;
  readonly faults: Readonly<Record<FaultKind, number>>;
}

export const emptyTally: Tally = {
  histories: 0,
  complete: 0,
  steps: 0,
  commands: 0,
  effects: 0,
  commits: 0,
  attested: 0,
  checks: 0,
  faults: {
    throttled: 0,
    unavailable: 0,
    refused: 0,
    'lost-request': 0,
    'lost-answer': 0,
    'late-effect': 0,
    paused: 0,
    'crash-before': 0,
    'crash-after': 0,
  },
};

export function tallyOf(history: History): Tally {
  const faults = { ...emptyTally.faults };
  for (const site of history.faults) {
    const kind = faultKinds.find((each) => site.endsWith(`:${each}`));
    if (kind !== undefined) faults[kind] += 1;
  }
  const { steps, effects, commits, attested, checks, complete, commands } = history;
  return {
    histories: 1,
    complete: complete ? 1 : 0,
    steps,
    commands: commands.length,
    effects,
    commits,
    attested,
    checks,
    faults,
  };
}

export function added(a: Tally, b: Tally): Tally {
  const faults = { ...a.faults };
  for (const kind of faultKinds) faults[kind] += b.faults[kind];
  return {
    histories: a.histories + b.histories,
    complete: a.complete + b.complete,
    steps: a.steps + b.steps,
    commands: a.commands + b.commands,
    effects: a.effects + b.effects,
    commits: a.commits + b.commits,
    attested: a.attested + b.attested,
    checks: a.checks + b.checks,
    faults,
  };
}

export function tallyLines(tally: Tally): readonly string[] {
  const total = Object.values(tally.faults).reduce((sum, count) => sum + count, 0);
  return [
    `histories          ${String(tally.histories)} (${String(tally.complete)} to the end)`,
    `steps              ${String(tally.steps)}`,
    `commands           ${String(tally.commands)}`,
    `provider effects   ${String(tally.effects)}`,
    `commits            ${String(tally.commits)}`,
    `attested by people ${String(tally.attested)}`,
    `invariants checked ${String(tally.checks)}`,
    `faults injected    ${String(total)}`,
    ...faultKinds.map((kind) => `  ${kind.padEnd(17)}${String(tally.faults[kind])}`),
  ];
}
