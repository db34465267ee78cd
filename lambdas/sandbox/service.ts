import type { Clock } from '../kernel/clock';
import type { Decided, OperationRecord, PaymentRecord, ScheduledEvent } from './books';
import { decideAuthorization, decideCompletion, decideFollowUp } from './decide';
import type { AuthorizationRequest, FollowUpRequest } from './decide';
import type { SandboxQueue, SandboxStore } from './store';

export interface SandboxPorts {
  readonly store: SandboxStore;
  readonly queue: SandboxQueue;
  readonly clock: Clock;
  /** Of the request that is being answered: its webhooks carry it. */
  readonly requestId: string;
}

/** How the sandbox reacts to a request. */
export type Reaction =
  | { readonly result: 'answered'; readonly operation: OperationRecord; readonly holdsAnswer: boolean }
  /** Nothing was written down, and the answer comes too late to be heard. */
  | { readonly result: 'ignored' }
  | { readonly result: 'unknown-payment' }
  /** The operation's id was used for something else. */
  | { readonly result: 'key-reused' };

/** Races that a request loses before it gives up. */
const maxAttempts = 6;

export function authorize(ports: SandboxPorts, account: string, request: AuthorizationRequest): Promise<Reaction> {
  const asked = { ...request, kind: 'authorization' } as const;
  return once(ports, account, asked, (payment) => {
    const decided = decideAuthorization(account, payment, request, ports.clock.now());
    return decided ?? { result: 'ignored' };
  });
}

export function followUp(
  ports: SandboxPorts,
  account: string,
  request: FollowUpRequest & { readonly reference: string },
): Promise<Reaction> {
  return once(ports, account, request, (payment) =>
    payment === undefined || payment.reference !== request.reference
      ? { result: 'unknown-payment' }
      : decideFollowUp(payment, request, ports.clock.now()),
  );
}

/** A person works on a payment in the sandbox's dashboard: a capture, cancellation or refund that the merchant's program has no id for. */
export function workInDashboard(ports: SandboxPorts, account: string, request: FollowUpRequest): Promise<Reaction> {
  return once(ports, account, request, (payment) =>
    payment === undefined
      ? { result: 'unknown-payment' }
      : decideFollowUp(payment, request, ports.clock.now(), 'dashboard'),
  );
}

/** The customer has answered on the page. Answering again changes nothing. */
export async function complete(
  ports: SandboxPorts,
  account: string,
  paymentId: string,
  approve: boolean,
): Promise<OperationRecord | undefined> {
  for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
    const payment = await ports.store.payment(account, paymentId);
    if (payment === undefined) return undefined;
    const operation = await ports.store.operation(account, payment.authorizationId);
    if (operation === undefined) return undefined;
    const decided = decideCompletion(payment, operation, approve, ports.clock.now());
    if (decided === undefined) return operation;
    if (await settle(ports, account, decided)) return decided.operation;
  }
  throw new Error('lost every race to complete a payment');
}

/** Decides an operation once, however often it is asked for. */
async function once(
  ports: SandboxPorts,
  account: string,
  asked: Pick<OperationRecord, 'operationId' | 'paymentId' | 'kind'> & { readonly amount: number },
  decide: (payment: PaymentRecord | undefined) => Decided | Exclude<Reaction, { result: 'answered' }>,
): Promise<Reaction> {
  for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
    const [known, payment] = await Promise.all([
      ports.store.operation(account, asked.operationId),
      ports.store.payment(account, asked.paymentId),
    ]);
    if (known !== undefined) return sameRequest(known, asked);
    const decided = decide(payment);
    if ('result' in decided) return decided;
    if (await settle(ports, account, decided)) {
      return { result: 'answered', operation: decided.operation, holdsAnswer: decided.holdsAnswer };
    }
  }
  throw new Error('lost every race to record an operation');
}

function sameRequest(
  known: OperationRecord,
  asked: Pick<OperationRecord, 'paymentId' | 'kind'> & { readonly amount: number },
): Reaction {
  const isSame =
    known.paymentId === asked.paymentId && known.kind === asked.kind && known.asked.amount === asked.amount;
  return isSame ? { result: 'answered', operation: known, holdsAnswer: false } : { result: 'key-reused' };
}

async function settle(ports: SandboxPorts, account: string, decided: Decided): Promise<boolean> {
  // A crash before this write leaves nothing; after it the effect stands, and only its webhooks may be missing, as they may with
  // any provider: whoever waits for them must be able to ask.
  if (!(await ports.store.record(account, decided.operation, decided.payment, decided.entries))) return false;
  await tell(ports, account, decided.events);
  return true;
}

/** Sends events to every endpoint of an account. */
export async function tell(
  ports: Pick<SandboxPorts, 'store' | 'queue' | 'requestId'>,
  account: string,
  events: readonly ScheduledEvent[],
): Promise<void> {
  const endpoints = await ports.store.endpoints(account);
  await ports.queue.send(
    endpoints.flatMap(({ id }) =>
      events.map(({ event, delaySeconds }) => ({
        account,
        endpointId: id,
        event,
        delaySeconds,
        requestId: ports.requestId,
      })),
    ),
  );
}
