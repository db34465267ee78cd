import type { CommandContext, CommandPorts } from '../../kernel/command';
import { deriveToken } from '../../kernel/ids';
import { executeJointly, openPart } from '../../kernel/joint-command';
import { err, ok } from '../../kernel/result';
import type { PayoutBatch } from '../providers/provider';
import { hasLinesToCome, payoutSettlementId, settlementEntity, settlementStream } from './settlement';
import type { PayoutSettlement, Settlement } from './settlement';
import { batchClaimStream, settlementClaimEntity } from './settlement-claim';
import type { SettlementEvent } from './settlement-events';

/**
 * Takes the batches of a report for this settlement before any of its lines is recorded: a batch is settled once, under however many
 * names its report is announced. Of a report whose batches are another settlement's this one records that it repeats it, and of
 * one that holds some of them and others it imports nothing: which is which only a person can say.
 */
export async function claimBatches(
  ports: CommandPorts,
  context: CommandContext,
  { tenant, id, connectionId, payoutId, lines }: PayoutSettlement,
  batches: readonly PayoutBatch[],
): Promise<'claimed' | 'refused'> {
  const settlement = openPart(settlementEntity, settlementStream(tenant, id));
  const parts = batches.map((batch) => ({
    batch,
    claim: openPart(settlementClaimEntity, batchClaimStream(tenant, connectionId, batch.id)),
    // What was imported before there were claims, under the name that such a report has. It never ceases to be imported.
    former:
      batch.formerPayoutId === undefined || batch.formerPayoutId === payoutId
        ? undefined
        : openPart(
            settlementEntity,
            settlementStream(tenant, payoutSettlementId(tenant, connectionId, batch.formerPayoutId)),
          ),
  }));
  const others = parts.flatMap(({ claim, former }) => [claim, ...(former === undefined ? [] : [former])]);
  const key = deriveToken([id, 'batches', String(lines.pages), String(lines.requests)]);
  const claimed = await executeJointly<Settlement, SettlementEvent, 'refused'>(
    ports,
    [settlement, ...others],
    { ...context, command: { name: context.command.name, key } },
    () => {
      const now = settlement.state();
      if (now?.source !== 'payout' || now.repeats !== undefined) return err('refused');
      const held = parts.map(({ batch, claim, former }) => {
        const by = claim.state();
        if (by !== undefined) return { by: by.settlementId, differs: by.contents !== batch.contents };
        const before = former?.state();
        return before?.source === 'payout' && before.lines.pages > 0 ? { by: before.id, differs: false } : undefined;
      });
      const [first] = held;
      if (held.every((each) => each === undefined || each.by === id)) {
        for (const [index, { batch, claim }] of parts.entries()) {
          if (held[index] !== undefined) continue;
          claim.decide([{ type: 'SettlementClaimed', data: { settlementId: id, contents: batch.contents } }]);
        }
        return ok(undefined);
      }
      const isRepeated = now.lines.pages === 0 && held.every((each) => each !== undefined && each.by !== id);
      settlement.decide([
        isRepeated && first !== undefined
          ? {
              type: 'ReportRepeated',
              data: {
                settlementId: first.by,
                ...(held.some((each) => each?.differs === true) ? { differs: true } : {}),
              },
            }
          : { type: 'LinesUnavailable', data: { reason: 'batches-overlap' } },
      ]);
      return ok(undefined);
    },
  );
  if (!claimed.ok) {
    if (claimed.error === 'refused') return 'refused';
    throw new Error(`could not claim the batches of a report: ${claimed.error.reason}`);
  }
  const { state } = claimed.value;
  return state.source === 'payout' && hasLinesToCome(state) ? 'claimed' : 'refused';
}
