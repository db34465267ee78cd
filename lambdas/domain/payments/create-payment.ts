import type { CommandContext, Decision } from '../../kernel/command';
import { deriveId } from '../../kernel/ids';
import type { Money } from '../../kernel/money';
import { redactText } from '../../kernel/redaction';
import { err, ok } from '../../kernel/result';
import type { Result } from '../../kernel/result';
import type { PaymentMethod, Provider, ProviderCapability, ProviderName } from '../providers/provider';
import type { PaymentEvent } from './payment-events';
import { paymentStream } from './payment';
import { performOperation, replayOperation } from './perform-operation';
import type { Performed, PaymentPorts, PerformRefusal } from './perform-operation';

/** Money moves only under an Idempotency-Key. */
export type KeyedContext = CommandContext & { readonly command: { readonly key: string } };

export interface CreatePayment {
  readonly tenant: string;
  /** Derived from the Idempotency-Key, so a replay finds the payment without an index. */
  readonly paymentId: string;
  readonly connectionId: string;
  readonly amount: Money;
  readonly capture: 'automatic' | 'manual';
  readonly method: PaymentMethod;
  readonly reference?: string;
  readonly returnUrl?: string;
}

export type CreateRefusal = { readonly reason: 'not-supported-by-provider' };

/**
 * Creates a payment: journals the intent, asks the provider to authorize, journals the outcome. Two writes and no read: an
 * id that no commit was found under is taken for new, and if it was not, the conditional write says so.
 */
export async function createPayment(
  ports: PaymentPorts,
  context: KeyedContext,
  input: CreatePayment,
  provider: Provider,
): Promise<Result<Performed, CreateRefusal | PerformRefusal>> {
  const operationId = deriveOperationId(input.paymentId, context.command.key, 'authorize');
  const reference = input.reference === undefined ? {} : { reference: redactText(input.reference) };
  return performOperation(ports, paymentStream(input.tenant, input.paymentId), context, {
    operationId,
    loaded: { state: undefined, version: 0, commits: [] },
    decide: () =>
      decideCreate({
        ...input,
        ...reference,
        provider: provider.name,
        capabilities: provider.capabilities,
        operationId,
      }),
    call: () =>
      provider.authorize({
        operationId,
        paymentId: input.paymentId,
        amount: input.amount,
        method: input.method,
        capture: input.capture,
        ...reference,
        ...(input.returnUrl === undefined ? {} : { returnUrl: input.returnUrl }),
      }),
  });
}

/** Answers the repetition of a create whose intent was found by its id: one read, no write, no call. */
export async function replayCreate(
  ports: Pick<PaymentPorts, 'journal' | 'clock'>,
  context: KeyedContext,
  { tenant, paymentId }: Pick<CreatePayment, 'tenant' | 'paymentId'>,
): Promise<Result<Performed, PerformRefusal>> {
  const operationId = deriveOperationId(paymentId, context.command.key, 'authorize');
  return replayOperation(ports, paymentStream(tenant, paymentId), context, operationId);
}

/** What the provider of the connection cannot do is refused before anything is journaled. */
export function decideCreate(input: {
  readonly operationId: string;
  readonly connectionId: string;
  readonly provider: ProviderName;
  readonly amount: Money;
  readonly capture: 'automatic' | 'manual';
  readonly method: Pick<PaymentMethod, 'type'>;
  readonly capabilities: readonly ProviderCapability[];
  readonly reference?: string;
}): Decision<PaymentEvent, CreateRefusal> {
  const cannot =
    (input.capture === 'manual' && !input.capabilities.includes('manual-capture')) ||
    (input.method.type === 'hosted-page' && !input.capabilities.includes('hosted-page'));
  if (cannot) return err({ reason: 'not-supported-by-provider' });
  return ok([
    {
      type: 'PaymentCreated',
      data: {
        operationId: input.operationId,
        connectionId: input.connectionId,
        provider: input.provider,
        amount: input.amount.amount,
        currency: input.amount.currency,
        capture: input.capture,
        ...(input.reference === undefined ? {} : { reference: input.reference }),
      },
    },
  ]);
}

/** The operation's id and the provider's idempotency key: one command on one payment can only ever make this one. */
export function deriveOperationId(paymentId: string, commandKey: string, kind: string): string {
  return deriveId('operation', [paymentId, commandKey, kind]);
}
