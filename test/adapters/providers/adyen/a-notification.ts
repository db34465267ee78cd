import { readSigned, signatureOf } from '../../../../lambdas/adapters/providers/adyen/adyen-signature';
import { adyenWebhookReader } from '../../../../lambdas/adapters/providers/adyen/adyen-webhook-reader';
import type { NormalisedEvent, RawDelivery } from '../../../../lambdas/domain/providers/provider';
import { deliveryOf, hmacKey, now } from './an-adyen';

export interface Item {
  readonly pspReference?: string;
  readonly originalReference?: string;
  readonly merchantAccountCode?: string;
  readonly merchantReference?: string;
  readonly amount?: { readonly value: number; readonly currency: string };
  readonly eventCode?: string;
  readonly success?: string;
  readonly [unsigned: string]: unknown;
}

export const paymentId = 'pay_00000000000000000001';
export const payment = `${paymentId}.op_00000000000000000001`;
export const operationId = 'op_00000000000000000002';
export const own = `${paymentId}.${operationId}`;
export const amount = { amount: 1130, currency: 'EUR' };

export const anItem = (overrides: Item = {}): Item => ({
  amount: { value: 1130, currency: 'EUR' },
  eventCode: 'CAPTURE',
  eventDate: '2026-01-31T12:00:00+00:00',
  merchantAccountCode: 'ShopECOM',
  merchantReference: `${own}.capture`,
  originalReference: 'QFQTPCQ800000001',
  operations: ['REFUND'],
  paymentMethod: 'visa',
  pspReference: 'QFQTPCQ800000002',
  reason: '',
  success: 'true',
  ...overrides,
});

export const sign = (item: Item, key = hmacKey) => ({
  NotificationRequestItem: {
    additionalData: { hmacSignature: signatureOf(readSigned(item), Buffer.from(key, 'hex')), expiryDate: '03/2030' },
    ...item,
  },
});

export const signed = (...items: readonly Item[]): RawDelivery =>
  deliveryOf({ live: 'false', notificationItems: items.map((item) => sign(item)) });

export const read = (delivery: RawDelivery, secrets: readonly string[] = [hmacKey], at = now) =>
  adyenWebhookReader.read(delivery, secrets, at.getTime());

export async function eventsOf(delivery: RawDelivery): Promise<readonly NormalisedEvent[]> {
  const result = await read(delivery);
  if (!result.ok) throw new Error(result.error);
  return result.value;
}

export const subjectOf = async (item: Item) => (await eventsOf(signed(anItem(item))))[0]?.subject;
