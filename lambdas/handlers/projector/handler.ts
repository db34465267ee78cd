import type { JournalStreamRecord } from '../../adapters/dynamodb/stream-records';
import { readStreamRecords } from '../../adapters/dynamodb/stream-records';
import { commitAuditView, observationAuditView } from '../../domain/audit';
import { reactionsTo } from '../../domain/notifications';
import { projectStream } from '../../domain/projections';
import { importsAfter } from '../../domain/settlements';
import type { Commit, StreamId } from '../../kernel/journal';
import { streamName } from '../../kernel/journal';
import type { PartialBatchResponse } from '../../middleware/batches';
import { forEachConcurrently, retryFromEarliest } from '../../middleware/batches';
import { errorFields } from '../../middleware/log';
import type { ProjectorDependencies } from './dependencies';
import { bindDependencies } from './dependencies';

/** Streams have nothing in common; this many are read and written at once. */
const streamsAtOnce = 10;

/**
 * Brings the views up to the journal, then sets off what people must be told. Every stream of the batch is folded once and
 * whole, so neither the order nor the number of deliveries matters, and an older fold never replaces a newer one.
 */
export function newProjector(deps: ProjectorDependencies): (event: unknown) => Promise<PartialBatchResponse> {
  return async (event) => {
    const records = readStreamRecords(event);
    const failures = await forEachConcurrently(worksOf(records), streamsAtOnce, (work) => project(deps, work));

    for (const { item, error } of failures) {
      deps.metrics.count('ViewsProjectionFailed');
      deps.log.error('not projected', { stream: item.name, ...errorFields(error) });
    }
    deps.log.info('projected', { count: records.length, failed: failures.length });
    deps.metrics.flush();
    const failed = new Set(failures.flatMap(({ item }) => item.indices));
    return retryFromEarliest(
      records.map(({ sequenceNumber }) => sequenceNumber),
      (index) => failed.has(index) || records[index]?.change.type === 'unreadable',
    );
  };
}

/** Something of the batch that is done or fails as one: all commits of a stream, or one observation. */
type Work = { readonly name: string; readonly indices: readonly number[] } & (
  | { readonly type: 'stream'; readonly stream: StreamId; readonly commits: readonly Commit[] }
  | { readonly type: 'observation'; readonly view: ReturnType<typeof observationAuditView> }
);

async function project(
  { journal, views, notifications, payoutImports }: ProjectorDependencies,
  work: Work,
): Promise<void> {
  if (work.type === 'observation') {
    await views.write([work.view]);
    return;
  }
  const whole = await journal.read(work.stream);
  // A crash before or within this write leaves views that are older, not wrong: the batch is delivered again.
  await views.write([...projectStream(work.stream, whole), ...work.commits.map(commitAuditView)]);
  // A crash before this send: the batch is delivered again. After it, but before the batch is done: the messages are sent again,
  // and the mail service knows them by their commit.
  await notifications.enqueue(work.commits.flatMap(reactionsTo));
  // As with notifications; a payout that is asked for twice is found to be imported.
  await payoutImports.enqueue(work.commits.flatMap(importsAfter));
}

/** Changes and removals are the sequencer's to report; there is nothing to project from them. */
function worksOf(records: readonly JournalStreamRecord[]): readonly Work[] {
  const streams = new Map<string, { stream: StreamId; commits: Commit[]; indices: number[] }>();
  const observations: Work[] = [];
  records.forEach(({ change }, index) => {
    if (change.type !== 'inserted') return;
    if (change.record.type === 'observation') {
      const { observation } = change.record;
      const view = observationAuditView(observation);
      observations.push({ type: 'observation', name: observation.commitId, view, indices: [index] });
      return;
    }
    const { commit } = change.record;
    const name = streamName(commit.stream);
    const work = streams.get(name) ?? { stream: commit.stream, commits: [], indices: [] };
    streams.set(name, work);
    work.commits.push(commit);
    work.indices.push(index);
  });
  return [...[...streams].map(([name, work]): Work => ({ type: 'stream', name, ...work })), ...observations];
}

export const handler = newProjector(bindDependencies());
