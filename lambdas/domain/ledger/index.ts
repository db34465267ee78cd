export { emptyBooks, sumsByCurrency, type AccountTotals, type Books, type Place, type StatementLine } from './books';
export { type Entry, type EntryLine } from './entry';
export { LedgerCorruption } from './errors';
export { paymentPosition } from './payment-position';
export {
  maxPosted,
  type BooksChange,
  type Generations,
  type LedgerReader,
  type LedgerStore,
  type LedgerWaker,
} from './ports';
export { accounts, type Account, type Position } from './position';
export { movesMoney } from './positions';
export { projectLedger, type Projected, type ProjectLedgerPorts } from './project-ledger';
export { rebuildLedger, type Difference, type RebuildLedgerPorts, type Rebuilt } from './rebuild-ledger';
export { sweepLedgers, type LedgerSweep, type SweepLedgersPorts } from './sweep-ledgers';
export { parseWakeUp, type WakeUp } from './wake-up';
