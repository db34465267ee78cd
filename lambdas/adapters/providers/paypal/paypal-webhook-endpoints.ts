import type { ConnectRefusal, WebhookRegistration } from '../../../domain/providers/provider';
import { err, ok } from '../../../kernel/result';
import type { Result } from '../../../kernel/result';
import { fieldsOf, listOf, MalformedData, textOf } from '../../reading';
import { callPaypal } from './paypal-api';
import type { PaypalApiOptions, PaypalCall } from './paypal-api';
import { recordOf } from './paypal-refusals';

/** The events that we act on, or that tell a person to look [PayPal: webhook event names]. */
export const neededEvents = [
  'CHECKOUT.ORDER.APPROVED',
  'CHECKOUT.PAYMENT-APPROVAL.REVERSED',
  'CUSTOMER.DISPUTE.CREATED',
  'CUSTOMER.DISPUTE.RESOLVED',
  'CUSTOMER.DISPUTE.UPDATED',
  'PAYMENT.AUTHORIZATION.CREATED',
  'PAYMENT.AUTHORIZATION.VOIDED',
  'PAYMENT.CAPTURE.COMPLETED',
  'PAYMENT.CAPTURE.DECLINED',
  'PAYMENT.CAPTURE.DENIED',
  'PAYMENT.CAPTURE.PENDING',
  'PAYMENT.CAPTURE.REFUNDED',
  'PAYMENT.CAPTURE.REVERSED',
] as const;

interface Webhook {
  readonly id: string;
  readonly url: string;
  readonly events: readonly string[];
}

const path = '/v1/notifications/webhooks';
const eventTypes = neededEvents.map((name) => ({ name }));

/** The credentials are accepted, and may read and register webhooks. */
export async function checkAccess(options: PaypalApiOptions): Promise<Result<void, ConnectRefusal>> {
  const listed = await listWebhooks(options);
  return listed.ok ? ok(undefined) : listed;
}

/** Registers the address, or brings what is registered for it up to date. The webhook's id is what deliveries are checked against. */
export async function registerWebhook(
  options: PaypalApiOptions,
  url: string,
): Promise<Result<{ readonly secret: string }, ConnectRefusal>> {
  const listed = await listWebhooks(options);
  if (!listed.ok) return listed;
  const known = listed.value.find((webhook) => webhook.url === url);
  if (known === undefined) {
    const created = await callPaypal(options, { method: 'POST', path, body: { url, event_types: eventTypes } });
    const webhook = readAnswer(created, readWebhook);
    return webhook.ok ? ok({ secret: webhook.value.id }) : webhook;
  }
  if (missingOf(known).length > 0) {
    const change = [{ op: 'replace', path: '/event_types', value: eventTypes }];
    const changed = await callPaypal(options, { method: 'PATCH', path: `${path}/${known.id}`, body: change });
    const webhook = readAnswer(changed, readWebhook);
    if (!webhook.ok) return webhook;
  }
  return ok({ secret: known.id });
}

export async function inspectWebhook(
  options: PaypalApiOptions,
  url: string,
): Promise<Result<WebhookRegistration, ConnectRefusal>> {
  const listed = await listWebhooks(options);
  if (!listed.ok) return listed;
  const known = listed.value.find((webhook) => webhook.url === url);
  if (known === undefined) return ok({ registered: false, enabled: false, missingEvents: [...neededEvents] });
  // PayPal's webhooks are deleted, and never paused.
  return ok({ registered: true, enabled: true, missingEvents: missingOf(known) });
}

function missingOf({ events }: Webhook): readonly string[] {
  return events.includes('*') ? [] : neededEvents.filter((name) => !events.includes(name));
}

async function listWebhooks(options: PaypalApiOptions): Promise<Result<readonly Webhook[], ConnectRefusal>> {
  return readAnswer(await callPaypal(options, { method: 'GET', path }), (body) =>
    listOf(fieldsOf(body, 'the list'), 'webhooks').map(readWebhook),
  );
}

/** The id becomes part of what a signature is checked against, and of a path. */
function readWebhook(value: unknown): Webhook {
  const webhook = fieldsOf(value, 'a webhook');
  const id = textOf(webhook, 'id');
  if (!/^[A-Za-z0-9]{1,50}$/.test(id)) throw new MalformedData('id is no id');
  const events = listOf(webhook, 'event_types').map((event) => recordOf(event).name);
  return { id, url: textOf(webhook, 'url'), events: events.filter((name) => typeof name === 'string') };
}

function readAnswer<T>(call: PaypalCall, read: (body: unknown) => T): Result<T, ConnectRefusal> {
  if (call.result === 'no-token') return err(call.why === 'refused' ? 'credentials-refused' : 'provider-unreachable');
  if (call.result !== 'answered' || call.status >= 500 || call.status === 429) return err('provider-unreachable');
  if (![200, 201].includes(call.status)) return err('credentials-refused');
  try {
    return ok(read(call.body));
  } catch (error) {
    if (error instanceof MalformedData) return err('provider-unreachable');
    throw error;
  }
}
