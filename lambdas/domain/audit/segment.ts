import type { Observation, Owner, StreamId } from '../../kernel/journal';
import { ownerName, streamName } from '../../kernel/journal';
import { AuditCorruption } from './errors';
import type { AuditHead, AuditRecord, Segment } from './ports';

/**
 * Records of one object. The transaction that moves the head writes the head and at most one cursor a record, and DynamoDB
 * takes 100 actions; half of that leaves room for a record to cost a second action.
 */
export const maxSegmentRecords = 45;

/** The previous hash of the first object of a log. */
export const genesisHash = '0'.repeat(64);

/** The day (UTC, `yyyy-mm-dd`) whose stream holds an observation, by its own time. */
export function dayOf(observation: Pick<Observation, 'at'>): string {
  return observation.at.slice(0, 10);
}

export function commitIdOf(record: AuditRecord): string {
  return record.type === 'commit' ? record.commit.commitId : record.observation.commitId;
}

/** When it happened, ISO 8601. */
export function atOf(record: AuditRecord): string {
  return record.type === 'commit' ? record.commit.at : record.observation.at;
}

/**
 * The records of a segment, out of runs that are each in order (the commits of one stream) and must stay so. Runs are merged by
 * commit id, that is by time as far as the writers' clocks agree; the order within a run wins over the clocks.
 */
export function mergeRuns(runs: readonly (readonly AuditRecord[])[], limit: number): readonly AuditRecord[] {
  const merged: AuditRecord[] = [];
  const positions = runs.map(() => 0);
  while (merged.length < limit) {
    let chosen: { readonly record: AuditRecord; readonly run: number } | undefined;
    for (const [run, records] of runs.entries()) {
      const record = records[positions[run] ?? 0];
      if (record === undefined) continue;
      if (chosen === undefined || commitIdOf(record) < commitIdOf(chosen.record)) chosen = { record, run };
    }
    if (chosen === undefined) break;
    merged.push(chosen.record);
    positions[chosen.run] = (positions[chosen.run] ?? 0) + 1;
  }
  return merged;
}

/** What a segment moves forward: the last version of each of its streams, and its observations. */
export interface Coverage {
  readonly streams: readonly { readonly stream: StreamId; readonly version: number }[];
  readonly observations: readonly { readonly day: string; readonly commitId: string }[];
}

export function coverageOf(records: readonly AuditRecord[]): Coverage {
  const streams = new Map<string, { readonly stream: StreamId; readonly version: number }>();
  const observations: { readonly day: string; readonly commitId: string }[] = [];
  for (const record of records) {
    if (record.type === 'commit') {
      const { stream, version } = record.commit;
      streams.set(streamName(stream), { stream, version });
    } else {
      observations.push({ day: dayOf(record.observation), commitId: record.observation.commitId });
    }
  }
  return { streams: [...streams.values()], observations };
}

/** The head after a segment whose object has this hash. */
export function headAfter(segment: Segment, hash: string): AuditHead {
  return { nextIndex: segment.firstIndex + segment.records.length, previousHash: hash };
}

export function sameHead(a: AuditHead, b: AuditHead): boolean {
  return a.nextIndex === b.nextIndex && a.previousHash === b.previousHash;
}

/** Throws unless the object that stands at the head is the next of this owner's chain and in order within itself. */
export function assertFollows(segment: Segment, owner: Owner, head: AuditHead): void {
  const name = `object ${String(head.nextIndex)} of ${ownerName(owner)}`;
  if (ownerName(segment.owner) !== ownerName(owner)) {
    throw new AuditCorruption(`${name} belongs to ${ownerName(segment.owner)}`);
  }
  if (segment.firstIndex !== head.nextIndex) {
    throw new AuditCorruption(`${name} says that it begins at ${String(segment.firstIndex)}`);
  }
  if (segment.previousHash !== head.previousHash) {
    throw new AuditCorruption(`${name} does not continue the hash chain`);
  }
  if (segment.records.length === 0) throw new AuditCorruption(`${name} is empty`);
  const last = new Map<string, number>();
  const seen = new Set<string>();
  for (const record of segment.records) {
    const recordOwner = record.type === 'commit' ? record.commit.stream.owner : record.observation.owner;
    if (ownerName(recordOwner) !== ownerName(owner))
      throw new AuditCorruption(`${name} holds a record of another owner`);
    if (seen.has(commitIdOf(record))) throw new AuditCorruption(`${name} holds ${commitIdOf(record)} twice`);
    seen.add(commitIdOf(record));
    if (record.type !== 'commit') continue;
    const stream = streamName(record.commit.stream);
    const before = last.get(stream);
    if (before !== undefined && record.commit.version !== before + 1) {
      throw new AuditCorruption(
        `${name} holds version ${String(record.commit.version)} of ${stream} after ${String(before)}`,
      );
    }
    last.set(stream, record.commit.version);
  }
}

/** Whether every stream of the segment goes on exactly where its cursor stands, and no observation is there already. */
export function continues(
  records: readonly AuditRecord[],
  shipped: ReadonlyMap<string, number>,
  shippedObservations: ReadonlySet<string>,
): boolean {
  const first = new Map<string, number>();
  for (const record of records) {
    if (record.type === 'observation') {
      if (shippedObservations.has(record.observation.commitId)) return false;
      continue;
    }
    const stream = streamName(record.commit.stream);
    if (!first.has(stream)) first.set(stream, record.commit.version);
  }
  return [...first].every(([stream, version]) => version === (shipped.get(stream) ?? 0) + 1);
}

/** What of a run is not covered: later versions of the stream, or an observation that is not there yet. */
export function without(run: readonly AuditRecord[], coverage: Coverage): readonly AuditRecord[] {
  const versions = new Map(coverage.streams.map(({ stream, version }) => [streamName(stream), version]));
  const observed = new Set(coverage.observations.map(({ commitId }) => commitId));
  return run.filter((record) =>
    record.type === 'commit'
      ? record.commit.version > (versions.get(streamName(record.commit.stream)) ?? 0)
      : !observed.has(record.observation.commitId),
  );
}
