import type { NormalisedEvent, RawDelivery, WebhookReader, WebhookRefusal } from '../../../domain/providers/provider';
import { err } from '../../../kernel/result';
import type { Result } from '../../../kernel/result';
import { fieldsOf, listOf, MalformedData } from '../../reading';
import type { Fields } from '../../reading';
import { parseJsonBody, readEach } from '../reading-events';
import { eventKeyOf, normalise, testReference } from './adyen-events';
import { hmacKeysOf, readSigned, signatureOf, verifyItem } from './adyen-signature';

const maxItems = 200;

/**
 * Reads Adyen's standard webhooks in JSON. The signature is over eight fields of each item and stands inside the body, so that it
 * must be parsed to be verified; nothing is believed before. One item that is not genuine spoils the delivery: Adyen would not have
 * sent it so.
 *
 * Adyen signs no time. A delivery that was kept and is sent again years later is genuine; it is a duplicate, known by its key.
 */
export const adyenWebhookReader: WebhookReader = {
  provider: 'adyen',
  read: (delivery, secrets) => Promise.resolve(read(delivery, secrets)),
  signTest,
};

function read({ body }: RawDelivery, secrets: readonly string[]): Result<readonly NormalisedEvent[], WebhookRefusal> {
  const keys = hmacKeysOf(secrets);
  try {
    const items = itemsOf(parseJsonBody(body));
    const verdicts = items.map((item) => verifyItem(item, keys));
    if (verdicts.includes('signature-missing')) return err('signature-missing');
    if (verdicts.includes('signature-wrong')) return err('signature-wrong');
    // From here on only what is signed is looked at.
    return readEach(() => items, {
      keyOf: (item) => eventKeyOf(readSigned(fieldsOf(item, 'an item'))),
      normalise: (item) => normalise(readSigned(fieldsOf(item, 'an item'))),
    });
  } catch (error) {
    // Nothing of it was signed: whoever sent it is a stranger, and no genuine delivery was lost.
    if (error instanceof MalformedData) return err('signature-missing');
    throw error;
  }
}

function itemsOf(document: unknown): readonly Fields[] {
  const items = listOf(fieldsOf(document, 'the delivery'), 'notificationItems');
  if (items.length === 0 || items.length > maxItems) throw new MalformedData('notificationItems has no fit length');
  return items.map((item) => fieldsOf(fieldsOf(item, 'an item').NotificationRequestItem, 'NotificationRequestItem'));
}

/** Throws on a secret that is no HMAC key of Adyen's: it must never have been stored. */
function signTest(testId: string, secret: string, now: Date): RawDelivery {
  const [key] = hmacKeysOf([secret]);
  if (key === undefined) throw new Error('the webhook secret is no HMAC key');
  const item = {
    amount: { currency: 'EUR', value: 0 },
    eventCode: 'AUTHORISATION',
    eventDate: now.toISOString(),
    merchantAccountCode: 'test',
    merchantReference: testReference(testId),
    pspReference: 'TEST',
    success: 'true',
  };
  const hmacSignature = signatureOf(readSigned(item), key);
  const NotificationRequestItem = { additionalData: { hmacSignature }, ...item };
  const document = { live: 'false', notificationItems: [{ NotificationRequestItem }] };
  return {
    headers: { 'content-type': 'application/json' },
    body: new TextEncoder().encode(JSON.stringify(document)),
  };
}
