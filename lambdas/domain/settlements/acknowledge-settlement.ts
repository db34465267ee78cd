import { execute } from '../../kernel/command';
import type { CommandContext, CommandPorts, CommandRefusal, Executed } from '../../kernel/command';
import { redactText } from '../../kernel/redaction';
import { err, ok } from '../../kernel/result';
import type { Result } from '../../kernel/result';
import { needsAttention, seenOf } from './explanation';
import { settlementEntity, settlementStream } from './settlement';
import type { Settlement } from './settlement';
import type { SettlementEvent } from './settlement-events';

export type AcknowledgeRefusal =
  | { readonly reason: 'settlement-not-found' }
  /** There is nothing to look at, or somebody has looked at just this. */
  | { readonly reason: 'needs-no-attention' };

/**
 * Records that a person has looked at a payout which does not add up, and what they saw. It changes no sum and nothing in the books;
 * attention ends, and returns when what was seen has changed.
 */
export async function acknowledgeSettlement(
  ports: CommandPorts,
  context: CommandContext,
  asked: { readonly tenant: string; readonly settlementId: string; readonly note: string; readonly ifMatch?: number },
): Promise<Result<Executed<Settlement>, AcknowledgeRefusal | CommandRefusal>> {
  const { tenant, settlementId, note, ifMatch } = asked;
  return execute<Settlement, SettlementEvent, AcknowledgeRefusal>(
    ports,
    settlementEntity,
    settlementStream(tenant, settlementId),
    context,
    (settlement) => {
      if (settlement === undefined) return err({ reason: 'settlement-not-found' });
      if (settlement.source === 'manual' || !needsAttention(settlement)) return err({ reason: 'needs-no-attention' });
      return ok([{ type: 'Acknowledged', data: { note: redactText(note), seen: seenOf(settlement) } }]);
    },
    ifMatch === undefined ? {} : { ifMatch },
  );
}
