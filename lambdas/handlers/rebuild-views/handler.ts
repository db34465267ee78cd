import * as z from 'zod';

import { rebuildPage } from '../../domain/rebuild-views';
import type { Lease } from '../../kernel/lease';
import type { RebuildViewsDependencies } from './dependencies';
import { bindDependencies } from './dependencies';

/** One invocation works about this long, so that the operator sees progress and no connection waits in silence. */
const budgetMs = 60_000;

const leaseName = 'rebuild-views';

/** A page that takes longer is taken for the end of the worker. */
const leaseMs = 120_000;

/** `cursor` is what an earlier invocation answered; without it the rebuild begins at the beginning. */
const request = z.strictObject({ cursor: z.string().optional() });

/** What one invocation did. With a `cursor`, there is more: invoke again with it. */
export interface RebuildAnswer {
  readonly streams: number;
  readonly commits: number;
  readonly observations: number;
  readonly views: number;
  /** Keys of journal items that nobody can read: ids, no content. */
  readonly unreadable: readonly string[];
  readonly cursor?: string;
}

/**
 * Rewrites all views from the journal, page by page. Safe at any time, and safe to repeat: a lease keeps two rebuilds from doing the
 * same work beside each other. Views take no fence, since they never yield to older ones; a rebuild that has lost its lease stops at
 * the next page.
 */
export function newRebuildViews(deps: RebuildViewsDependencies): (event: unknown) => Promise<RebuildAnswer> {
  return async (event) => {
    const { cursor } = request.parse(event);
    const lease = await deps.leases.acquire(leaseName, leaseMs);
    if (lease === undefined) throw new Error('another rebuild is running, or was killed within the last two minutes');
    try {
      return await rebuild(deps, lease, cursor);
    } finally {
      // Without it the next part waits until the lease expires.
      await deps.leases.release(lease).catch(() => undefined);
    }
  };
}

async function rebuild(deps: RebuildViewsDependencies, first: Lease, from: string | undefined): Promise<RebuildAnswer> {
  const untilMs = deps.clock.now().getTime() + budgetMs;
  const done = { streams: 0, commits: 0, observations: 0, views: 0 };
  const unreadable: string[] = [];
  let cursor = from;
  let lease: Lease | undefined = first;
  do {
    const page = await rebuildPage(deps, cursor);
    done.streams += page.streams;
    done.commits += page.commits;
    done.observations += page.observations;
    done.views += page.views;
    unreadable.push(...page.unreadable);
    cursor = page.next;
    lease = await deps.leases.heartbeat(lease, leaseMs);
  } while (lease !== undefined && cursor !== undefined && deps.clock.now().getTime() < untilMs);
  deps.log.info(cursor === undefined ? 'rebuilt the last views' : 'rebuilt a part of the views', {
    count: done.views,
    failed: unreadable.length,
  });
  return { ...done, unreadable, ...(cursor === undefined ? {} : { cursor }) };
}

export const handler = newRebuildViews(bindDependencies());
