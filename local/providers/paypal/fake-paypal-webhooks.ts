import { randomUUID, sign } from 'node:crypto';
import { crc32 } from 'node:zlib';

import type { FakeDelivery } from '../fake-provider';
import { issueCertificate } from './test-certificates';
import type { IssuedCertificate } from './test-certificates';

/** PayPal's side of webhooks: events, and deliveries signed as PayPal documents it [PayPal: integrate webhooks]. */

export interface Signer {
  /** In PEM, for whoever is to trust the fake. */
  readonly root: string;
  /** What the fake serves at its certificate address: the signer's certificate, and the one between it and the root. */
  readonly chain: string;
  readonly certificate: IssuedCertificate;
}

export const certificatePath = '/v1/notifications/certs/CERT-360caa42-fca2a594-ab66f33d';
export const certificateUrl = `https://api.sandbox.paypal.com${certificatePath}`;

let signer: Signer | undefined;

/** One authority for all fakes of a process: keys take a while to make. */
export function testSigner(): Signer {
  if (signer !== undefined) return signer;
  const root = issueCertificate({ name: 'Test Root CA', isCa: true });
  const intermediate = issueCertificate({ name: 'Test Intermediate CA', isCa: true }, root);
  const certificate = issueCertificate({ name: 'messageverificationcerts.sandbox.paypal.com' }, intermediate);
  signer = { root: root.pem, chain: `${certificate.pem}${intermediate.pem}`, certificate };
  return signer;
}

export interface SentEvent {
  readonly eventType: string;
  readonly resourceType: string;
  readonly resource: object;
  readonly at: Date;
}

export interface Signing {
  readonly url: string;
  readonly webhookId: string;
  readonly at: Date;
  readonly transmissionId?: string;
  readonly signer?: Pick<IssuedCertificate, 'privateKey'>;
}

/** Signs a body for a webhook, at a time, as PayPal or whoever `signer` is. */
export function signDelivery(
  body: Uint8Array,
  { url, webhookId, at, transmissionId = randomUUID(), signer: by = testSigner().certificate }: Signing,
): FakeDelivery {
  const time = at.toISOString().replace(/\.\d+Z$/, 'Z');
  const text = `${transmissionId}|${time}|${webhookId}|${String(crc32(body))}`;
  return {
    url,
    body,
    headers: {
      'content-type': 'application/json',
      'paypal-auth-algo': 'SHA256withRSA',
      'paypal-auth-version': 'v2',
      'paypal-cert-url': certificateUrl,
      'paypal-transmission-id': transmissionId,
      'paypal-transmission-sig': sign('RSA-SHA256', Buffer.from(text), by.privateKey).toString('base64'),
      'paypal-transmission-time': time,
    },
  };
}

/** The envelope of an event. */
export function bodyOf({ eventType, resourceType, resource, at }: SentEvent, number: number): Uint8Array {
  const id = `WH-${String(number).padStart(17, '0')}-2D302714UJ2424530`;
  return Buffer.from(
    JSON.stringify({
      id,
      event_version: '1.0',
      create_time: at.toISOString(),
      resource_type: resourceType,
      resource_version: '2.0',
      event_type: eventType,
      summary: eventType,
      resource,
      links: [
        { href: `https://api.sandbox.paypal.com/v1/notifications/webhooks-events/${id}`, rel: 'self', method: 'GET' },
      ],
    }),
  );
}
