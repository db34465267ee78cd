import type { Commit } from '../../kernel/journal';
import type { Page } from '../../kernel/views';

/** A page of a stream's commits, newest first. The position is the version before which to go on. */
export function pageOfCommits(
  commits: readonly Commit[],
  { limit, after }: { readonly limit: number; readonly after?: Readonly<Record<string, unknown>> },
): Page {
  const before = typeof after?.before === 'number' ? after.before : Number.POSITIVE_INFINITY;
  const older = commits.filter(({ version }) => version < before).sort((a, b) => b.version - a.version);
  const page = older.slice(0, limit);
  const last = page.at(-1);
  return {
    records: page.map(({ version }) => ({ version, data: {} })),
    next: last === undefined || older.length <= limit ? undefined : { before: last.version },
  };
}

/** What a member may see of a commit: no session, no address, no user agent, no key. */
export function presentCommit({ version, at, actor, command, request, events, changes }: Commit) {
  return {
    version,
    at,
    actor: { user: actor.user, level: actor.level },
    command: command.name,
    requestId: request.id,
    events: events.map(({ type, data }) => ({ type, data: { ...data } })),
    changes: changes.map((change) => ({ ...change })),
  };
}
