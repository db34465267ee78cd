import type { SessionStart, SessionStarts } from '../../lambdas/domain/identity';

/** Starts of sessions in memory, by the rules of the port. */
export function newMemorySessionStarts(): SessionStarts {
  const starts = new Map<string, SessionStart>();
  return {
    claim: async (user, session, { commitId, at }) => {
      const key = `${user}/${session}`;
      const first = starts.get(key) ?? { commitId, at };
      starts.set(key, first);
      return first;
    },
  };
}
