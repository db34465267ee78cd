import '../../support/function-env';
import { Webhook } from 'standardwebhooks';

import { newWebhookReaders } from '../../../lambdas/adapters/providers/provider-clients';
import type { ConnectionSecret } from '../../../lambdas/domain/providers/ports';
import type { WebhookReaders } from '../../../lambdas/domain/providers/ports';
import type { NormalisedEvent, ProviderName, WebhookReader } from '../../../lambdas/domain/providers/provider';
import type { WebhookMessage } from '../../../lambdas/domain/webhooks/ports';
import { newWebhookIngest } from '../../../lambdas/handlers/webhook-ingest/handler';
import type { ViewSlots } from '../../../lambdas/kernel/views';
import { connectionId, paymentId, tenant } from '../../domain/payments/a-payment';
import { newMemoryTelemetry } from '../../support/memory-telemetry';

export const secret = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
export const previous = `whsec_${Buffer.alloc(32, 2).toString('base64')}`;
export const start = new Date('2026-01-31T12:00:00.000Z');

export const anEvent = (id = 'evt_1') => ({
  id,
  type: 'authorization.succeeded',
  occurredAt: start.toISOString(),
  payment: paymentId,
  operation: {
    id: 'op_1',
    kind: 'authorization',
    answer: { status: 'succeeded', reference: 'a', amount: 5, currency: 'USD' },
  },
});

export const unreadable: NormalisedEvent = {
  eventKey: 'evt_1',
  occurredAt: start.toISOString(),
  eventType: 'odd',
  subject: { type: 'unreadable', detail: 'no amount' },
};

const readers = newWebhookReaders({ endpoints: {} });

function everyReader(read: WebhookReader['read']): WebhookReaders {
  const of = (provider: ProviderName): WebhookReader => ({ provider, read });
  return { sandbox: of('sandbox'), stripe: of('stripe'), adyen: of('adyen'), paypal: of('paypal') };
}

export function anIngest(
  given: {
    slots?: ViewSlots;
    queueFails?: boolean;
    admitted?: boolean;
    noSecret?: boolean;
    /** What the store holds, where it is newer than what is remembered. */
    rotatedTo?: ConnectionSecret;
    limiterFails?: boolean;
    /** The one tenant that there is. */
    only?: string;
    reader?: WebhookReader['read'];
  } = {},
) {
  const remembered: ConnectionSecret = {
    credentials: { apiKey: 'k' },
    webhookSecret: secret,
    previous: [{ secret: previous }],
  };
  const slots: ViewSlots = given.slots ?? {
    [`connection#${connectionId}`]: {
      version: 1,
      data: { provider: 'sandbox', status: 'active', displayName: 'Sandbox' },
    },
  };
  const telemetry = newMemoryTelemetry();
  const queued: WebhookMessage[] = [];
  const calls: string[] = [];
  let nowMs = start.getTime();
  const receive = newWebhookIngest({
    ...telemetry,
    readers: given.reader === undefined ? readers : everyReader(given.reader),
    clock: { now: () => new Date(nowMs) },
    viewsOf: (asked) => ({
      slots: async () => (calls.push(`slots ${asked}`), given.only === undefined || given.only === asked ? slots : {}),
    }),
    secrets: {
      read: async () => (given.noSecret === true ? undefined : remembered),
      readNewer: async () => {
        calls.push('read newer');
        return given.rotatedTo ?? remembered;
      },
    },
    queue: {
      enqueue: async (messages) => {
        calls.push(`enqueue ${String(messages.length)}`);
        if (given.queueFails === true) throw new Error('no queue');
        queued.push(...messages);
      },
    },
    rateLimiter: {
      take: async (key, limit) => {
        calls.push(`limit ${key} ${limit.name}`);
        if (given.limiterFails === true) throw new Error('no limiter');
        return given.admitted === false
          ? { admitted: false, retryAfterMs: 1_500, resetMs: 9_000 }
          : { admitted: true, remaining: 1, resetMs: 0 };
      },
    },
  });
  return { receive, queued, calls, telemetry, advance: (ms: number) => (nowMs += ms) };
}

export function aDelivery(
  given: {
    body?: string | Buffer;
    path?: string;
    method?: string;
    base64?: boolean;
    headers?: object;
    key?: string;
    sourceIp?: string;
  } = {},
) {
  const {
    body = JSON.stringify({ events: [anEvent()] }),
    path = `/${tenant}/${connectionId}`,
    method = 'POST',
    base64 = false,
  } = given;
  const headers = {
    'Webhook-Id': 'msg_1',
    'Webhook-Timestamp': String(start.getTime() / 1000),
    'Webhook-Signature': new Webhook(given.key ?? secret).sign('msg_1', start, body.toString()),
    ...given.headers,
  };
  return {
    version: '2.0',
    rawPath: path,
    rawQueryString: '',
    headers,
    body: base64 ? Buffer.from(body).toString('base64') : body.toString(),
    isBase64Encoded: base64,
    requestContext: { requestId: 'url-1', http: { method, sourceIp: given.sourceIp ?? '198.51.100.7' } },
  };
}
