import type { Commit, Journal } from '../../kernel/journal';
import { streamName } from '../../kernel/journal';
import type { Segment } from '../audit/ports';
import { entryOf } from './entry';
import type { Entry } from './entry';
import { LedgerCorruption } from './errors';
import type { Position } from './position';
import { movesMoney, positionsOf } from './positions';

/**
 * The entries of an object of the log, in its order, from a record on. Each stream that stands in the books is read once and whole:
 * the postings of a commit are what its entity stands for after it, less what it stood for before.
 */
export async function entriesOf(
  journal: Pick<Journal, 'read'>,
  segment: Segment,
  fromIndex: number,
): Promise<readonly Entry[]> {
  const streams = new Map<string, Stream>();
  const entries: Entry[] = [];
  for (const [offset, record] of segment.records.entries()) {
    const index = segment.firstIndex + offset;
    if (index < fromIndex || record.type !== 'commit' || !movesMoney(record.commit.stream.kind)) continue;
    const { commit } = record;
    const name = streamName(commit.stream);
    const stream = streams.get(name) ?? (await streamOf(journal, commit));
    streams.set(name, stream);
    const after = stream.positions[commit.version - 1];
    // The log holds what was shipped; should the journal say otherwise by now, one of the two was altered.
    if (after === undefined || stream.commits[commit.version - 1]?.commitId !== commit.commitId) {
      throw new LedgerCorruption(
        `the journal does not hold version ${String(commit.version)} of ${name} as the log does`,
      );
    }
    const before = stream.positions[commit.version - 2] ?? [];
    const entry = entryOf(index, commit, before, after);
    if (entry !== undefined) entries.push(entry);
  }
  return entries;
}

interface Stream {
  readonly commits: readonly Commit[];
  readonly positions: readonly Position[];
}

async function streamOf(journal: Pick<Journal, 'read'>, { stream }: Commit): Promise<Stream> {
  const commits = await journal.read(stream);
  return { commits, positions: positionsOf(stream.kind, commits) };
}
