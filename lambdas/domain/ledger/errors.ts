/**
 * The log, the journal and the books contradict each other. The books of this tenant stop where they stand, and a person is called:
 * to go on would make balances that nobody can explain.
 */
export class LedgerCorruption extends Error {
  override readonly name = 'LedgerCorruption';
}

/** In every lap another run had moved the books. Nothing is lost: the wake-up comes again. */
export class LedgerContended extends Error {
  override readonly name = 'LedgerContended';
}
