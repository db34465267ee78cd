import { referenceReaders } from '../../lambdas/adapters/providers/typed-references';
import { nextLookupAt, openOperationsOf, resolveOperation } from '../../lambdas/domain/payments';
import type { Operation, Payment, Resolution } from '../../lambdas/domain/payments';
import { deriveToken } from '../../lambdas/kernel/ids';
import { answerAt } from '../../lambdas/sandbox/books';
import { cast, member } from '../cast';
import type { FunctionSpec } from '../functions';
import type { World } from '../world';

interface Word {
  readonly payment: Payment;
  readonly resolution: Resolution;
}

interface Answered {
  readonly reason: string;
  readonly retry: boolean;
}

const hourMs = 3_600_000;

/**
 * People who say what became of an operation that the provider never told of, most of them what its books say and some the contrary.
 * Sometimes the customer comes after all: then the provider speaks against them, or for them.
 */
export function startResolving(world: World): void {
  const { scheduler, choices, oracle, provider } = world;
  const resolve: FunctionSpec<Word, Answered> = {
    name: 'payment-resolution',
    limitMs: 25_000,
    build:
      ({ ports }) =>
      async ({ payment, resolution }) => {
        const { tenant, id: paymentId } = payment;
        const { operationId } = resolution;
        const context = {
          actor: { user: member, session: 'session-1', level: 'owner' },
          request: { id: `resolve-${operationId}`, route: 'payments.resolve' },
          command: {
            name: 'payments.resolve',
            key: deriveToken(['resolve', tenant, operationId]),
            fingerprint: deriveToken([operationId]),
          },
        } as const;
        const target = { tenant, paymentId, ifMatch: undefined };
        const resolved = await resolveOperation(
          { ...ports, references: referenceReaders },
          context,
          target,
          resolution,
        );
        if (resolved.ok) return { reason: resolved.value.replayed ? 'replayed' : 'resolved', retry: false };
        return { reason: resolved.error.reason, retry: resolved.error.reason === 'contended' };
      },
  };
  const invoke = world.functions.define(resolve);
  const known = new Set<string>();

  const say = (word: Word, attempt: number): void => {
    const run = `resolve-${word.resolution.operationId}-${String(attempt)}`;
    const again = (): void => scheduler.after(2_000, () => say(word, attempt + 1));
    invoke(run, word, {
      done: ({ reason, retry }) => {
        world.note(`${run} is answered: ${reason}`);
        if (retry) again();
      },
      died: again,
      threw: again,
    });
  };

  const resolutionOf = (payment: Payment, { id: operationId, kind, amount, evidence }: Operation): Resolution => {
    const record = provider.operation(operationId);
    const isDone = record !== undefined && answerAt(record, scheduler.clock.now()).status === 'succeeded';
    const isMistaken = choices.chance(0.3, 'mistaken', operationId);
    const outcome =
      isDone === isMistaken
        ? ({ status: 'failed', reason: 'not_received' } as const)
        : ({
            status: 'succeeded',
            providerReference: evidence.openReference ?? misread(kind, operationId),
            amount: { amount, currency: payment.currency },
          } as const);
    return { operationId, outcome, evidence: { kind: 'provider-dashboard', reference: 'As it was that day' } };
  };

  const customerComes = (payment: Payment): void => {
    const connected = cast.find(({ connectionId }) => connectionId === payment.connectionId);
    if (connected === undefined) return;
    const approves = choices.chance(0.7, 'approves-late', payment.id);
    void provider.customerAnswers(connected, payment.id, approves);
  };

  oracle.onPaymentCommit(() => {
    for (const payment of oracle.payments.payments.values()) {
      for (const operation of openOperationsOf(payment)) {
        const isAsked = operation.evidence.mismatched || nextLookupAt(operation) !== undefined;
        if (isAsked || known.has(operation.id)) continue;
        known.add(operation.id);
        const afterMs = choices.integer(1, 48, 'resolved', operation.id) * hourMs;
        scheduler.after(afterMs, () => say({ payment, resolution: resolutionOf(payment, operation) }, 1));
        if (operation.kind === 'authorize' && choices.chance(0.5, 'comes-late', operation.id)) {
          const laterMs = choices.integer(1, 96, 'comes', operation.id) * hourMs;
          scheduler.after(laterMs, () => customerComes(payment));
        }
      }
    }
  });
}

/** A reference of the sandbox's form that it has given to nothing. */
function misread(kind: Operation['kind'], operationId: string): string {
  const prefix = kind === 'authorize' ? 'auth' : kind;
  return `${prefix}_${Buffer.from(operationId).toString('hex').slice(-16)}`;
}
