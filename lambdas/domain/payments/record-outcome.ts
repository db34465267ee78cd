import type { CommandContext, CommandPorts } from '../../kernel/command';
import { newCommit } from '../../kernel/command';
import { fold } from '../../kernel/entity';
import type { Loaded } from '../../kernel/entity';
import { invariant } from '../../kernel/invariant';
import { fullJitterMs } from '../../kernel/jitter';
import type { StreamId } from '../../kernel/journal';
import type { OperationOutcome } from '../providers/provider';
import { toRecorded } from './outcome';
import { paymentEntity } from './payment';
import type { Payment } from './payment';
import type { PaymentEvent } from './payment-events';

/** Attempts to append an outcome while webhooks of the same payment take its version. */
const maxAttempts = 8;

/**
 * Appends what the provider answered, under the key of the command that asked. It is appended even when a webhook has
 * already told the same: a replay of the command must find its own outcome. Reports merge, so the order does not matter.
 *
 * Throws when the journal cannot be reached or the race is lost every time: the intent then stays open, and the provider's
 * webhook settles it, or the sweeper's look-up. The money is neither lost nor moved twice.
 */
export async function recordOutcome(
  ports: CommandPorts,
  stream: StreamId,
  context: CommandContext,
  operationId: string,
  outcome: OperationOutcome,
  intent: Pick<Loaded<Payment>, 'state' | 'version'>,
): Promise<{ readonly payment: Payment; readonly version: number }> {
  const events: readonly PaymentEvent[] = [
    { type: 'OutcomeRecorded', data: { operationId, outcome: toRecorded(outcome) } },
  ];
  const ownCommits = new Set<string>();
  let loaded = intent;

  for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
    const { commit, state } = newCommit(ports, paymentEntity, stream, context, loaded, events);
    ownCommits.add(commit.commitId);
    // A crash before this write leaves the intent pending: the provider's webhook or the sweeper settles it, a replay
    // answers 409 and then 202, and nothing is submitted again. After it the outcome stands and every replay answers with it.
    const appended = await ports.journal.append([commit]);
    if (appended.ok) return { payment: state, version: commit.version };

    await ports.sleep(fullJitterMs(ports.randomness, 20 * 2 ** attempt));
    const reloaded = fold(paymentEntity, await ports.journal.read(stream));
    // The store may have kept a write whose answer was lost.
    const landed = reloaded.commits.find(({ commitId }) => ownCommits.has(commitId));
    if (landed !== undefined) {
      const then = fold(
        paymentEntity,
        reloaded.commits.filter(({ version }) => version <= landed.version),
      );
      invariant(then.state !== undefined, 'a stream with commits has a state');
      return { payment: then.state, version: then.version };
    }
    loaded = reloaded;
  }
  throw new Error('lost every race to record an outcome');
}
