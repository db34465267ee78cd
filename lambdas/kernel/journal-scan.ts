import type { Commit, Observation } from './journal';

/** A part of the whole journal, in the order of the store: the commits of a stream stand together, rising by version. */
export interface JournalPage {
  readonly commits: readonly Commit[];
  readonly observations: readonly Observation[];
  /** Keys (ids, no content) of items that are neither, or cannot be read: something that is not the product wrote them. */
  readonly unreadable: readonly string[];
  /** Where the next page begins; undefined after the last one. It stays valid while the journal grows. */
  readonly next: string | undefined;
}

/**
 * Reads the journal from one end to the other, for the jobs that look at everything: the audit sweep and the rebuild of views.
 * Eventually consistent: what was written in the last seconds may be missing. A stream may be split between two pages.
 */
export interface JournalScan {
  /** `after` is the `next` of an earlier page. Throws on any other text. */
  page(after?: string): Promise<JournalPage>;
}
