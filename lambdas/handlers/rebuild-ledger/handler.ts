import * as z from 'zod';

import { rebuildLedger } from '../../domain/ledger';
import type { Rebuilt } from '../../domain/ledger';
import { idPattern } from '../../kernel/ids';
import type { RebuildLedgerDependencies } from './dependencies';
import { bindDependencies } from './dependencies';

/** One invocation works about this long, so that the operator sees progress and no connection waits in silence. */
const budgetMs = 60_000;

/** `generation` is what an earlier invocation answered; without it a new one is begun at the beginning of the log. */
const request = z.strictObject({
  tenantId: z.string().regex(idPattern('tenant')),
  generation: z.int().min(2).exactOptional(),
  acceptDifferences: z.boolean().default(false),
});

/** Makes a tenant's books anew from its log and switches to them when they agree. Safe at any time. */
export function newRebuildLedger(deps: RebuildLedgerDependencies): (event: unknown) => Promise<Rebuilt> {
  return async (event) => {
    const { tenantId: tenant, ...how } = request.parse(event);
    const untilMs = deps.clock.now().getTime() + budgetMs;
    const rebuilt = await rebuildLedger(deps, { tenant, ...how }, () => deps.clock.now().getTime() < untilMs);
    deps.log.info('rebuilt a ledger', { tenantId: tenant, reason: rebuilt.result, count: rebuilt.place.index });
    return rebuilt;
  };
}

export const handler = newRebuildLedger(bindDependencies());
