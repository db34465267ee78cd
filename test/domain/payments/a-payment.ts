import type { CommandContext, CommandPorts } from '../../../lambdas/kernel/command';
import { newCommitIds } from '../../../lambdas/kernel/ids';
import type { Commit, Journal } from '../../../lambdas/kernel/journal';
import { fold } from '../../../lambdas/kernel/entity';
import { paymentEntity, paymentStream, type Payment, type PaymentEvent } from '../../../lambdas/domain/payments';
import { toRecorded } from '../../../lambdas/domain/payments/outcome';
import { providerNames, type OperationOutcome, type Provider } from '../../../lambdas/domain/providers/provider';

export const tenant = 'ten_0000000000000000000a';
export const connectionId = 'con_0000000000000000000a';
export const paymentId = 'pay_0000000000000000000a';
export const createdAt = '2026-01-31T12:00:00.000Z';

export const succeeded = (amount: number, currency = 'USD', reference = 'auth_1'): OperationOutcome => ({
  status: 'succeeded',
  providerReference: reference,
  amount: { amount, currency },
});

export const failed: OperationOutcome = { status: 'failed', reason: 'declined' };

export const unknown: OperationOutcome = { status: 'unknown', detail: 'timeout' };

/** The events of a payment of `authorized` that was then captured and refunded as told, every operation having succeeded. */
export function eventsOf(
  story: {
    authorized?: number;
    captured?: readonly number[];
    refunded?: readonly number[];
    capture?: 'automatic' | 'manual';
  } = {},
): PaymentEvent[] {
  const {
    authorized = 1000,
    captured = [],
    refunded = [],
    capture = captured.length > 0 ? 'manual' : 'automatic',
  } = story;
  const further = (kind: 'capture' | 'refund', amounts: readonly number[]): PaymentEvent[] =>
    amounts.flatMap((amount, index) => [
      { type: 'OperationRequested', data: { operationId: `op_${kind}_${String(index)}`, kind, amount } },
      recorded(`op_${kind}_${String(index)}`, succeeded(amount, 'USD', `${kind}_${String(index)}`)),
    ]);
  return [
    {
      type: 'PaymentCreated',
      data: {
        operationId: 'op_authorize',
        connectionId,
        provider: 'sandbox',
        amount: authorized,
        currency: 'USD',
        capture,
      },
    },
    recorded('op_authorize', succeeded(authorized)),
    ...further('capture', captured),
    ...further('refund', refunded),
  ];
}

export function recorded(operationId: string, outcome: OperationOutcome): PaymentEvent {
  return { type: 'OutcomeRecorded', data: { operationId, outcome: toRecorded(outcome) } };
}

export function aPayment(story: Parameters<typeof eventsOf>[0] = {}, further: readonly PaymentEvent[] = []): Payment {
  return evolved([...eventsOf(story), ...further]);
}

export function evolved(events: readonly PaymentEvent[]): Payment {
  return fold(
    paymentEntity,
    events.map((event, index) => aCommit(index + 1, event)),
  ).state!;
}

export function withEvents(payment: Payment, events: readonly PaymentEvent[]): Payment {
  return events.reduce<Payment>(
    (state, event) =>
      paymentEntity.evolve(state, paymentEntity.parseEvent(event), {
        version: 2,
        at: createdAt,
        commandKey: undefined,
        stream: paymentStream(tenant, paymentId),
      }),
    payment,
  );
}

export function aCommit(version: number, ...events: PaymentEvent[]): Commit {
  return {
    stream: paymentStream(tenant, paymentId),
    version,
    commitId: `01KAAAAAAAAAAAAAAAAAAAAA${String(version).padStart(2, '0')}`,
    at: createdAt,
    actor: { user: 'u-1', level: 'admin' },
    request: { id: 'r-1', route: 'payments.create' },
    command: { name: 'payments.create', key: `k${String(version)}`, fingerprint: 'f' },
    events,
    changes: [],
  };
}

export function aContext(key: string, fingerprint = 'f', name = 'payments.create') {
  return {
    actor: { user: 'u-1', session: 's-1', level: 'admin' },
    request: { id: 'r-1', route: name },
    command: { name, key, fingerprint },
  } as const satisfies CommandContext;
}

/** Real ids, a clock that the test moves, no waiting. */
export function portsOn(journal: Journal, at = createdAt): CommandPorts & { advance(ms: number): void } {
  let nowMs = Date.parse(at);
  const clock = { now: () => new Date(nowMs) };
  let seed = 0;
  const randomness = {
    bytes: (count: number) => Uint8Array.from({ length: count }, () => (seed = (seed * 73 + 41) % 251)),
  };
  return {
    journal,
    clock,
    randomness,
    commitIds: newCommitIds(clock, randomness),
    sleep: async () => undefined,
    advance: (ms) => (nowMs += ms),
  };
}

/** A provider that answers as told and counts its calls. Unless told otherwise everything succeeds as asked. */
export function aProvider(
  answer?: (kind: string) => OperationOutcome | undefined,
): Provider & { readonly calls: string[] } {
  const calls: string[] = [];
  const act =
    (kind: string) => async (request: { operationId: string; amount: { amount: number; currency: string } }) => {
      calls.push(`${kind} ${request.operationId}`);
      await Promise.resolve();
      return answer?.(kind) ?? succeeded(request.amount.amount, request.amount.currency, `${kind}_1`);
    };
  return {
    name: providerNames[0],
    capabilities: [
      'manual-capture',
      'partial-capture',
      'several-captures',
      'cancel',
      'partial-refund',
      'several-refunds',
    ],
    calls,
    authorize: act('authorize'),
    capture: act('capture'),
    cancel: act('cancel'),
    refund: act('refund'),
    lookup: async () => ({ status: 'absent' }),
    check: async () => ({ ok: true, value: undefined }),
  };
}
