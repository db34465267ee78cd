import type { Commit, Observation } from '../../lambdas/kernel/journal';
import { streamName } from '../../lambdas/kernel/journal';
import type { JournalScan } from '../../lambdas/kernel/journal-scan';

/** Scans a journal in memory: streams in the order of their names, versions rising, a page of `pageItems` at a time. */
export function newMemoryJournalScan(
  store: { readonly commits: readonly Commit[]; readonly observations: readonly Observation[] },
  pageItems = 3,
): JournalScan {
  return {
    page: async (after = '0') => {
      const commits = [...store.commits].sort((a, b) =>
        streamName(a.stream) === streamName(b.stream)
          ? a.version - b.version
          : streamName(a.stream) < streamName(b.stream)
            ? -1
            : 1,
      );
      const all = [
        ...commits.map((commit) => ({ commit, observation: undefined })),
        ...store.observations.map((observation) => ({ commit: undefined, observation })),
      ];
      const start = Number(after);
      const page = all.slice(start, start + pageItems);
      return {
        commits: page.flatMap(({ commit }) => commit ?? []),
        observations: page.flatMap(({ observation }) => observation ?? []),
        unreadable: [],
        next: start + pageItems < all.length ? String(start + pageItems) : undefined,
      };
    },
  };
}
