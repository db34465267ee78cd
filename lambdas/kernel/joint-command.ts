import type { CommandContext, CommandPorts, CommandRefusal, Executed } from './command';
import { findReplay, maxAttempts, newCommit } from './command';
import type { Entity, Loaded } from './entity';
import { fold } from './entity';
import { InvariantViolation } from './invariant';
import { fullJitterMs } from './jitter';
import type { CommandStamp, DomainEvent, Journal, NewCommit, StreamId, ViewWrite } from './journal';
import { err, ok } from './result';
import type { Result } from './result';

/** What a joint command does with each of its streams, whatever entity it is of. */
export interface JointPart {
  load(journal: Journal): Promise<void>;
  /** The commit and the immediate views of what was decided for this stream; undefined when nothing was. */
  write(ports: CommandPorts, context: CommandContext): JointWrite | undefined;
}

export interface JointWrite {
  readonly commit: NewCommit;
  readonly views: readonly ViewWrite[];
}

/** One of the streams that a joint command decides on. */
export interface OpenPart<State, Event extends DomainEvent> extends JointPart {
  /** As last loaded; with what was decided, once it was written. */
  state(): State | undefined;
  version(): number;
  /** What this command appends to the stream. */
  decide(events: readonly Event[]): void;
  replay(command: CommandStamp): ReturnType<typeof findReplay<State, Event>>;
}

/** Opens a stream for a joint command. */
export function openPart<State, Event extends DomainEvent>(
  entity: Entity<State, Event>,
  stream: StreamId,
): OpenPart<State, Event> {
  let loaded: Loaded<State> = { state: undefined, version: 0, commits: [] };
  let decided: readonly Event[] = [];
  return {
    load: async (journal) => {
      loaded = fold(entity, await journal.read(stream));
      decided = [];
    },
    state: () => loaded.state,
    version: () => loaded.version,
    decide: (events) => {
      decided = events;
    },
    replay: (command) => findReplay(entity, loaded, command),
    write: (ports, context) => {
      if (decided.length === 0) return undefined;
      const { commit, state } = newCommit(ports, entity, stream, context, loaded, decided);
      loaded = { state, version: commit.version, commits: [...loaded.commits, commit] };
      return { commit, views: entity.immediateViews?.(state, { stream, version: commit.version }) ?? [] };
    },
  };
}

/**
 * One change of several streams, decided on all of them at once and written in one transaction: either all commits stand or none.
 * They are of one owner, except where a function of the platform's plane acts in a tenant. Whoever loses the race for any of the
 * versions loads all streams again and decides again, so a rule over several entities (the last Owner stays) holds as strictly as
 * a rule over one. A stream that a decision only reads must be written, too, for the decision to depend on it.
 *
 * The first part carries idempotency and `ifMatch`: if its stream holds a commit with the command's key, nothing is decided.
 *
 * `decide` reads the states of the parts and calls `decide` of each that changes; it answers with a refusal or nothing.
 */
export async function executeJointly<State, Event extends DomainEvent, Refusal>(
  ports: CommandPorts,
  parts: readonly [OpenPart<State, Event>, ...(readonly JointPart[])],
  context: CommandContext,
  decide: () => Result<void, Refusal> | Promise<Result<void, Refusal>>,
  options: { readonly ifMatch?: number | undefined } = {},
): Promise<Result<Executed<State>, Refusal | CommandRefusal>> {
  const [first, ...others] = parts;
  for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
    if (attempt > 0) await ports.sleep(fullJitterMs(ports.randomness, 20 * 2 ** attempt));
    await Promise.all(parts.map((part) => part.load(ports.journal)));

    const replay = first.replay(context.command);
    if (replay !== undefined) return replay;
    if (options.ifMatch !== undefined && options.ifMatch !== first.version()) {
      return err({ reason: 'stale-version', currentVersion: first.version() });
    }

    const decision = await decide();
    if (!decision.ok) return decision;
    const own = first.write(ports, context);
    const writes = [own, ...others.map((part) => part.write(ports, context))].filter((write) => write !== undefined);
    const state = first.state();
    if (state === undefined) throw new InvariantViolation('a joint command on nothing decided nothing');
    const executed = {
      state,
      version: first.version(),
      commits: own === undefined ? [] : [own.commit],
      replayed: false,
    };
    if (writes.length === 0) return ok(executed);

    // A crash before this write leaves no trace of the command; after it all of its commits and views stand.
    const appended = await ports.journal.append(
      writes.map(({ commit }) => commit),
      { views: writes.flatMap(({ views }) => views) },
    );
    if (appended.ok) return ok(executed);
  }
  return err({ reason: 'contended' });
}
