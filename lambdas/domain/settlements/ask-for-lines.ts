import { execute } from '../../kernel/command';
import type { CommandContext, CommandPorts, CommandRefusal, Executed } from '../../kernel/command';
import { err, ok } from '../../kernel/result';
import type { Result } from '../../kernel/result';
import { hasLinesToCome, settlementEntity, settlementStream } from './settlement';
import type { Settlement } from './settlement';
import type { LinesFailure, SettlementEvent } from './settlement-events';

export type AskRefusal =
  | { readonly reason: 'settlement-not-found' }
  /** What a person attested has no lines of a provider's. */
  | { readonly reason: 'not-a-payout' }
  /** On its way: nobody can say yet what is in it. */
  | { readonly reason: 'payout-pending' }
  | { readonly reason: 'lines-known' }
  /** People have said what it consists of. The provider's lines would settle the same payments once more. */
  | { readonly reason: 'payout-explained' };

/** Has the lines of a payout fetched once more, after the importer had given up, or the provider had none to give. */
export async function askForLines(
  ports: CommandPorts,
  context: CommandContext,
  { tenant, settlementId }: { readonly tenant: string; readonly settlementId: string },
): Promise<Result<Executed<Settlement>, AskRefusal | CommandRefusal>> {
  return execute<Settlement, SettlementEvent, AskRefusal>(
    ports,
    settlementEntity,
    settlementStream(tenant, settlementId),
    context,
    decideToAsk,
  );
}

/** While they are awaited they may be asked for, too: the message that asks for them may be lost. */
export function decideToAsk(settlement: Settlement | undefined): Result<readonly SettlementEvent[], AskRefusal> {
  if (settlement === undefined) return err({ reason: 'settlement-not-found' });
  if (settlement.source === 'manual') return err({ reason: 'not-a-payout' });
  if (settlement.lines.state === 'complete') return err({ reason: 'lines-known' });
  if (settlement.report?.status === 'pending') return err({ reason: 'payout-pending' });
  if (settlement.explainedBy.length > 0) return err({ reason: 'payout-explained' });
  return ok([{ type: 'LinesRequested', data: {} }]);
}

/** Records that nobody asks for the lines any more, so that a person sees it and may say what the payout consists of. */
export async function giveUpLines(
  ports: CommandPorts,
  context: CommandContext,
  { tenant, settlementId }: { readonly tenant: string; readonly settlementId: string },
  reason: LinesFailure,
): Promise<void> {
  const given = await execute<Settlement, SettlementEvent, { readonly reason: 'not-awaited' }>(
    ports,
    settlementEntity,
    settlementStream(tenant, settlementId),
    context,
    (settlement) =>
      settlement?.source === 'payout' && hasLinesToCome(settlement)
        ? ok([{ type: 'LinesFailed', data: { reason } }])
        : err({ reason: 'not-awaited' }),
  );
  if (!given.ok && given.error.reason !== 'not-awaited') {
    throw new Error(`could not give up the lines of a payout: ${given.error.reason}`);
  }
}
