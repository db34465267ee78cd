import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { readSigned, signatureOf } from '../../../../lambdas/adapters/providers/adyen/adyen-signature';
import { adyenWebhookReader } from '../../../../lambdas/adapters/providers/adyen/adyen-webhook-reader';
import { reportedOf } from '../../../../lambdas/domain/payments';
import type { NormalisedEvent } from '../../../../lambdas/domain/providers/provider';
import { aStory, apply, paymentId } from './a-story';
import type { Story } from './a-story';
import { deliveryOf, hmacKey, now } from './an-adyen';

/** Adyen's own examples of its webhooks, where the public data lies beside the repository. */
const file = join(__dirname, '../../../../../shared/fixtures/adyen/Webhooks-v1.json');

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

const fieldsAt = (value: unknown, ...path: readonly string[]): Fields => {
  const found = path.reduce<unknown>((at, name) => (isFields(at) ? at[name] : undefined), value);
  return isFields(found) ? found : {};
};

/** Items of the standard webhook; the examples of two other kinds of webhook have another form altogether. */
function examplesIn(document: unknown): readonly Fields[] {
  return Object.values(fieldsAt(document, 'components', 'examples')).flatMap((example) => {
    const items = fieldsAt(example, 'value').notificationItems;
    return Array.isArray(items) ? items.map((item: unknown) => fieldsAt(item, 'NotificationRequestItem')) : [];
  });
}

/** What each comes to under a reference of ours; what is missing here is knowingly ignored. */
const meant: Readonly<
  Record<string, { readonly purpose: string; readonly subject: string; readonly change?: object }>
> = {
  AUTHORISATION: {
    purpose: 'op_00000000000000000001.sale',
    subject: 'operation',
    change: { authorized: 1000, captured: 1000 },
  },
  CANCELLATION: { purpose: 'op_00000000000000000001.authorize', subject: 'external-operation' },
  CANCEL_OR_REFUND: { purpose: 'op_00000000000000000001.sale', subject: 'unreadable' },
  CAPTURE: { purpose: 'op_00000000000000000001.sale', subject: 'other' },
  CAPTURE_FAILED: {
    purpose: 'op_00000000000000000001.sale',
    subject: 'operation',
    change: { authorized: 0, captured: 0 },
  },
  CHARGEBACK: { purpose: 'op_00000000000000000001.sale', subject: 'dispute', change: { disputed: 1000 } },
  CHARGEBACK_REVERSED: { purpose: 'op_00000000000000000001.sale', subject: 'dispute', change: { disputed: 0 } },
  EXPIRE: { purpose: 'op_00000000000000000001.sale', subject: 'expiry' },
  ISSUER_RESPONSE_TIMEFRAME_EXPIRED: {
    purpose: 'op_00000000000000000001.sale',
    subject: 'dispute',
    change: { disputed: 0 },
  },
  NOTIFICATION_OF_CHARGEBACK: { purpose: 'op_00000000000000000001.sale', subject: 'dispute', change: { disputed: 0 } },
  PREARBITRATION_LOST: { purpose: 'op_00000000000000000001.sale', subject: 'dispute', change: { disputed: 1000 } },
  PREARBITRATION_WON: { purpose: 'op_00000000000000000001.sale', subject: 'dispute', change: { disputed: 0 } },
  REFUND: { purpose: 'op_00000000000000000001.sale', subject: 'external-operation', change: { refunded: 0 } },
  REFUNDED_REVERSED: {
    purpose: 'op_00000000000000000001.sale',
    subject: 'external-operation',
    change: { refunded: 0 },
  },
  REFUND_FAILED: { purpose: 'op_00000000000000000001.sale', subject: 'external-operation', change: { refunded: 0 } },
  REQUEST_FOR_INFORMATION: { purpose: 'op_00000000000000000001.sale', subject: 'dispute', change: { disputed: 0 } },
  SECOND_CHARGEBACK: { purpose: 'op_00000000000000000001.sale', subject: 'dispute', change: { disputed: 1000 } },
  TECHNICAL_CANCEL: { purpose: 'op_00000000000000000001.authorize', subject: 'external-operation' },
};

async function readItem(item: Fields): Promise<NormalisedEvent | undefined> {
  const additionalData = {
    ...fieldsAt(item, 'additionalData'),
    hmacSignature: signatureOf(readSigned(item), Buffer.from(hmacKey, 'hex')),
  };
  const delivery = deliveryOf({
    live: 'false',
    notificationItems: [{ NotificationRequestItem: { ...item, additionalData } }],
  });
  const result = await adyenWebhookReader.read(delivery, [hmacKey], now.getTime());
  return result.ok ? result.value[0] : undefined;
}

const present = existsSync(file);
const title = present ? 'Adyen’s examples' : 'Adyen’s examples (skipped: ../shared/fixtures/adyen is not there)';

(present ? describe : describe.skip)(title, () => {
  const examples = present ? examplesIn(JSON.parse(readFileSync(file, 'utf8'))) : [];
  let story: Story;

  beforeEach(async () => {
    story = await aStory('EUR');
    await story.authorize('automatic', 1000);
  });

  test('are there, and hold every event that is acted on and exemplified', () => {
    const codes = new Set(examples.map(({ eventCode }) => eventCode));
    expect(codes.size).toBeGreaterThan(35);
    expect(Object.keys(meant).filter((code) => !codes.has(code))).toEqual([]);
  });

  test('about payments of others are genuine, and no concern of ours', async () => {
    for (const example of examples) {
      const event = await readItem(example);
      expect([example.eventCode, event?.eventType, event?.subject.type]).toEqual([
        example.eventCode,
        example.eventCode,
        'other',
      ]);
    }
  });

  test('about a payment of ours are applied, or knowingly ignored', async () => {
    for (const example of examples) {
      const code = String(example.eventCode);
      const { purpose, subject, change } = meant[code] ?? { purpose: 'op_00000000000000000001.sale', subject: 'other' };
      const amount = { currency: 'EUR', value: 1000 };
      const event = await readItem({ ...example, amount, merchantReference: `${paymentId}.${purpose}` });
      expect([code, event?.subject.type]).toEqual([code, subject]);
      const after = apply(story.payment(), [event!]);
      if (change !== undefined) expect([code, reportedOf(after)]).toMatchObject([code, change]);
      if (subject === 'other') expect(after).toEqual(story.payment());
    }
  });

  test('of other kinds of webhook are not taken for payments', async () => {
    const document: unknown = JSON.parse(readFileSync(file, 'utf8'));
    const others = Object.values(fieldsAt(document, 'components', 'examples'))
      .map((example) => fieldsAt(example, 'value'))
      .filter((value) => !Array.isArray(value.notificationItems));
    expect(others.length).toBeGreaterThan(0);
    for (const other of others) {
      const read = await adyenWebhookReader.read(deliveryOf(other), [hmacKey], now.getTime());
      expect(read).toEqual({ ok: false, error: 'signature-missing' });
    }
  });
});
