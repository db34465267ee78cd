import type { Sleep } from '../../kernel/clock';
import type { Randomness } from '../../kernel/ids';
import { fullJitterMs } from '../../kernel/jitter';
import type { Commit, Journal, Observation, Owner, StreamId } from '../../kernel/journal';
import { ownerName, streamName } from '../../kernel/journal';
import { AuditContended, AuditCorruption } from './errors';
import type { AuditHead, AuditHeads, AuditRecord, Segment, WormLog } from './ports';
import {
  assertFollows,
  continues,
  coverageOf,
  dayOf,
  headAfter,
  maxSegmentRecords,
  mergeRuns,
  sameHead,
  without,
} from './segment';

export interface ShipPorts {
  readonly journal: Pick<Journal, 'read'>;
  readonly worm: WormLog;
  readonly heads: AuditHeads;
  readonly sleep: Sleep;
  readonly randomness: Randomness;
}

/** Records of one owner that should be in its log: any order, any number of times, with gaps. */
export interface Shipment {
  readonly commits: readonly Commit[];
  readonly observations: readonly Observation[];
}

export interface ShipReport {
  /** Records that this run brought into the log. */
  readonly shipped: readonly AuditRecord[];
  /** Objects of other or earlier runs that this one found ahead of the head and adopted. */
  readonly adopted: number;
  /** Times that another run moved the head first. */
  readonly racesLost: number;
}

/** Every lost lap means that another run moved the log forward, so this many in a row are a sign of something else. */
const maxLaps = 24;

/**
 * Brings records into their owner's log: every commit exactly once, versions of a stream in order, indices without a gap.
 *
 * The object at index n is the commit point, and a log has room for only one object there (`If-None-Match`). The head says
 * where n is; head and cursors follow the objects and never run ahead of them. So there are only two states to crash in:
 *
 * | where a run dies                       | what stands                          | who goes on                               |
 * |----------------------------------------|--------------------------------------|-------------------------------------------|
 * | before the put, or the put has no effect | nothing new                        | the next delivery of the batch, or a sweep |
 * | after the put, before the head moved   | the object; the head points at it    | the next run finds the place taken, adopts |
 * | after the head moved                   | all of it                            | nobody: the cursors say that it is shipped |
 *
 * Runs of one owner may be concurrent (its streams lie in several shards, and the sweep has its own time). They meet at the
 * same two points: the put, which one of them wins, and the compare-and-swap of the head, which one of them wins.
 *
 * Throws `AuditCorruption` when log, head, cursors and journal contradict each other: never skipped, a person must look.
 */
export async function shipCommits(ports: ShipPorts, owner: Owner, shipment: Shipment): Promise<ShipReport> {
  const given = byStream(shipment.commits);
  const streams = given.map(({ stream }) => stream);
  const observationIds = shipment.observations.map((each) => ({ day: dayOf(each), commitId: each.commitId }));
  let report: ShipReport = { shipped: [], adopted: 0, racesLost: 0 };

  for (let lap = 0; lap < maxLaps; lap += 1) {
    // Head first, cursors after it: should another run advance in between, the cursors are newer than the head, and what they
    // hide is shipped. The other way round an old cursor beside a new head would ship a commit twice.
    const position = await ports.heads.read(owner, streams, observationIds);
    const runs = await unshipped(
      ports.journal,
      given,
      shipment.observations,
      position.shipped,
      position.shippedObservations,
    );
    const lapReport = await shipFrom(ports, owner, position.head, runs);
    report = {
      shipped: [...report.shipped, ...lapReport.shipped],
      adopted: report.adopted + lapReport.adopted,
      racesLost: lap + (lapReport.done ? 0 : 1),
    };
    if (lapReport.done) return report;
    await ports.sleep(fullJitterMs(ports.randomness, Math.min(640, 10 * 2 ** lap)));
  }
  throw new AuditContended(`the log of ${ownerName(owner)} moved in every one of ${String(maxLaps)} laps`);
}

