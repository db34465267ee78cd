import type { Commit, Observation, Owner, StreamId } from '../../kernel/journal';

/** What the tenant log holds at an index: a commit of a stream, or an observation. */
export type AuditRecord =
  | { readonly type: 'commit'; readonly commit: Commit }
  | { readonly type: 'observation'; readonly observation: Observation };

/** A run of records, shipped as one object. `index` of the first record names the object. */
export interface Segment {
  readonly owner: Owner;
  readonly firstIndex: number;
  /** SHA-256 (hex) of the object before this one; 64 zeros for the first. */
  readonly previousHash: string;
  readonly records: readonly AuditRecord[];
}

/** The WORM bucket. An object, once there, is the truth about the order: the head only follows it. */
export interface WormLog {
  /**
   * Puts a segment as one object with SHA-256 checksum and `If-None-Match: *`. `taken` when an object already stands at this
   * index: another run got there first, or this one did before it crashed.
   */
  put(segment: Segment): Promise<{ readonly result: 'written'; readonly hash: string } | { readonly result: 'taken' }>;
  /** The segment that stands at an index, with the hash of its object. */
  read(owner: Owner, firstIndex: number): Promise<{ readonly segment: Segment; readonly hash: string } | undefined>;
}

/** Where a tenant's log ends. */
export interface AuditHead {
  readonly nextIndex: number;
  readonly previousHash: string;
}

/** Head and per-entity cursors. Both follow the WORM log and can be rebuilt from it. */
export interface AuditHeads {
  /** Strongly consistent; the head before the cursors, so that cursors are never older than the head. */
  read(
    owner: Owner,
    streams: readonly StreamId[],
    observationIds: readonly { readonly day: string; readonly commitId: string }[],
  ): Promise<{
    readonly head: AuditHead;
    /** Version up to which a stream is in the log, by `streamName`; absent means 0. */
    readonly shipped: ReadonlyMap<string, number>;
    readonly shippedObservations: ReadonlySet<string>;
  }>;
  /** Moves head and cursors in one transaction, only if the head still stands at `from`; false when another moved it. */
  advance(
    owner: Owner,
    from: AuditHead,
    to: AuditHead,
    shipped: readonly { readonly stream: StreamId; readonly version: number }[],
    observations: readonly { readonly day: string; readonly commitId: string }[],
  ): Promise<boolean>;
}

/** Where the sweep of the journal stands. */
export interface SweepPosition {
  /** Position after the last page that was swept; undefined at the beginning of a lap. */
  readonly after: string | undefined;
  /** Pages of this lap so far, and of the last whole lap if there was one. */
  readonly pages: number;
  readonly lastLapPages: number | undefined;
}

/** Keeps the position of the sweep. Losing it costs one more lap, nothing else. */
export interface SweepCheckpoint {
  read(): Promise<SweepPosition | undefined>;
  write(position: SweepPosition): Promise<void>;
}
