/** A step of the demo did not show what it claims. */
export class NotShown extends Error {
  override readonly name = 'NotShown';
}

/** Tells the demo: numbered steps in plain words, facts under them. */
export interface Telling {
  step(title: string, ...explanation: readonly string[]): void;
  /** What somebody did, or what can be seen now. */
  fact(label: string, ...lines: readonly string[]): void;
  steps(): number;
  facts(): number;
}

const width = 100;

export function newTelling(print: (line: string) => void): Telling {
  let steps = 0;
  let facts = 0;
  return {
    step(title, ...explanation) {
      steps += 1;
      print('');
      print(`${steps}. ${title}`);
      for (const line of wrapped(explanation.join(' '), width - 3)) print(`   ${line}`);
    },
    fact(label, ...lines) {
      facts += 1;
      const [first = '', ...rest] = lines.flatMap((line) => wrapped(line, width - 26));
      print(`     ${`${label}:`.padEnd(20)} ${first}`);
      for (const line of rest) print(`     ${''.padEnd(20)} ${line}`);
    },
    steps: () => steps,
    facts: () => facts,
  };
}

/** Throws unless it holds: a demo that shows something else than it says is worse than none. */
export function mustShow(holds: boolean, expected: string, found: unknown): asserts holds {
  if (!holds) throw new NotShown(`expected ${expected}\nfound    ${JSON.stringify(found)}`);
}

function wrapped(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = '';
    }
    line = line === '' ? word : `${line} ${word}`;
  }
  return line === '' ? lines : [...lines, line];
}
