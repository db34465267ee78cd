import type { CommandContext, CommandPorts } from '../../kernel/command';
import { newCommit } from '../../kernel/command';
import { evolveAll, fold } from '../../kernel/entity';
import { InvariantViolation, invariant } from '../../kernel/invariant';
import type { Commit, Guard, NewCommit } from '../../kernel/journal';
import type { Lease, Leases } from '../../kernel/lease';
import type { Views } from '../../kernel/views';
import type { RedriveJob, WebhookQueue } from './ports';
import { requestRedrive } from './redrive-webhook';
import { openListOf, openWebhookEventKind } from './webhook-event-views';
import { webhookRedriveEntity, webhookRedriveStream } from './webhook-redrive';
import type { RedrivePosition, RedriveSelection, WebhookRedrive, WebhookRedriveEvent } from './webhook-redrive';

export interface RunRedrivePorts extends CommandPorts {
  readonly leases: Leases;
  readonly views: Pick<Views, 'list'>;
  readonly queue: WebhookQueue;
}

/** One redrive of a tenant runs at a time: others wait, and a fence of one job never stands in for another's. */
export const redriveLease = 'webhook-redrive';

/** A page takes a second or two; a worker that is silent for this long is taken for dead. */
const leaseMs = 60_000;

const pageEvents = 25;

const eventsAtOnce = 5;

/** `unfinished`: its time was over. `busy`: another worker has the lease, or took it over. Both are to be tried again. */
export type RedriveRun = 'done' | 'unfinished' | 'busy';

/**
 * Works on a redrive until it is done or `untilMs` is past. What it does is written down before it does it, and every write carries
 * the fence of its lease: a worker that was paused while another took over can change nothing any more. Whatever it had enqueued by
 * then is harmless, since an event is applied once.
 */
export async function runRedrive(ports: RunRedrivePorts, job: RedriveJob, untilMs: number): Promise<RedriveRun> {
  const lease = await ports.leases.acquire(redriveLease, leaseMs);
  if (lease === undefined) return 'busy';
  try {
    return await work(ports, job, lease, untilMs);
  } finally {
    // Without it the next worker waits until the lease expires.
    await ports.leases.release(lease).catch(() => undefined);
  }
}

async function work(ports: RunRedrivePorts, job: RedriveJob, first: Lease, untilMs: number): Promise<RedriveRun> {
  const { tenant, redriveId } = job;
  const stream = webhookRedriveStream(tenant, redriveId);
  const commits = await ports.journal.read(stream);
  const [request] = commits;
  let { state, version } = fold(webhookRedriveEntity, commits);
  if (state === undefined || request === undefined) throw new InvariantViolation('a redrive that nobody asked for');
  const context = contextOf(request);
  let lease: Lease | undefined = first;

  while (state.status !== 'done') {
    if (ports.clock.now().getTime() >= untilMs) return 'unfinished';
    lease = await ports.leases.heartbeat(lease, leaseMs);
    if (lease === undefined) return 'busy';
    const guards = [{ lease: redriveLease, fence: lease.fence }];

    const events: WebhookRedriveEvent[] = [];
    if (state.page !== undefined) {
      const done = await redrivePage(ports, job, state.page, context, guards);
      events.push({ type: 'RedrivePageDone', data: done });
    }
    events.push(await following(ports, tenant, state));
    const { commit }: { commit: NewCommit } = newCommit(
      ports,
      webhookRedriveEntity,
      stream,
      context,
      { state, version },
      events,
    );
    // A crash before this write does the page again, under the same keys; after it, the job goes on behind it.
    const appended = await ports.journal.append([commit], { guards });
    if (!appended.ok) return 'busy';
    const after: WebhookRedrive | undefined = evolveAll(webhookRedriveEntity, state, commit);
    invariant(after !== undefined, 'a redrive does not vanish');
    state = after;
    version = commit.version;
  }
  return 'done';
}

/** In the name of who asked for it, and under the id of that request. */
function contextOf({ actor, request }: Commit): CommandContext {
  return { actor, request, command: { name: 'webhooks.redrive-many' } };
}

async function redrivePage(
  ports: RunRedrivePorts,
  { tenant, redriveId }: RedriveJob,
  ids: readonly string[],
  context: CommandContext,
  guards: readonly Guard[],
): Promise<{ redriven: number; skipped: number }> {
  const done = { redriven: 0, skipped: 0 };
  const redriveOne = async (webhookEventId: string): Promise<void> => {
    // The job's id is the key in each event's stream: an event is put back once by a job, whatever the job goes through.
    const command = { ...context.command, key: redriveId };
    const outcome = await requestRedrive(
      ports,
      { ...context, command },
      { tenant, webhookEventId },
      { redriveId, guards },
    );
    if (outcome.ok) done.redriven += 1;
    else if (outcome.error.reason === 'contended') throw new Error('lost every race to redrive a webhook event');
    else done.skipped += 1;
  };
  for (let start = 0; start < ids.length; start += eventsAtOnce) {
    await Promise.all(ids.slice(start, start + eventsAtOnce).map(redriveOne));
  }
  return done;
}

async function following(ports: RunRedrivePorts, tenant: string, state: WebhookRedrive): Promise<WebhookRedriveEvent> {
  const page = await pageFrom(ports, tenant, state.selection, state.next);
  return page === undefined
    ? { type: 'BulkRedriveFinished', data: {} }
    : { type: 'RedrivePageTaken', data: { ids: [...page.ids], next: page.next } };
}

interface RedrivePage {
  readonly ids: readonly string[];
  readonly next: Exclude<RedrivePosition, 'start'>;
}

/** The next page that holds anything; undefined at the end. */
async function pageFrom(
  ports: RunRedrivePorts,
  tenant: string,
  selection: RedriveSelection,
  from: RedrivePosition,
): Promise<RedrivePage | undefined> {
  if (from === 'end') return undefined;
  if (selection.type === 'events') return { ids: selection.ids, next: 'end' };
  const { receivedBefore, connectionId } = selection;
  let after = from === 'start' ? {} : { after: from };
  for (;;) {
    const page = await ports.views.list({ tenant }, openWebhookEventKind, {
      limit: pageEvents,
      under: openListOf('dead', connectionId),
      ...after,
    });
    const ids = page.records.flatMap(({ data: { id, receivedAt } }) =>
      typeof id === 'string' && typeof receivedAt === 'string' && receivedAt < receivedBefore ? [id] : [],
    );
    const next = page.next === undefined ? 'end' : positionOf(page.next);
    if (ids.length > 0) return { ids, next };
    if (next === 'end') return undefined;
    after = { after: next };
  }
}

function positionOf(position: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(position).map(([name, value]) => {
      invariant(typeof value === 'string', 'a position in a list is made of texts');
      return [name, value];
    }),
  );
}
