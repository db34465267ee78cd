import { execute, findReplay } from '../../kernel/command';
import type { CommandContext, CommandPorts, CommandRefusal, Decision } from '../../kernel/command';
import { fold } from '../../kernel/entity';
import type { Loaded } from '../../kernel/entity';
import { invariant } from '../../kernel/invariant';
import type { Commit, StreamId } from '../../kernel/journal';
import { err, ok } from '../../kernel/result';
import type { Result } from '../../kernel/result';
import type { OperationOutcome } from '../providers/provider';
import { countedOperationOf } from './operations';
import { statusOf } from './outcome';
import { operationOf, paymentEntity } from './payment';
import type { Operation, Payment } from './payment';
import type { PaymentEvent } from './payment-events';
import { recordOutcome } from './record-outcome';

export type PaymentPorts = CommandPorts;

/** A payment after one of its operations, and that operation. */
export interface Performed {
  readonly payment: Payment;
  readonly version: number;
  readonly operation: Operation;
  readonly replayed: boolean;
}

export type PerformRefusal =
  | CommandRefusal
  /** The first request under this key has not finished. HTTP 409 with Retry-After. */
  | { readonly reason: 'in-progress'; readonly retryAfterSeconds: number };

/**
 * For how long an intent without an outcome may belong to a request that still runs. No function runs longer, so after it
 * the first request is gone for certain.
 */
const inProgressMs = 30_000;

/** Most first requests are done by then. */
const retryAfterSeconds = 2;

/**
 * Intent, provider, outcome: the one way in which money moves.
 *
 * The intent is the permission to call: whoever appends it calls the provider, once, with the operation's id as the
 * provider's idempotency key. A request that finds the intent under its own key never calls, whatever became of the first.
 */
export async function performOperation<Refusal>(
  ports: PaymentPorts,
  stream: StreamId,
  context: CommandContext,
  operation: {
    readonly operationId: string;
    readonly decide: (payment: Payment | undefined) => Decision<PaymentEvent, Refusal>;
    readonly call: (payment: Payment, operation: Operation) => Promise<OperationOutcome>;
    readonly loaded?: Loaded<Payment>;
    readonly ifMatch?: number;
  },
): Promise<Result<Performed, Refusal | PerformRefusal>> {
  const { operationId, decide, loaded, ifMatch } = operation;
  const intent = await execute(ports, paymentEntity, stream, context, decide, {
    ...(loaded === undefined ? {} : { loaded }),
    ...(ifMatch === undefined ? {} : { ifMatch }),
  });
  if (!intent.ok) return intent;
  if (intent.value.replayed) {
    const isWhole = intent.value.commits.length > 1;
    if (isWhole) return firstResult(ports, operationId, intent.value, intent.value);
    // The outcome may come between two reads: what is shown and what is taken for the first result are of one read.
    return replayOperation(ports, stream, context, operationId);
  }

  const { state, version } = intent.value;
  const outcome = await operation.call(state, operationOf(state, operationId));
  const recorded = await recordOutcome(ports, stream, context, operationId, outcome, { state, version });
  return ok({ ...recorded, operation: operationOf(recorded.payment, operationId), replayed: false });
}

/** Answers a request whose intent is known to stand in the stream, without writing anything. */
export async function replayOperation(
  ports: Pick<PaymentPorts, 'journal' | 'clock'>,
  stream: StreamId,
  context: CommandContext,
  operationId: string,
): Promise<Result<Performed, PerformRefusal>> {
  const loaded = fold(paymentEntity, await ports.journal.read(stream));
  const first = findReplay(paymentEntity, loaded, context.command);
  invariant(first !== undefined, 'a replayed command has left a commit');
  return first.ok ? firstResult(ports, operationId, first.value, loaded) : first;
}

/** The first result again. While it is open, the payment is shown as it is `now`: a webhook may have settled it. */
function firstResult(
  ports: Pick<PaymentPorts, 'clock'>,
  operationId: string,
  first: { readonly state: Payment; readonly version: number; readonly commits: readonly Commit[] },
  now: { readonly state: Payment | undefined; readonly version: number },
): Result<Performed, PerformRefusal> {
  const [intent, outcome] = first.commits;
  if (outcome !== undefined) {
    const operation = operationOf(first.state, operationId);
    return ok({ payment: first.state, version: first.version, operation, replayed: true });
  }
  invariant(intent !== undefined && now.state !== undefined, 'a replayed command has left a commit');
  const operation = countedOperationOf(now.state, operationId) ?? operationOf(now.state, operationId);
  const ageMs = ports.clock.now().getTime() - Date.parse(intent.at);
  if (statusOf(operation.evidence) === 'pending' && ageMs < inProgressMs) {
    return err({ reason: 'in-progress', retryAfterSeconds });
  }
  return ok({ payment: now.state, version: now.version, operation, replayed: true });
}
