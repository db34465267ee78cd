import type {
  Commit,
  Guard,
  Journal,
  NewCommit,
  Observation,
  Owner,
  StreamId,
  ViewWrite,
} from '../../lambdas/kernel/journal';
import { streamName } from '../../lambdas/kernel/journal';
import type { DueList, Page, ViewRecord, ViewSlots, Views, ViewWriter } from '../../lambdas/kernel/views';
import { gateOf } from '../../lambdas/kernel/views';

/** Journal, views and view writer over one store in memory. They pass the same contracts as the DynamoDB adapters. */
export interface MemoryStore {
  readonly journal: Journal;
  readonly views: Views;
  readonly viewWriter: ViewWriter;
  readonly dueList: DueList;
  /** Everything written, for assertions, in the order of writing. */
  readonly commits: readonly Commit[];
  readonly observations: readonly Observation[];
}

interface ListedRecord extends ViewRecord {
  readonly entity: StreamId;
  readonly listed?: { readonly at: string; readonly under?: string };
}

/** `guardHolds` answers for leases (see `memory-leases.ts`); without it every guard is lost. */
export function newMemoryStore(
  options: { readonly guardHolds?: (owner: Owner, guard: Guard) => boolean } = {},
): MemoryStore {
  const commits: Commit[] = [];
  const observations: Observation[] = [];
  const records = new Map<string, ListedRecord>();
  const slots = new Map<string, Map<string, ViewRecord>>();

  const read = (stream: StreamId, fromVersion = 1): readonly Commit[] =>
    commits
      .filter((commit) => streamName(commit.stream) === streamName(stream) && commit.version >= fromVersion)
      .sort((a, b) => a.version - b.version)
      .map(asStored);

  const storedVersion = (view: ViewWrite): number =>
    (view.type === 'record'
      ? records.get(streamName(view.entity))?.version
      : slots.get(streamName(view.entity))?.get(view.slot)?.version) ?? 0;

  const put = (view: ViewWrite): void => {
    const { version, data, entity } = asStored(view);
    if (view.type === 'slot') {
      const record = slots.get(streamName(entity)) ?? new Map<string, ViewRecord>();
      record.set(view.slot, { version, data: { ...data } });
      slots.set(streamName(entity), record);
      return;
    }
    const listed = view.listed === undefined ? {} : { listed: asStored(view.listed) };
    records.set(streamName(entity), { version, data: { ...data }, entity, ...listed });
  };

  const journal: Journal = {
    read: async (stream, fromVersion) => read(stream, fromVersion),
    append: async (batch, extra = {}) => {
      const views = extra.views ?? [];
      const [first] = batch;
      if (first === undefined) throw new Error('an append carries at least one commit');
      const stored = (commit: NewCommit): Commit | undefined =>
        commits.find(
          (other) => streamName(other.stream) === streamName(commit.stream) && other.version === commit.version,
        );
      if (batch.every((commit) => stored(commit)?.commitId === commit.commitId)) return { ok: true };
      const lost = (extra.guards ?? []).some((guard) => options.guardHolds?.(first.stream.owner, guard) !== true);
      if (lost) return { ok: false, error: { reason: 'guard-lost' } };
      const taken = batch.some((commit) => stored(commit) !== undefined);
      if (taken || views.some((view) => storedVersion(view) >= view.version)) {
        return { ok: false, error: { reason: 'version-taken' } };
      }
      commits.push(...batch.map(asStored));
      views.forEach(put);
      return { ok: true };
    },
    observe: async (observation) => {
      if (observations.some((other) => other.commitId === observation.commitId)) return;
      observations.push(asStored(observation));
    },
  };

  const record = (entity: StreamId): ViewRecord | undefined => {
    const found = records.get(streamName(entity));
    return found === undefined ? undefined : asStored({ version: found.version, data: found.data });
  };
  const slotsOf = (entity: StreamId): ViewSlots =>
    asStored(Object.fromEntries(slots.get(streamName(entity)) ?? new Map<string, ViewRecord>()));

  const listOf = (owner: Owner, kind: string, under: string | undefined) =>
    [...records.values()]
      .filter(({ entity, listed }) => listed !== undefined && listed.under === under && entity.kind === kind)
      .filter(({ entity }) => streamName({ ...entity, owner }) === streamName(entity))
      .map((found) => ({ found, position: `${found.listed?.at ?? ''}#${found.entity.id}` }))
      .sort((a, b) => (a.position < b.position ? -1 : 1));

  const pageOf = (all: ReturnType<typeof listOf>, limit: number): Page => {
    const page = all.slice(0, limit);
    const last = all.length > limit ? page.at(-1) : undefined;
    return {
      records: page.map(({ found }) => asStored({ version: found.version, data: found.data })),
      next: last === undefined ? undefined : { position: last.position },
    };
  };

  const dueList: DueList = {
    due: async (owner, kind, { limit, until, under, after }) =>
      pageOf(
        listOf(owner, kind, under)
          .filter(({ position }) => position < `${until}~`)
          .filter(({ position }) => after === undefined || position > String(after.position)),
        limit,
      ),
  };

  const views: Views = {
    record: async (entity) => record(entity),
    slots: async (entity) => slotsOf(entity),
    list: async (owner, kind, { limit, under, after }): Promise<Page> =>
      pageOf(
        listOf(owner, kind, under)
          .filter(({ position }) => after === undefined || position < String(after.position))
          .reverse(),
        limit,
      ),
    access: async (tenant, principal, stream) => ({
      principal: record(principal),
      gate: slotsOf(gateOf(tenant)),
      firstCommit: stream === undefined ? undefined : read(stream).find(({ version }) => version === 1),
    }),
  };

  const viewWriter: ViewWriter = {
    write: async (writes) => {
      for (const view of writes) if (storedVersion(view) <= view.version) put(view);
    },
  };

  return { journal, views, viewWriter, dueList, commits, observations };
}

/** What a store gives back: a copy, as JSON keeps it. */
function asStored<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}
