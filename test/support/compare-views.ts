import { isDeepStrictEqual } from 'node:util';

import { rebuildPage } from '../../lambdas/domain/rebuild-views';
import type { Journal, Owner, ViewWrite } from '../../lambdas/kernel/journal';
import { streamName } from '../../lambdas/kernel/journal';
import type { JournalScan } from '../../lambdas/kernel/journal-scan';
import type { ViewRecord, Views } from '../../lambdas/kernel/views';

type RecordWrite = Extract<ViewWrite, { type: 'record' }>;

/**
 * Folds the whole journal as a rebuild would, without writing, and says where the stored views differ: one line a difference,
 * none when they are equal. Records and slots are compared one by one, lists as a whole, so that a record too many shows as well.
 */
export async function compareViews(store: {
  readonly scan: JournalScan;
  readonly journal: Pick<Journal, 'read'>;
  readonly views: Views;
}): Promise<readonly string[]> {
  const expected = await expectedViews(store);
  const differences: string[] = [];
  for (const view of expected) {
    const place = view.type === 'slot' ? `${streamName(view.entity)} slot ${view.slot}` : streamName(view.entity);
    const stored =
      view.type === 'slot' ? (await store.views.slots(view.entity))[view.slot] : await store.views.record(view.entity);
    if (stored === undefined) differences.push(`${place}: missing`);
    else if (stored.version !== view.version) {
      differences.push(`${place}: version ${String(stored.version)} instead of ${String(view.version)}`);
    } else if (!isDeepStrictEqual(stored.data, asStored(view.data))) {
      differences.push(`${place}: ${JSON.stringify(stored.data)} instead of ${JSON.stringify(view.data)}`);
    }
  }
  return [...differences, ...(await differentLists(store.views, expected))];
}

/** What the projections make of the journal: of several writes to one place, the newest. */
async function expectedViews(store: {
  readonly scan: JournalScan;
  readonly journal: Pick<Journal, 'read'>;
}): Promise<readonly ViewWrite[]> {
  const places = new Map<string, ViewWrite>();
  const collect = async (views: readonly ViewWrite[]): Promise<void> => {
    for (const view of views) {
      const place = `${streamName(view.entity)}#${view.type === 'slot' ? view.slot : ''}`;
      if ((places.get(place)?.version ?? 0) <= view.version) places.set(place, view);
    }
  };
  let position: string | undefined;
  do {
    const page = await rebuildPage({ ...store, views: { write: collect } }, position);
    if (page.unreadable.length > 0)
      throw new Error(`the journal holds unreadable items: ${page.unreadable.join(', ')}`);
    position = page.next;
  } while (position !== undefined);
  return [...places.values()];
}

async function differentLists(views: Views, expected: readonly ViewWrite[]): Promise<readonly string[]> {
  const lists = new Map<string, { owner: Owner; kind: string; under?: string; records: RecordWrite[] }>();
  for (const view of expected) {
    if (view.type !== 'record' || view.listed === undefined) continue;
    const { owner, kind } = view.entity;
    const { under } = view.listed;
    const name = streamName({ owner, kind, id: under ?? '' });
    const list = lists.get(name) ?? { owner, kind, ...(under === undefined ? {} : { under }), records: [] };
    list.records.push(view);
    lists.set(name, list);
  }
  const differences: string[] = [];
  for (const [name, { owner, kind, under, records }] of lists) {
    const wanted = records.sort(newestFirst).map(({ version, data }) => ({ version, data: asStored(data) }));
    const stored = await wholeList(views, owner, kind, under);
    if (!isDeepStrictEqual(stored, wanted)) {
      differences.push(
        `list ${name}: ${String(stored.length)} records that differ from the ${String(wanted.length)} expected`,
      );
    }
  }
  return differences;
}

async function wholeList(views: Views, owner: Owner, kind: string, under: string | undefined): Promise<ViewRecord[]> {
  const records: ViewRecord[] = [];
  let after: Readonly<Record<string, unknown>> | undefined;
  do {
    const page = await views.list(owner, kind, {
      limit: 100,
      ...(under === undefined ? {} : { under }),
      ...(after === undefined ? {} : { after }),
    });
    records.push(...page.records.map(({ version, data }) => ({ version, data: asStored(data) })));
    after = page.next;
  } while (after !== undefined);
  return records;
}

function newestFirst(a: RecordWrite, b: RecordWrite): number {
  const position = ({ listed, entity }: RecordWrite): string => `${listed?.at ?? ''}#${entity.id}`;
  return position(a) < position(b) ? 1 : -1;
}

/** Data as a store gives it back: without undefined fields. */
function asStored(data: object): Record<string, unknown> {
  return JSON.parse(JSON.stringify(data)) as Record<string, unknown>;
}
