import { createHmac } from 'node:crypto';

import type { FakeDelivery } from '../fake-provider';
import type { Amount } from './books';

export interface Notification {
  readonly eventCode: string;
  readonly pspReference: string;
  readonly originalReference?: string;
  readonly merchantReference: string;
  readonly amount: Amount;
  readonly success: boolean;
  readonly reason?: string;
  readonly additionalData?: Readonly<Record<string, string>>;
}

export interface Webhook {
  readonly id: string;
  readonly url: string;
  readonly type: string;
  active: boolean;
  communicationFormat: string;
  includeEventCodes: readonly string[];
  hmacKey: string | undefined;
}

/** What is to be sent, until it is taken. */
export class Outbox {
  private readonly waiting: FakeDelivery[] = [];

  constructor(
    private readonly merchantAccount: string,
    private readonly now: () => Date,
    /** Adyen sends one item a delivery in JSON, and may send more in its other formats. */
    private readonly itemsPerDelivery: number,
  ) {}

  /** Queues notifications for every webhook that is there and active, each signed with its key. */
  tell(webhooks: readonly Webhook[], notifications: readonly Notification[]): void {
    for (const webhook of webhooks) {
      if (!webhook.active) continue;
      for (let from = 0; from < notifications.length; from += this.itemsPerDelivery) {
        const items = notifications.slice(from, from + this.itemsPerDelivery);
        this.waiting.push(this.delivery(webhook, items));
      }
    }
  }

  take(): readonly FakeDelivery[] {
    return this.waiting.splice(0);
  }

  private delivery({ url, hmacKey }: Webhook, notifications: readonly Notification[]): FakeDelivery {
    const notificationItems = notifications.map((each) => ({ NotificationRequestItem: this.item(each, hmacKey) }));
    const body = new TextEncoder().encode(JSON.stringify({ live: 'false', notificationItems }));
    return { url, headers: { 'content-type': 'application/json;charset=utf-8' }, body };
  }

  private item(notification: Notification, hmacKey: string | undefined): object {
    const { eventCode, pspReference, originalReference, merchantReference, amount, success, reason } = notification;
    const signed = [
      pspReference,
      originalReference ?? '',
      this.merchantAccount,
      merchantReference,
      String(amount.value),
      amount.currency,
      eventCode,
      String(success),
    ].join(':');
    const signature =
      hmacKey === undefined
        ? {}
        : { hmacSignature: createHmac('sha256', Buffer.from(hmacKey, 'hex')).update(signed, 'utf8').digest('base64') };
    return {
      additionalData: { ...notification.additionalData, ...signature },
      amount: { currency: amount.currency, value: amount.value },
      eventCode,
      eventDate: `${this.now().toISOString().slice(0, 19)}+00:00`,
      merchantAccountCode: this.merchantAccount,
      merchantReference,
      ...(originalReference === undefined ? {} : { originalReference }),
      paymentMethod: 'visa',
      pspReference,
      reason: reason ?? '',
      success: String(success),
    };
  }
}
