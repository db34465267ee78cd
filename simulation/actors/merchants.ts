import {
  changePayment,
  createPayment,
  paymentStream,
  presentPayment,
  replayCreate,
} from '../../lambdas/domain/payments';
import type { Change, KeyedContext, Performed } from '../../lambdas/domain/payments';
import { newDynamoViews } from '../../lambdas/adapters/dynamodb/dynamo-views';
import { chooseConnection } from '../../lambdas/domain/providers';
import { canonicalJson } from '../../lambdas/kernel/canonical-json';
import { deriveId, deriveToken } from '../../lambdas/kernel/ids';
import { memberOf } from '../../lambdas/kernel/views';
import { member } from '../cast';
import { names } from '../cloud/cloud';
import type { FunctionSpec } from '../functions';
import { dashboardPrefix } from '../invariants/payments';
import type { World } from '../world';
import type { PlannedCommand, PlannedPayment } from './plan';

interface Answered {
  readonly ok: boolean;
  readonly retry: boolean;
  readonly reason: string;
  readonly performed?: Performed;
}

/** As the service functions are configured. */
const limitMs = 25_000;

/** How often a program sends a request again that failed, and then gives up: the sweeper and the webhooks must do the rest. */
const maxTries = 6;

const dashboardKinds = ['refunds', 'captures', 'cancellations'] as const;

export function paymentIdOf({ by, index }: PlannedPayment): string {
  return deriveId('payment', [by.tenant, 'simulated', String(index)]);
}

/** The payment routes behind their chain: admission's read of the gate, then the use case. */
const payments: FunctionSpec<PlannedCommand, Answered> = {
  name: 'payments',
  limitMs,
  build: ({ clients, ports, providerOf }) => {
    const views = newDynamoViews({ client: clients.dynamodb, ...names, sleep: ports.sleep });
    return async (command) => {
      const { payment } = command;
      const { by } = payment;
      const paymentId = paymentIdOf(payment);
      const stream = command.kind === 'create' ? paymentStream(by.tenant, paymentId) : undefined;
      const access = await views.access(by.tenant, memberOf(by.tenant, member), stream);
      const context = contextOf(command);
      const target = { tenant: by.tenant, paymentId };
      if (command.kind !== 'create') {
        const changed = await changePayment(
          ports,
          context,
          { ...target, ifMatch: undefined },
          changeOf(command),
          async () => providerOf(by),
        );
        return answerOf(changed);
      }
      if (access.firstCommit !== undefined) return answerOf(await replayCreate(ports, context, target));
      const connection = chooseConnection(access.gate, by.connectionId);
      if (!connection.ok) return { ok: false, retry: false, reason: connection.error };
      const { token, capture, amount, currency } = payment;
      const input = {
        ...target,
        connectionId: connection.value.id,
        amount: { amount, currency },
        capture,
        method: { type: 'token', token },
      } as const;
      return answerOf(await createPayment(ports, context, input, providerOf(by)));
    };
  },
};

/** Programs that send what was planned, again under the same key until they have an answer. */
export function startMerchants(world: World, plan: readonly PlannedCommand[]): void {
  const invoke = world.functions.define(payments);
  const waiting = new Map<number, (() => void)[]>();
  const created = new Set<number>();
  const whenCreated = (index: number, then: () => void): void => {
    if (created.has(index)) then();
    else waiting.set(index, [...(waiting.get(index) ?? []), then]);
  };
  const isCreated = (index: number): void => {
    if (created.has(index)) return;
    created.add(index);
    for (const then of waiting.get(index) ?? []) then();
  };

  const send = (command: PlannedCommand, twin: number, attempt: number): void => {
    const run = `command-${String(command.index)}-${String(twin)}-${String(attempt)}`;
    const again = (delayMs: number): void => {
      if (attempt < maxTries) world.scheduler.after(delayMs, () => send(command, twin, attempt + 1));
      else if (command.kind === 'create') isCreated(command.payment.index);
    };
    invoke(run, command, {
      done: (answer) => {
        world.note(`${run} is answered: ${answer.reason}`);
        if (answer.performed !== undefined)
          world.oracle.answered(
            contextOf(command).command.key,
            answer.performed,
            presentPayment(answer.performed.payment, answer.performed.version),
          );
        if (answer.retry) again(2_000);
        else if (command.kind === 'create') isCreated(command.payment.index);
      },
      died: () => again(1_000),
      threw: (error) => {
        world.note(`${run} fails: ${error instanceof Error ? error.message : 'no error'}`);
        again(1_500);
      },
    });
  };

  for (const command of plan) {
    const { payment } = command;
    const begin = (): void => {
      if (command.kind === 'customer') {
        void world.provider.customerAnswers(
          payment.by,
          paymentIdOf(payment),
          world.choices.chance(0.7, 'approves', payment.index),
        );
      } else if (command.kind === 'dashboard') {
        const kind = world.choices.pick(dashboardKinds, 'dashboard', command.index);
        const { currency } = payment;
        void world.provider.dashboard(payment.by, {
          kind,
          key: `${dashboardPrefix}${String(command.index)}`,
          paymentId: paymentIdOf(payment),
          amount: command.amount ?? payment.amount,
          currency,
        });
      } else {
        for (let twin = 0; twin < command.twins; twin += 1) send(command, twin, 1);
      }
    };
    world.scheduler.after(command.afterMs, () => {
      if (command.early) begin();
      else whenCreated(payment.index, begin);
    });
  }
}

export function contextOf(command: PlannedCommand): KeyedContext {
  const { payment, kind, amount, index } = command;
  return {
    actor: { user: member, session: 'session-1', level: 'owner' },
    request: { id: `request-${String(index)}`, route: `payments.${kind}` },
    command: {
      name: `payments.${kind}`,
      key: deriveToken(['key', payment.by.tenant, String(index)]),
      fingerprint: deriveToken([kind, canonicalJson({ amount: amount ?? null })]),
    },
  };
}

function changeOf({ kind, amount, payment }: PlannedCommand): Change {
  const asked = amount === undefined ? {} : { amount: { amount, currency: payment.currency } };
  if (kind === 'capture' || kind === 'refund') return { kind, ...asked };
  return { kind: 'cancel' };
}

function answerOf(
  result:
    | { readonly ok: true; readonly value: Performed }
    | { readonly ok: false; readonly error: { readonly reason: string } },
): Answered {
  if (result.ok)
    return {
      ok: true,
      retry: false,
      reason: result.value.replayed ? 'replayed' : 'performed',
      performed: result.value,
    };
  const { reason } = result.error;
  return { ok: false, retry: reason === 'in-progress' || reason === 'contended', reason };
}
