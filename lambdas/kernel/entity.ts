import type { Change, Commit, DomainEvent, ViewWrite } from './journal';

/**
 * What the kernel must know of a kind of entity to load it, decide on it and audit it. All functions are pure.
 * `State` is undefined before the first commit.
 */
export interface Entity<State, Event extends DomainEvent> {
  readonly kind: string;
  /** The state after one more event. It throws on an event that cannot follow: the journal is corrupt. */
  evolve(state: State | undefined, event: Event, commit: CommitFacts): State;
  /** Reads an event from storage; throws when it is none of this entity's. */
  parseEvent(event: DomainEvent): Event;
  /** The fields whose before and after belong in the audit trail. Few and small: they are stored in every commit. */
  audited(state: State): Readonly<Record<string, unknown>>;
  /** Views that must hold at once, written with the commit. The projector writes the same ones when it rebuilds. */
  immediateViews?(state: State, head: Head): readonly ViewWrite[];
}

/** What `evolve` may know of the commit an event stands in. */
export interface CommitFacts {
  readonly version: number;
  readonly at: string;
  readonly commandKey: string | undefined;
  readonly stream: Commit['stream'];
}

/** The end of a stream: where the next commit goes. */
export interface Head {
  readonly stream: Commit['stream'];
  readonly version: number;
}

export interface Loaded<State> {
  readonly state: State | undefined;
  readonly version: number;
  readonly commits: readonly Commit[];
}

/** Folds commits into a state. Versions must be contiguous from 1: a gap is proof of loss and throws. */
export function fold<State, Event extends DomainEvent>(
  entity: Entity<State, Event>,
  commits: readonly Commit[],
): Loaded<State> {
  let state: State | undefined;
  let version = 0;
  for (const commit of commits) {
    if (commit.version !== version + 1) {
      throw new Error(
        `journal gap in ${entity.kind}: version ${String(commit.version)} follows ${String(version)}; commits are missing`,
      );
    }
    version = commit.version;
    state = evolveAll(entity, state, commit);
  }
  return { state, version, commits };
}

export function evolveAll<State, Event extends DomainEvent>(
  entity: Entity<State, Event>,
  state: State | undefined,
  commit: Commit,
): State | undefined {
  const facts = {
    version: commit.version,
    at: commit.at,
    commandKey: commit.command.key,
    stream: commit.stream,
  };
  let next = state;
  for (const event of commit.events) next = entity.evolve(next, entity.parseEvent(event), facts);
  return next;
}

/** The audited fields that differ between two states, in the order of their names. */
export function changesBetween<State, Event extends DomainEvent>(
  entity: Entity<State, Event>,
  before: State | undefined,
  after: State | undefined,
): readonly Change[] {
  const from = before === undefined ? {} : entity.audited(before);
  const to = after === undefined ? {} : entity.audited(after);
  const paths = [...new Set([...Object.keys(from), ...Object.keys(to)])].sort();
  const changes: Change[] = [];
  for (const path of paths) {
    if (JSON.stringify(from[path]) === JSON.stringify(to[path])) continue;
    changes.push({
      path,
      ...(from[path] === undefined ? {} : { from: from[path] }),
      ...(to[path] === undefined ? {} : { to: to[path] }),
    });
  }
  return changes;
}

/**
 * Whether an event would leave a state as it is: news that was told before, or was overtaken. `at` is the time of the commit that it
 * would stand in; the order of the members of a state is that in which `evolve` makes them.
 */
export function changesNothing<State, Event extends DomainEvent>(
  entity: Entity<State, Event>,
  state: State,
  event: Event,
  { stream, at }: Pick<CommitFacts, 'stream' | 'at'>,
): boolean {
  const after = entity.evolve(state, event, { version: 0, at, commandKey: undefined, stream });
  return JSON.stringify(after) === JSON.stringify(state);
}
