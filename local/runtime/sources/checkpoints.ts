import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

import { isObject, parseJson } from '../../assembly/json';

/** How far every stream consumer has come, kept on disk so that a restarted cloud goes on where it stopped. */
export interface Checkpoints {
  load(key: string): string | undefined;
  save(key: string, sequence: string): void;
  flush(): void;
}

export function newCheckpoints(file: string): Checkpoints {
  const positions = new Map<string, string>();
  if (existsSync(file)) {
    const stored = parseJson(readFileSync(file, 'utf8'));
    Object.entries(isObject(stored) ? stored : {}).forEach(
      ([key, value]) => typeof value === 'string' && positions.set(key, value),
    );
  }
  let timer: NodeJS.Timeout | undefined;
  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    writeFileSync(`${file}.new`, JSON.stringify(Object.fromEntries(positions)));
    renameSync(`${file}.new`, file);
  };
  return {
    load: (key) => positions.get(key),
    save(key, sequence) {
      positions.set(key, sequence);
      // A lost write costs a repeated batch, which stream consumers must bear anyway.
      timer ??= setTimeout(flush, 50);
    },
    flush,
  };
}