/** Ships from a known head until nothing is left (`done`), or until another run is seen to have moved the head. */
async function shipFrom(
  ports: ShipPorts,
  owner: Owner,
  from: AuditHead,
  runs: readonly (readonly AuditRecord[])[],
): Promise<{ readonly done: boolean; readonly shipped: readonly AuditRecord[]; readonly adopted: number }> {
  let head = from;
  let pending = runs;
  const shipped: AuditRecord[] = [];
  let adopted = 0;
  for (;;) {
    pending = pending.filter((run) => run.length > 0);
    if (pending.length === 0) return { done: true, shipped, adopted };

    const own: Segment = {
      owner,
      firstIndex: head.nextIndex,
      previousHash: head.previousHash,
      records: mergeRuns(pending, maxSegmentRecords),
    };
    // A crash before this write leaves nothing: the batch is delivered again, or the sweep finds the commits.
    // After it these records are in the log for good, though the head does not know it yet: the next run meets the object.
    const put = await ports.worm.put(own);
    let standing: { readonly segment: Segment; readonly hash: string };
    if (put.result === 'written') {
      standing = { segment: own, hash: put.hash };
    } else {
      const found = await adoptable(ports, owner, head);
      if (found === 'head-moved') return { done: false, shipped, adopted };
      standing = found;
    }

    const next = headAfter(standing.segment, standing.hash);
    const coverage = coverageOf(standing.segment.records);
    // A crash before this write: the object stands, the head still points at it, and whoever comes next adopts it by its
    // content. After it the records are shipped for every later reader of head and cursors.
    const moved = await ports.heads.advance(owner, head, next, coverage.streams, coverage.observations);
    if (put.result === 'written') shipped.push(...own.records);
    if (!moved) return { done: false, shipped, adopted };
    if (put.result === 'taken') adopted += 1;

    head = next;
    pending = pending.map((run) => without(run, coverage));
  }
}

/**
 * The object that stands where this run wanted to write, once it is proved to be the next of the chain. `head-moved` when the
 * head no longer points there, so that there is nothing to adopt.
 */
async function adoptable(
  ports: ShipPorts,
  owner: Owner,
  head: AuditHead,
): Promise<{ readonly segment: Segment; readonly hash: string } | 'head-moved'> {
  const name = `object ${String(head.nextIndex)} of ${ownerName(owner)}`;
  const found = await ports.worm.read(owner, head.nextIndex);
  if (found === undefined)
    throw new AuditCorruption(`${name} is taken, yet it cannot be read: is it shadowed by a delete marker?`);
  assertFollows(found.segment, owner, head);

  const { streams, observations } = coverageOf(found.segment.records);
  const position = await ports.heads.read(
    owner,
    streams.map(({ stream }) => stream),
    observations,
  );
  if (!sameHead(position.head, head)) return 'head-moved';
  if (continues(found.segment.records, position.shipped, position.shippedObservations)) return found;

  // The cursors may be newer than the head read just before them. If the head is still the same now, they were not: heads
  // never go back.
  const again = await ports.heads.read(owner, [], []);
  if (!sameHead(again.head, head)) return 'head-moved';
  throw new AuditCorruption(`${name} leaves out or repeats versions: it does not go on where the cursors stand`);
}

/**
 * What the log still lacks, one run a stream. A batch may begin beyond the cursor (records of other shards, of a forgotten
 * delivery), so a run with a hole is read from the journal, which also brings whatever was committed since.
 */
async function unshipped(
  journal: Pick<Journal, 'read'>,
  given: readonly GivenStream[],
  observations: readonly Observation[],
  shipped: ReadonlyMap<string, number>,
  shippedObservations: ReadonlySet<string>,
): Promise<readonly (readonly AuditRecord[])[]> {
  const runs: (readonly AuditRecord[])[] = [];
  for (const { stream, name, commits } of given) {
    const from = (shipped.get(name) ?? 0) + 1;
    const fresh = commits.filter(({ version }) => version >= from);
    const wanted = fresh.at(-1)?.version;
    if (wanted === undefined) continue;
    const run = isRun(fresh, from) ? fresh : await journal.read(stream, from);
    if (!isRun(run, from) || run.length < wanted - from + 1) {
      throw new AuditCorruption(
        `the journal does not hold versions ${String(from)} to ${String(wanted)} of ${name} without a gap`,
      );
    }
    runs.push(run.map((commit): AuditRecord => ({ type: 'commit', commit })));
  }
  const byId = new Map(observations.map((observation) => [observation.commitId, observation]));
  for (const [commitId, observation] of byId) {
    if (!shippedObservations.has(commitId)) runs.push([{ type: 'observation', observation }]);
  }
  return runs;
}

interface GivenStream {
  readonly stream: StreamId;
  readonly name: string;
  /** In version order, each version once. */
  readonly commits: readonly Commit[];
}

function isRun(commits: readonly Commit[], from: number): boolean {
  return commits.every((commit, index) => commit.version === from + index);
}

/** In the order of their names, so that the same commits make the same object whatever order they came in. */
function byStream(commits: readonly Commit[]): readonly GivenStream[] {
  const parts = new Map<string, Map<number, Commit>>();
  for (const commit of commits) {
    const name = streamName(commit.stream);
    const part = parts.get(name) ?? new Map<number, Commit>();
    parts.set(name, part.set(commit.version, commit));
  }
  return [...parts.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, part]) => {
      const ordered = [...part.values()].sort((a, b) => a.version - b.version);
      const [first] = ordered;
      return first === undefined ? [] : [{ stream: first.stream, name, commits: ordered }];
    });
}
