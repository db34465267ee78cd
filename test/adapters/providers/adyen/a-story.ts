import { decideProviderEvent, paymentEntity, paymentStream } from '../../../../lambdas/domain/payments';
import type { Payment, PaymentEvent } from '../../../../lambdas/domain/payments';
import { toRecorded } from '../../../../lambdas/domain/payments/outcome';
import type {
  FollowUpRequest,
  NormalisedEvent,
  OperationOutcome,
  PaymentMethod,
  Provider,
} from '../../../../lambdas/domain/providers/provider';
import { adyenWebhookReader } from '../../../../lambdas/adapters/providers/adyen/adyen-webhook-reader';
import type { FakeAdyen } from '../../../../local/providers/adyen/fake-adyen';
import { anAdyen, hmacKey, now, webhookUrl } from './an-adyen';

const tenant = 'ten_0000000000000000000a';
const connectionId = 'con_0000000000000000000a';

export const paymentId = 'pay_00000000000000000001';

/** A payment of ours at Adyen: journaled as the product does it, and told of by Adyen's webhooks. */
export interface Story {
  readonly adyen: FakeAdyen;
  readonly provider: Provider;
  payment(): Payment;
  /** Adyen's reference of the payment. */
  psp(): string;
  authorize(capture: 'automatic' | 'manual', amount: number, method?: PaymentMethod): Promise<OperationOutcome>;
  follow(kind: 'capture' | 'cancel' | 'refund', amount: number): Promise<OperationOutcome>;
  /** Brings what Adyen has told since to the payment. */
  hear(): Promise<readonly NormalisedEvent[]>;
}

export async function aStory(currency = 'EUR'): Promise<Story> {
  const { adyen, client } = anAdyen();
  const provider = client();
  await provider.registerWebhook?.({ url: webhookUrl, secret: '' });
  let payment: Payment | undefined;
  let operations = 0;
  const record = (...events: readonly PaymentEvent[]): void => {
    for (const event of events) payment = evolved(payment, event);
  };
  const known = (): Payment => {
    if (payment === undefined) throw new Error('nothing was authorized');
    return payment;
  };
  const nextOperationId = (): string => {
    operations += 1;
    return `op_${String(operations).padStart(20, '0')}`;
  };
  const recordOutcome = (operationId: string, outcome: OperationOutcome): OperationOutcome => {
    record({ type: 'OutcomeRecorded', data: { operationId, outcome: toRecorded(outcome) } });
    return outcome;
  };
  const psp = (): string => known().operations[0].evidence.reference ?? '';
  return {
    adyen,
    provider,
    payment: known,
    psp,
    authorize: async (capture, amount, method = { type: 'token', token: 'test-success', customer: 'shopper-1' }) => {
      const operationId = nextOperationId();
      record({
        type: 'PaymentCreated',
        data: { operationId, connectionId, provider: 'adyen', amount, currency, capture },
      });
      const request = { operationId, paymentId, amount: { amount, currency }, method, capture };
      return recordOutcome(operationId, await provider.authorize(request));
    },
    follow: async (kind, amount) => {
      const operationId = nextOperationId();
      record({ type: 'OperationRequested', data: { operationId, kind, amount } });
      const request: FollowUpRequest = {
        operationId,
        paymentId,
        amount: { amount, currency },
        providerReference: psp(),
      };
      return recordOutcome(operationId, await provider[kind](request));
    },
    hear: async () => {
      const events: NormalisedEvent[] = [];
      for (const delivery of adyen.takeDeliveries()) {
        const result = await adyenWebhookReader.read(delivery, [hmacKey], now.getTime());
        if (!result.ok) throw new Error(result.error);
        events.push(...result.value);
      }
      payment = apply(known(), events);
      return events;
    },
  };
}

export function apply(payment: Payment, events: readonly NormalisedEvent[]): Payment {
  return events.reduce((state, event) => {
    const decision = decideProviderEvent(state, connectionId, event);
    return decision.result === 'applied' ? decision.events.reduce<Payment>(evolved, state) : state;
  }, payment);
}

function evolved(payment: Payment | undefined, event: PaymentEvent): Payment {
  return paymentEntity.evolve(payment, paymentEntity.parseEvent(event), {
    version: 1,
    at: now.toISOString(),
    commandKey: undefined,
    stream: paymentStream(tenant, paymentId),
  });
}
