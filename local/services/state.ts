import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { LocalClock } from '../front-door/clock';
import { parseRecord, type JsonRecord } from '../front-door/json';

/** What every local service needs to know of the cloud it is part of. */
export interface Home {
  readonly region: string;
  readonly accountId: string;
  /** Directory of all state; each service keeps a folder of its own in it. */
  readonly stateDir: string;
  readonly clock: LocalClock;
  /** Address of the front door, known once it listens. */
  url(): string;
}

/** A JSON object on disk, replaced as a whole by an atomic rename. */
export interface StateFile {
  read(): JsonRecord;
  write(state: object): void;
}

export function openStateFile(stateDir: string, ...path: readonly string[]): StateFile {
  const file = join(stateDir, ...path);
  return {
    read: () => (existsSync(file) ? parseRecord(readFileSync(file)) : {}),
    write(state) {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(`${file}.new`, JSON.stringify(state));
      renameSync(`${file}.new`, file);
    },
  };
}

/**
 * A list of JSON records on disk, one a line. A record is in the file when `append` returns, so state that only grows by
 * small steps survives a killed process; a torn last line is left out at the next start.
 */
export interface RecordLog {
  readAll(): JsonRecord[];
  append(record: object): void;
  /** Replaces all records, to forget those that no longer matter. */
  rewrite(records: readonly object[]): void;
}

export function openRecordLog(stateDir: string, ...path: readonly string[]): RecordLog {
  const file = join(stateDir, ...path);
  mkdirSync(dirname(file), { recursive: true });
  return {
    readAll() {
      const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
      return lines.filter((line) => line.endsWith('}')).map((line) => parseRecord(line));
    },
    append(record) {
      appendFileSync(file, `${JSON.stringify(record)}\n`);
    },
    rewrite(records) {
      writeFileSync(`${file}.new`, records.map((record) => `${JSON.stringify(record)}\n`).join(''));
      renameSync(`${file}.new`, file);
    },
  };
}
