import type { Clock, Sleep } from './clock';
import { changesBetween, evolveAll, fold } from './entity';
import type { Entity, Loaded } from './entity';
import type { CommitIds, Randomness } from './ids';
import { fullJitterMs } from './jitter';
import { redactJson } from './redaction';
import type {
  Actor,
  Commit,
  CommandStamp,
  DomainEvent,
  Guard,
  Journal,
  NewCommit,
  RequestOrigin,
  StreamId,
  ViewWrite,
} from './journal';
import { err, ok } from './result';
import type { Result } from './result';

/** Who asks, from where: the part of a commit that is the same for all commits of one request. */
export interface CommandContext {
  readonly actor: Actor;
  readonly request: RequestOrigin;
  readonly command: CommandStamp;
}

/** What a command needs from the outside. */
export interface CommandPorts {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly commitIds: CommitIds;
  readonly randomness: Randomness;
  readonly sleep: Sleep;
}

/** A decision: the events to append, or none when the command changes nothing. */
export type Decision<Event, Refusal> = Result<readonly Event[], Refusal>;

/** Refusals that come from the journal itself and not from a rule of the domain. */
export type CommandRefusal =
  /** The command key was used before, by a request with another fingerprint. HTTP 422. */
  | { readonly reason: 'idempotency-key-reused' }
  /** The caller's `If-Match` names another version. HTTP 412. */
  | { readonly reason: 'stale-version'; readonly currentVersion: number }
  /** Every attempt lost the race for the next version. HTTP 409 with Retry-After. */
  | { readonly reason: 'contended' };

export interface Executed<State> {
  readonly state: State;
  readonly version: number;
  /** The commits that carry the command's key: of this run, or of the first one when replayed. */
  readonly commits: readonly Commit[];
  /** True when the stream already held the command: nothing was written now, and `state` is the one the first run left. */
  readonly replayed: boolean;
}

/** Attempts before a command gives up on a contended stream. With full jitter up to 20·2^n ms, eight attempts span about 2.5 s. */
export const maxAttempts = 8;

/**
 * Loads a stream, decides, appends one commit at the next version; on a lost race it reloads and decides again.
 *
 * Idempotency lives here: if the stream holds a commit with this command's key, nothing is decided, and the state as that
 * command left it is returned (`replayed`); a different fingerprint under the key is refused.
 *
 * `loaded` saves the first read when the caller has just read the stream (or knows that it is new).
 */
export async function execute<State, Event extends DomainEvent, Refusal>(
  ports: CommandPorts,
  entity: Entity<State, Event>,
  stream: StreamId,
  context: CommandContext,
  decide: (state: State | undefined, version: number) => Decision<Event, Refusal>,
  options: {
    readonly loaded?: Loaded<State>;
    readonly ifMatch?: number;
    readonly guards?: readonly Guard[];
    /** Further commits and views of the same change, written in one transaction with this one. */
    readonly alongside?: (commit: NewCommit, state: State) => Alongside;
  } = {},
): Promise<Result<Executed<State>, Refusal | CommandRefusal>> {
  let loaded = options.loaded ?? fold(entity, await ports.journal.read(stream));

  for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
    const replay = findReplay(entity, loaded, context.command);
    if (replay !== undefined) return replay;

    if (options.ifMatch !== undefined && options.ifMatch !== loaded.version) {
      return err({ reason: 'stale-version', currentVersion: loaded.version });
    }

    const decision = decide(loaded.state, loaded.version);
    if (!decision.ok) return decision;
    if (decision.value.length === 0) {
      if (loaded.state === undefined) throw new Error(`a command on an absent ${entity.kind} decided nothing`);
      return ok({ state: loaded.state, version: loaded.version, commits: [], replayed: false });
    }

    const { commit, state } = newCommit(ports, entity, stream, context, loaded, decision.value);
    const alongside = options.alongside?.(commit, state) ?? {};
    const views = [
      ...(entity.immediateViews?.(state, { stream, version: commit.version }) ?? []),
      ...(alongside.views ?? []),
    ];
    // A crash before this write leaves no trace of the command; after it the change, its audit record and its views all stand.
    const appended = await ports.journal.append([commit, ...(alongside.commits ?? [])], {
      views,
      guards: options.guards ?? [],
    });
    if (appended.ok) return ok({ state, version: commit.version, commits: [commit], replayed: false });
    if (appended.error.reason === 'guard-lost') throw new Error(`lost the lease that guards ${entity.kind}`);

    await ports.sleep(fullJitterMs(ports.randomness, 20 * 2 ** attempt));
    loaded = fold(entity, await ports.journal.read(stream));
  }
  return err({ reason: 'contended' });
}

/** What else is written with a commit, in the same transaction. */
export interface Alongside {
  readonly commits?: readonly NewCommit[];
  readonly views?: readonly ViewWrite[];
}

/** Builds the commit that carries `events`, with its redacted before and after. */
export function newCommit<State, Event extends DomainEvent>(
  ports: Pick<CommandPorts, 'clock' | 'commitIds'>,
  entity: Entity<State, Event>,
  stream: StreamId,
  context: CommandContext,
  loaded: Pick<Loaded<State>, 'state' | 'version'>,
  events: readonly Event[],
): { readonly commit: NewCommit; readonly state: State } {
  const bare: NewCommit = {
    stream,
    version: loaded.version + 1,
    commitId: ports.commitIds.next(),
    at: ports.clock.now().toISOString(),
    actor: context.actor,
    request: context.request,
    command: context.command,
    events,
    changes: [],
  };
  const state = evolveAll(entity, loaded.state, bare);
  if (state === undefined) throw new Error(`a commit of ${entity.kind} must carry an event`);
  const changes = changesBetween(entity, loaded.state, state).map((change) => ({
    ...change,
    ...(change.from === undefined ? {} : { from: redactJson(change.from) }),
    ...(change.to === undefined ? {} : { to: redactJson(change.to) }),
  }));
  return { commit: { ...bare, changes }, state };
}

/** The first run of this command, if the stream holds it: the state folded up to its last commit. */
export function findReplay<State, Event extends DomainEvent>(
  entity: Entity<State, Event>,
  loaded: Loaded<State>,
  command: CommandStamp,
): Result<Executed<State>, { readonly reason: 'idempotency-key-reused' }> | undefined {
  if (command.key === undefined) return undefined;
  const own = loaded.commits.filter((commit) => commit.command.key === command.key);
  const last = own.at(-1);
  if (last === undefined) return undefined;
  if (own.some((commit) => commit.command.fingerprint !== command.fingerprint)) {
    return err({ reason: 'idempotency-key-reused' });
  }
  const then = fold(
    entity,
    loaded.commits.filter((commit) => commit.version <= last.version),
  );
  if (then.state === undefined) return undefined;
  return ok({ state: then.state, version: then.version, commits: own, replayed: true });
}
