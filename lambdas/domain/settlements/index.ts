export { maxExplanations, needsAttention, unexplainedOf, type ExplainRefusal } from './explanation';
export { acknowledgeSettlement, type AcknowledgeRefusal } from './acknowledge-settlement';
export { askForLines, giveUpLines, type AskRefusal } from './ask-for-lines';
export { importPayout, type Imported, type ImportPayoutPorts } from './import-payout';
export { importsAfter, parsePayoutImport, type PayoutImport, type PayoutImportQueue } from './imports';
export {
  presentSettlement,
  settlementLineKind,
  settlementLineViews,
  settlementViews,
  type PresentedLine,
  type PresentedSettlement,
} from './present-settlement';
export { decidePayoutReport, type PayoutSubject } from './report-payout';
export { maxSettlementItems, settleManually, type SettleManually, type SettleRefusal } from './settle-manually';
export {
  linesStates,
  netOf,
  payoutSettlementId,
  settlementEntity,
  settlementStream,
  statusOfSettlement,
  type ManualSettlement,
  type PayoutSettlement,
  type Settlement,
} from './settlement';
export { settlementClaimEntity, settlementClaimViews } from './settlement-claim';
export { evidenceKinds, linesFailures, type LinesFailure, type SettlementEvent } from './settlement-events';
