import { randomBytes } from 'node:crypto';

import { Webhook } from 'standardwebhooks';

import { deriveWebhookSecret } from '../../lambdas/domain/providers/create-connection';
import type { Effect, SandboxEvent } from '../../lambdas/sandbox/books';
import { signWebhook } from '../../lambdas/sandbox/webhook';
import type { ApiAnswer, Parsed, TestCloud } from './local-cloud';
import { must, newKey, type ConnectedTenant } from './people';
import { plant } from './planted';

/** What the provider did for a payment: the money that really moved. */
export async function effectsOf(
  cloud: TestCloud,
  tenant: ConnectedTenant,
  paymentId: string,
): Promise<readonly Effect[]> {
  const url = `${sandboxUrl(cloud)}/v1/effects?payment=${paymentId}`;
  const answer = await cloud.api().get(url, { authorization: `Bearer ${tenant.apiKey}` });
  return must(answer, 200).effects as readonly Effect[];
}

/** Has the sandbox pay out what is due to the tenant in US dollars; it sends the webhook itself. */
export async function payOut(cloud: TestCloud, tenant: ConnectedTenant): Promise<Parsed> {
  const headers = { authorization: `Bearer ${tenant.apiKey}`, ...newKey() };
  const answer = await cloud.api().post(`${urlOf(cloud, 'sandbox-provider')}/v1/payouts`, { currency: 'USD' }, headers);
  return must(answer, 200);
}

/** Where the sandbox is reached: its API, as the product's client uses it, and its dashboard. */
export function sandboxUrl(cloud: TestCloud): string {
  return urlOf(cloud, 'sandbox-provider');
}

export function webhookUrl(cloud: TestCloud, tenant: ConnectedTenant): string {
  return `${urlOf(cloud, 'webhook-ingest')}/${tenant.tenantId}/${tenant.connectionId}`;
}

export function webhookSecret({ tenantId, connectionId, apiKey }: ConnectedTenant): string {
  return plant('webhook secret', deriveWebhookSecret({ tenant: tenantId, connectionId, apiKey }));
}

/** News of the authorization of a payment, as the sandbox would tell it. */
export function anAuthorizationEvent(payment: Parsed, overrides: Partial<SandboxEvent> = {}): SandboxEvent {
  return {
    id: `evt_${randomBytes(12).toString('hex')}`,
    type: 'authorization.succeeded',
    occurredAt: new Date().toISOString(),
    payment: payment.id,
    operation: {
      id: payment.operations[0].id,
      kind: 'authorization',
      answer: { status: 'succeeded', reference: `auth_${randomBytes(8).toString('hex')}`, ...payment.amount },
    },
    ...overrides,
  };
}

/** News that the provider paid out a captured payment. */
export function aSettlementEvent(payment: Parsed): SandboxEvent {
  return {
    id: `evt_${randomBytes(12).toString('hex')}`,
    type: 'settlement.paid',
    occurredAt: new Date().toISOString(),
    payment: payment.id,
    settlement: { id: `po_${randomBytes(8).toString('hex')}`, ...payment.amount },
  };
}

/** Delivers an event to the product as the provider does, signed with the connection's secret. */
export async function deliver(cloud: TestCloud, tenant: ConnectedTenant, event: SandboxEvent): Promise<ApiAnswer> {
  const { headers, body } = signWebhook(event, webhookSecret(tenant), new Date());
  return cloud.api().request('POST', webhookUrl(cloud, tenant), body, headers);
}

/** Delivers several events in one delivery, so that they enter the queue together. */
export async function deliverTogether(
  cloud: TestCloud,
  tenant: ConnectedTenant,
  events: readonly SandboxEvent[],
): Promise<ApiAnswer> {
  const id = `msg_${randomBytes(12).toString('hex')}`;
  const now = new Date();
  const body = JSON.stringify({ events });
  return cloud.api().request('POST', webhookUrl(cloud, tenant), body, {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
    'webhook-signature': new Webhook(webhookSecret(tenant)).sign(id, now, body),
  });
}

function urlOf(cloud: TestCloud, name: string): string {
  const url = Object.entries(cloud.description.functionUrls ?? {}).find(([each]) => each.endsWith(`-${name}`))?.[1];
  if (url === undefined) throw new Error(`${name} has no Function URL`);
  return url;
}
