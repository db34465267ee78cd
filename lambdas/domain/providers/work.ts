import type { CommandContext, CommandPorts, CommandRefusal, Decision, Executed } from '../../kernel/command';
import { execute, findReplay, maxAttempts, newCommit } from '../../kernel/command';
import type { Loaded } from '../../kernel/entity';
import { fold } from '../../kernel/entity';
import { invariant } from '../../kernel/invariant';
import { fullJitterMs } from '../../kernel/jitter';
import type { Commit, StreamId } from '../../kernel/journal';
import { err, ok } from '../../kernel/result';
import type { Result } from '../../kernel/result';
import { connectionEntity } from './connection';
import type { Connection, ConnectionEvent } from './connection';

/**
 * Changes of a connection that reach beyond the journal: to the provider and to the store of secrets. Each is journaled as an
 * intent, done, and journaled as done, by one run at a time.
 */

/**
 * For how long an intent may belong to a request that still runs. No function that takes such requests runs longer, so after it the
 * first run is gone for certain, and the request may be taken up again.
 */
const runsMs = 30_000;

export interface InProgress {
  readonly reason: 'in-progress';
  readonly retryAfterSeconds: number;
}

export type Begun =
  /** This run, and no other, does the work now. */
  | { readonly run: 'begun'; readonly connection: Connection; readonly version: number }
  /** It was done before, under this command's key. */
  | { readonly run: 'done'; readonly first: Executed<Connection> };

/**
 * Appends the intent. Whoever appends it does the work. A repetition of the command finds the work done, or under way, or takes it
 * up where a crash has left it.
 */
export async function beginWork<Refusal>(
  ports: CommandPorts,
  stream: StreamId,
  context: CommandContext,
  decide: (connection: Connection | undefined) => Decision<ConnectionEvent, Refusal>,
  options: { readonly loaded?: Loaded<Connection>; readonly ifMatch?: number } = {},
): Promise<Result<Begun, Refusal | CommandRefusal | InProgress>> {
  const intent = await execute<Connection, ConnectionEvent, Refusal | InProgress>(
    ports,
    connectionEntity,
    stream,
    context,
    (connection) => busy(ports, connection) ?? decide(connection),
    options,
  );
  if (!intent.ok) return intent;
  const { replayed, state: connection, version } = intent.value;
  return replayed ? takeUp(ports, stream, context) : ok({ run: 'begun', connection, version });
}

async function takeUp(
  ports: CommandPorts,
  stream: StreamId,
  context: CommandContext,
): Promise<Result<Begun, CommandRefusal | InProgress>> {
  for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
    const loaded = fold(connectionEntity, await ports.journal.read(stream));
    const first = findReplay(connectionEntity, loaded, context.command);
    invariant(first !== undefined, 'a replayed command has left a commit');
    if (!first.ok) return first;
    if (isDone(first.value.commits)) return ok({ run: 'done', first: first.value });
    const underWay = busy(ports, loaded.state);
    if (underWay !== undefined) return underWay;

    const resumed: ConnectionEvent = { type: 'WorkResumed', data: {} };
    const { commit, state } = newCommit(ports, connectionEntity, stream, context, loaded, [resumed]);
    // A crash after this write leaves the work to the next repetition, as the crash before it did.
    const appended = await ports.journal.append([commit]);
    if (appended.ok) return ok({ run: 'begun', connection: state, version: commit.version });
    await ports.sleep(fullJitterMs(ports.randomness, 20 * 2 ** attempt));
  }
  return err({ reason: 'contended' });
}

const lastEvents: ReadonlySet<string> = new Set([
  'ConnectionActivated',
  'ConnectionFailed',
  'ConnectionCreated',
  'CredentialsReplaced',
  'WebhookSigningRotated',
]);

function isDone(commits: readonly Commit[]): boolean {
  return commits.some(({ events }) => events.some(({ type }) => lastEvents.has(type)));
}

function busy(
  { clock }: Pick<CommandPorts, 'clock'>,
  connection: Connection | undefined,
): Result<never, InProgress> | undefined {
  if (connection?.work === undefined) return undefined;
  const leftMs = Date.parse(connection.work.since) + runsMs - clock.now().getTime();
  return leftMs > 0 ? err({ reason: 'in-progress', retryAfterSeconds: Math.ceil(leftMs / 1000) }) : undefined;
}

/**
 * Appends what came of it, over whatever was appended meanwhile. Throws when the journal cannot be reached or the race is lost every
 * time: the work is then taken up by a repetition.
 */
export async function recordWork(
  ports: CommandPorts,
  stream: StreamId,
  context: CommandContext,
  events: readonly ConnectionEvent[],
): Promise<{ readonly state: Connection; readonly version: number }> {
  const ownCommits = new Set<string>();
  for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
    const loaded = fold(connectionEntity, await ports.journal.read(stream));
    // The store may have kept a write whose answer was lost.
    const landed = loaded.commits.some(({ commitId }) => ownCommits.has(commitId));
    if (landed && loaded.state !== undefined) return { state: loaded.state, version: loaded.version };

    const { commit, state } = newCommit(ports, connectionEntity, stream, context, loaded, events);
    ownCommits.add(commit.commitId);
    const views = connectionEntity.immediateViews?.(state, { stream, version: commit.version }) ?? [];
    const appended = await ports.journal.append([commit], { views });
    if (appended.ok) return { state, version: commit.version };
    await ports.sleep(fullJitterMs(ports.randomness, 20 * 2 ** attempt));
  }
  throw new Error('lost every race to record what came of a change of a connection');
}

/**
 * Does the work of an intent. When it throws, the intent is given up, so that a repetition need not wait; when even that cannot be
 * written, it waits.
 */
export async function working<T>(
  ports: CommandPorts,
  stream: StreamId,
  context: CommandContext,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await recordWork(ports, stream, context, [{ type: 'WorkStopped', data: { reason: 'interrupted' } }]).catch(
      () => undefined,
    );
    throw error;
  }
}
