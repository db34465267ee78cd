import { noteDeadLetter, parseWebhookMessage } from '../../domain/webhooks';
import type { DeadLetter } from '../../domain/webhooks';
import type { Letter } from '../../adapters/sqs/sqs-letters';
import { forEachConcurrently } from '../../middleware/batches';
import { errorFields } from '../../middleware/log';
import type { WebhookDeadLettersDeps } from './dependencies';
import { bindDependencies } from './dependencies';

/** One look lasts about this long at most; the next one goes on. */
const budgetMs = 180_000;

/** Longer than a look: what was seen is not seen again in the same one. */
const hiddenSeconds = 300;

/** What one look found. */
export interface DeadLettersReport {
  readonly done: number;
  readonly noted: number;
  readonly waiting: number;
  /** Messages that could not be looked after now: unreadable, or the journal is out of reach. */
  readonly failed: number;
}

/**
 * Looks through the dead-letter queue. What its tenant does not know of is noted as dead, so that it is seen and can be redriven; what
 * has been dealt with is removed, so that the alarm goes out by itself; all else stays where it is. Nothing is removed that the journal
 * does not hold as applied, ignored or unmatched.
 */
export function newWebhookDeadLetters(deps: WebhookDeadLettersDeps): () => Promise<DeadLettersReport> {
  return async () => {
    const untilMs = deps.clock.now().getTime() + budgetMs;
    const report = { done: 0, noted: 0, waiting: 0, failed: 0 };
    const kept: Letter[] = [];
    let letters: readonly Letter[];
    do {
      letters = await deps.letters.look(hiddenSeconds);
      const failures = await forEachConcurrently(letters, 10, async (letter) => {
        const what = await lookAt(deps, letter);
        if (what !== 'done') kept.push(letter);
        if (what !== undefined) report[what] += 1;
        else report.failed += 1;
      });
      for (const { item, error } of failures) {
        kept.push(item);
        report.failed += 1;
        deps.log.error('could not look after a dead letter', { messageId: item.messageId, ...errorFields(error) });
      }
    } while (letters.length > 0 && deps.clock.now().getTime() < untilMs);

    // A crash before this hides them for the rest of their five minutes.
    await forEachConcurrently(kept, 10, ({ receiptHandle }) => deps.letters.comeBackIn(receiptHandle, 0));
    deps.log.info('looked through the dead letters', { count: report.done, failed: report.failed });
    deps.metrics.flush();
    return report;
  };
}

/** Undefined of a message that nobody can read. */
async function lookAt(deps: WebhookDeadLettersDeps, letter: Letter): Promise<DeadLetter | undefined> {
  const message = parseWebhookMessage(letter.body);
  if (!message.ok) return undefined;
  const ports = { ...deps, journal: deps.journalOf(message.value.tenant) };
  const what = await noteDeadLetter(ports, message.value);
  if (what === 'noted') deps.metrics.count('WebhookDead');
  // A crash before this leaves the message; it is found to be done again.
  if (what === 'done') await deps.letters.remove(letter);
  return what;
}

export const handler = newWebhookDeadLetters(bindDependencies());
