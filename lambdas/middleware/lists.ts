import type { CursorSigner } from '../kernel/cursor';
import type { Page, ViewRecord } from '../kernel/views';
import type { Problem } from './problem';

/** One page as every list answers it. */
export interface ListBody<Item> {
  readonly data: Item[];
  readonly nextCursor: string | null;
}

/**
 * A page of a list. `scope` names the list, its tenant and its filters: a cursor of one list is refused by every other.
 * `read` gets the position after which to go on.
 */
export async function pageOf<Item>(options: {
  readonly cursors: CursorSigner;
  readonly scope: readonly string[];
  readonly query: { readonly limit: number; readonly cursor?: string | undefined };
  readonly read: (page: {
    readonly limit: number;
    readonly after?: Readonly<Record<string, unknown>>;
  }) => Promise<Page>;
  readonly present: (record: ViewRecord) => Item;
}): Promise<{ readonly problem: Problem } | { readonly status: 200; readonly body: ListBody<Item> }> {
  const { cursors, query, read, present } = options;
  const scope = JSON.stringify(options.scope);
  const opened = query.cursor === undefined ? undefined : cursors.open(query.cursor, scope);
  if (opened?.ok === false) {
    return { problem: { slug: 'invalid-cursor', detail: 'This cursor was not issued for this list.' } };
  }
  const page = await read({ limit: query.limit, ...(opened === undefined ? {} : { after: opened.value }) });
  return {
    status: 200,
    body: {
      data: page.records.map(present),
      nextCursor: page.next === undefined ? null : cursors.sign(page.next, scope),
    },
  };
}
