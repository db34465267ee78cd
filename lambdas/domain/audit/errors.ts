/**
 * The tenant log and what it must agree with (head, cursors, journal) contradict each other: something was lost, doubled,
 * altered or deleted. No run may repair or skip this by itself: it stops the log of that owner and pages a person.
 */
export class AuditCorruption extends Error {
  override readonly name = 'AuditCorruption';
}

/** Every lap found that another run had moved the head. Nothing is lost: the batch is delivered again. */
export class AuditContended extends Error {
  override readonly name = 'AuditContended';
}
