import type { NormalisedEvent, OperationOutcome } from '../../../lambdas/domain/providers/provider';
import type { WebhookMessage } from '../../../lambdas/domain/webhooks/ports';
import { connectionId, paymentId, succeeded, tenant } from '../payments/a-payment';

/** A message of the queue: the news that the authorization of `aPayment()` succeeded, unless told otherwise. */
export function aWebhook(
  given: {
    eventKey?: string;
    outcome?: OperationOutcome;
    subject?: NormalisedEvent['subject'];
    connection?: string;
    redrive?: string;
    tenant?: string;
  } = {},
): WebhookMessage {
  const { eventKey = 'evt_1', outcome = succeeded(1000), connection = connectionId, redrive } = given;
  const operation = { type: 'operation', paymentId, operationId: 'op_authorize', kind: 'authorize', outcome } as const;
  return {
    tenant: given.tenant ?? tenant,
    connectionId: connection,
    provider: 'sandbox',
    event: {
      eventKey,
      occurredAt: '2026-01-31T12:00:05.000Z',
      eventType: 'authorization.succeeded',
      subject: given.subject ?? operation,
    },
    receivedAt: '2026-01-31T12:00:06.000Z',
    requestId: 'delivery-1',
    ...(redrive === undefined ? {} : { redrive }),
  };
}
