import { generateKeyPairSync } from 'node:crypto';
import { crc32 } from 'node:zlib';

import { newPaypalWebhookReader } from '../../../../lambdas/adapters/providers/paypal/paypal-webhook-reader';
import type { RawDelivery } from '../../../../lambdas/domain/providers/provider';
import { certificateUrl, signDelivery, testSigner } from '../../../../local/providers/paypal/fake-paypal-webhooks';
import { issueCertificate } from '../../../../local/providers/paypal/test-certificates';
import type { CertificateRequest } from '../../../../local/providers/paypal/test-certificates';
import { otherWebhookId, webhookId } from './paypal-world';

const now = new Date('2026-01-31T12:00:00Z');
const url = 'https://webhooks.example/ten_1/con_1';
const signer = testSigner();
const body = Buffer.from(
  JSON.stringify({
    id: 'WH-1',
    create_time: '2026-01-31T11:59:58.123Z',
    event_type: 'PAYMENT.CAPTURE.COMPLETED',
    resource: {
      id: 'CAP1',
      status: 'COMPLETED',
      amount: { currency_code: 'USD', value: '10.00' },
      custom_id: 'pay_1.op_1',
      supplementary_data: { related_ids: { order_id: 'ORD1' } },
    },
  }),
);
const genuine = signDelivery(body, { url, webhookId, at: now, transmissionId: '69cd13f0-d67a-11e5-baa3-778b53f4ae55' });

const serving =
  (text: string, status = 200): typeof fetch =>
  async () =>
    new Response(text, { status });

const readerOf = (fetch: typeof globalThis.fetch = serving(signer.chain)) =>
  newPaypalWebhookReader({ fetch, roots: [signer.root] });

const reader = readerOf();
const read = (delivery: RawDelivery, secrets: readonly string[] = [webhookId], at = now, from = reader) =>
  from.read(delivery, secrets, at.getTime());
const withHeader = (name: string, value: string | undefined): RawDelivery => ({
  ...genuine,
  headers: { ...genuine.headers, [name]: value },
});
const wrong = { ok: false, error: 'signature-wrong' };

describe("PayPal's signature", () => {
  test('is believed on a genuine delivery', async () => {
    const result = await read(genuine);
    expect(result.ok && result.value.map(({ subject }) => subject.type)).toEqual(['operation', 'settlement']);
  });

  test.each([
    'paypal-transmission-id',
    'paypal-transmission-time',
    'paypal-transmission-sig',
    'paypal-cert-url',
    'paypal-auth-algo',
  ])('is refused when any byte of %s differs, or it is cut short or missing', async (name) => {
    const value = genuine.headers[name]!;
    // Another certificate's address is one of PayPal's, too: there is none behind it.
    const from = name === 'paypal-cert-url' ? readerOf(serving('{}', 404)) : reader;
    for (let index = 0; index < value.length; index += 1) {
      for (const bit of [1, 2, 4]) {
        const changed = String.fromCharCode(value.charCodeAt(index) ^ bit);
        const mutated = withHeader(name, `${value.slice(0, index)}${changed}${value.slice(index + 1)}`);
        expect((await read(mutated, [webhookId], now, from)).ok).toBe(false);
      }
      expect((await read(withHeader(name, value.slice(0, index)), [webhookId], now, from)).ok).toBe(false);
    }
    expect(await read(withHeader(name, undefined))).toEqual({ ok: false, error: 'signature-missing' });
  });

  test('is refused when any byte of the body differs or is missing', async () => {
    for (let index = 0; index < body.length; index += 1) {
      for (const bit of [1, 32, 128]) {
        const mutated = Uint8Array.from(body);
        mutated[index] = mutated[index]! ^ bit;
        expect(await read({ ...genuine, body: mutated })).toEqual(wrong);
      }
      expect(await read({ ...genuine, body: body.subarray(0, index) })).toEqual(wrong);
    }
  });

  test('is bound to the webhook, of which several may be valid', async () => {
    expect(await read(genuine, [otherWebhookId])).toEqual(wrong);
    expect(await read(genuine, [])).toEqual(wrong);
    expect((await read(genuine, [otherWebhookId, webhookId])).ok).toBe(true);
  });

  test('is not believed for the name that the simulator signs for, nor with one that holds a separator', async () => {
    const simulated = signDelivery(body, { url, webhookId: 'WEBHOOK_ID', at: now });
    expect(await read(simulated, ['WEBHOOK_ID'])).toEqual(wrong);
    const shifted = signDelivery(body, { url, webhookId: `x|${webhookId}`, at: now });
    expect(await read(shifted, [`x|${webhookId}`])).toEqual(wrong);
  });

  test.each([
    [-301, 'stale'],
    [301, 'from the future'],
  ])('is refused %i seconds from now: %s', async (seconds) => {
    const late = new Date(now.getTime() - seconds * 1000);
    expect(await read(genuine, [webhookId], late)).toEqual({ ok: false, error: 'timestamp-outside-tolerance' });
    const within = new Date(now.getTime() - Math.sign(seconds) * 300_000);
    expect((await read(genuine, [webhookId], within)).ok).toBe(true);
  });

  test('is refused with a time that is none, and in another spelling of the same bytes', async () => {
    for (const time of ['2026-13-45T99:99:99Z', '1769860800', '2026-01-31 12:00:00', '2026-01-31T12:00:00+00:00']) {
      expect((await read(withHeader('paypal-transmission-time', time))).ok).toBe(false);
    }
    const signature = genuine.headers['paypal-transmission-sig']!;
    for (const respelt of [
      `${signature}\n`,
      ` ${signature}`,
      signature.replace(/=+$/, ''),
      signature.replace(/\//g, '_'),
    ]) {
      if (respelt !== signature) expect(await read(withHeader('paypal-transmission-sig', respelt))).toEqual(wrong);
    }
  });
});

describe("PayPal's certificate", () => {
  const asked: string[] = [];
  const counting: typeof fetch = async (input) => {
    asked.push(input instanceof Request ? input.url : String(input));
    return new Response(signer.chain);
  };

  beforeEach(() => (asked.length = 0));

  test.each([
    'http://api.paypal.com/v1/notifications/certs/CERT-1',
    'https://api.paypal.com.evil.example/v1/notifications/certs/CERT-1',
    'https://evil.example/v1/notifications/certs/CERT-1',
    'https://www.paypal.com/v1/notifications/certs/CERT-1',
    'https://api.paypal.com@evil.example/v1/notifications/certs/CERT-1',
    'https://api.paypal.com:8443/v1/notifications/certs/CERT-1',
    'https://api.paypal.com/v1/notifications/certs/../../../CERT-1',
    'https://api.paypal.com/v1/notifications/certs/CERT-1?x=1',
    'https://api.paypal.com/v1/notifications/certs/CERT-1#x',
    'https://api.paypal.com/v1/notifications/certs/CERT-1/x',
    'https://API.paypal.com/v1/notifications/certs/CERT-1',
    'file:///etc/passwd',
    '',
  ])('is not fetched from %s', async (address) => {
    expect(await read(withHeader('paypal-cert-url', address), [webhookId], now, readerOf(counting))).toEqual(wrong);
    expect(asked).toEqual([]);
  });

  test('is fetched once, from the four hosts of PayPal, without following a redirect', async () => {
    const hosts = ['api.paypal.com', 'api-m.paypal.com', 'api.sandbox.paypal.com', 'api-m.sandbox.paypal.com'];
    const inits: (RequestInit | undefined)[] = [];
    const from = readerOf((input, init) => {
      inits.push(init);
      return counting(input, init);
    });
    for (const host of [...hosts, ...hosts]) {
      const address = `https://${host}/v1/notifications/certs/CERT-360caa42-fca2a594`;
      expect((await read(withHeader('paypal-cert-url', address), [webhookId], now, from)).ok).toBe(true);
    }
    expect(asked).toHaveLength(4);
    expect(inits.every((init) => init?.redirect === 'error' && init.signal !== undefined)).toBe(true);
  });

  /** The keys of a certificate say nothing of who holds it, so that one pair does for all. */
  const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });

  /** A reader that is served the chain of a certificate made so, signed deliveries of that certificate. */
  const verdictOn = async (
    request: Partial<CertificateRequest>,
    issuerRequest: Partial<CertificateRequest> = {},
    at = now,
  ) => {
    const root = issueCertificate({ name: 'Another Root CA', isCa: true, keys, ...issuerRequest });
    const own = request.bits === undefined ? { keys } : {};
    const certificate = issueCertificate({ name: 'messageverificationcerts.paypal.com', ...own, ...request }, root);
    const from = newPaypalWebhookReader({ fetch: serving(certificate.pem), roots: [root.pem] });
    const delivery = signDelivery(body, { url, webhookId, at, signer: certificate });
    return read(delivery, [webhookId], at, from);
  };

  test('is believed when it is made out to PayPal, by its name or as one of its hosts', async () => {
    expect((await verdictOn({})).ok).toBe(true);
    expect((await verdictOn({ name: 'PayPal', hosts: ['messageverificationcerts.paypal.com'] })).ok).toBe(true);
  });

  test.each([
    ['made out to somebody else', { name: 'www.paypal.com' }],
    ['made out to a name that only resembles', { name: 'messageverificationcerts.paypal.com.evil.example' }],
    ['made out to a wildcard', { name: 'PayPal', hosts: ['*.paypal.com'] }],
    ['expired', { notAfter: new Date('2026-01-31T11:59:59Z') }],
    ['not valid yet', { notBefore: new Date('2026-01-31T12:00:01Z') }],
    ["an authority's own", { isCa: true }],
    ['of a short key', { bits: 1024 }],
  ])('is refused when it is %s', async (_, request) => {
    expect(await verdictOn(request)).toEqual(wrong);
  });

  test('is refused when its issuer is no authority or has expired', async () => {
    expect(await verdictOn({}, { isCa: false })).toEqual(wrong);
    expect(await verdictOn({}, { notAfter: new Date('2026-01-31T11:00:00Z') })).toEqual(wrong);
  });

  test('is refused when it leads to no root that we trust, of the right name or not', async () => {
    const impostor = issueCertificate({ name: 'Test Root CA', isCa: true, keys });
    const forged = issueCertificate({ name: 'messageverificationcerts.paypal.com', keys }, impostor);
    const selfSigned = issueCertificate({ name: 'messageverificationcerts.paypal.com', keys });
    for (const certificate of [forged, selfSigned]) {
      const delivery = signDelivery(body, { url, webhookId, at: now, signer: certificate });
      const from = readerOf(serving(`${certificate.pem}${impostor.pem}`));
      expect(await read(delivery, [webhookId], now, from)).toEqual(wrong);
    }
    // The chain that is served is not trusted by being there: without the one between, nothing leads to the root.
    expect(await read(genuine, [webhookId], now, readerOf(serving(signer.certificate.pem)))).toEqual(wrong);
  });

  test('is asked for its validity at every use, also from memory', async () => {
    const end = new Date('2049-12-31T00:00:00Z');
    const after = new Date(end.getTime() + 1000);
    const from = readerOf(counting);
    expect((await read(signDelivery(body, { url, webhookId, at: end }), [webhookId], end, from)).ok).toBe(true);
    expect(await read(signDelivery(body, { url, webhookId, at: after }), [webhookId], after, from)).toEqual(wrong);
  });

  test.each([
    ['PayPal fails', serving('', 503)],
    ['PayPal is busy', serving('', 429)],
    ['nobody answers', () => Promise.reject(new TypeError('fetch failed'))],
  ])('leaves the delivery to be sent again when %s', async (_, fetch) => {
    expect(await read(genuine, [webhookId], now, readerOf(fetch))).toEqual({
      ok: false,
      error: 'verification-unavailable',
    });
  });

  test.each([
    ['missing', serving('', 404)],
    ['no certificate', serving('<html>')],
    ['broken', serving(signer.chain.replace(/MII/, 'AAA'))],
    ['endless', serving('-'.repeat(70_000))],
  ])('is refused when it is %s', async (_, fetch) => {
    expect(await read(genuine, [webhookId], now, readerOf(fetch))).toEqual(wrong);
  });

  test('is fetched only while that is allowed, and what is known stays believed', async () => {
    const from = readerOf(counting);
    let allowed = 3;
    const mayFetch = () => (allowed -= 1) >= 0;
    expect((await from.read(genuine, [webhookId], now.getTime(), mayFetch)).ok).toBe(true);
    for (let count = 0; count < 50; count += 1) {
      const forged = withHeader('paypal-cert-url', `${certificateUrl}${String(count)}`);
      const verdict = await from.read(forged, [otherWebhookId], now.getTime(), mayFetch);
      expect(verdict).toEqual(count < 2 ? wrong : { ok: false, error: 'unverifiable' });
    }
    expect(asked).toHaveLength(3);
    expect((await from.read(genuine, [webhookId], now.getTime(), mayFetch)).ok).toBe(true);
  });

  test('is fetched from where a fake stands in for PayPal, and must be named as one of PayPal all the same', async () => {
    const asked: string[] = [];
    const fetch: typeof globalThis.fetch = (input, ...rest) => {
      asked.push(new URL(input instanceof Request ? input.url : input).href);
      return serving(signer.chain)(input, ...rest);
    };
    const from = newPaypalWebhookReader({ fetch, roots: [signer.root], baseUrl: 'http://127.0.0.1:4100' });
    expect((await read(genuine, [webhookId], now, from)).ok).toBe(true);
    const path = new URL(certificateUrl).pathname;
    const elsewhere = withHeader('paypal-cert-url', `http://127.0.0.1:4100${path}`);
    expect(await read(elsewhere, [webhookId], now, from)).toEqual(wrong);
    expect(asked).toEqual([`http://127.0.0.1:4100${path}`]);
  });

  test('that is none is not asked for again within a minute', async () => {
    let asked = 0;
    const from = readerOf((...given) => ((asked += 1), serving('', 404)(...given)));
    for (const later of [0, 59_999, 60_000]) {
      const at = new Date(now.getTime() + later);
      expect(await read(genuine, [webhookId], at, from)).toEqual(wrong);
    }
    expect(asked).toBe(2);
  });
});

describe('a body that is made to fit a signature', () => {
  /** CRC-32 is linear: of enough blanks that may be tabs, some choice gives any checksum. */
  const fitting = (text: string, checksum: number): Buffer => {
    const base = Buffer.from(`${text}${' '.repeat(64)}`);
    const start = base.length - 64;
    const effects = Array.from({ length: 64 }, (_, index) => {
      const flipped = Buffer.from(base);
      flipped[start + index] = 0x09;
      return { effect: (crc32(flipped) ^ crc32(base)) >>> 0, choice: 1n << BigInt(index) };
    });
    let wanted = (crc32(base) ^ checksum) >>> 0;
    let chosen = 0n;
    for (let bit = 31; bit >= 0; bit -= 1) {
      const mask = (1 << bit) >>> 0;
      const pivot = effects.findIndex(({ effect }) => (effect & mask) !== 0);
      if (pivot < 0) continue;
      const [{ effect, choice }] = effects.splice(pivot, 1) as [(typeof effects)[number]];
      for (const other of effects) {
        if ((other.effect & mask) !== 0)
          Object.assign(other, { effect: (other.effect ^ effect) >>> 0, choice: other.choice ^ choice });
      }
      if ((wanted & mask) !== 0) [wanted, chosen] = [(wanted ^ effect) >>> 0, chosen ^ choice];
    }
    for (let index = 0; index < 64; index += 1) if ((chosen >> BigInt(index)) & 1n) base[start + index] = 0x09;
    return base;
  };

  test('is a second delivery of what was delivered, and no new event', async () => {
    const told = body.toString().replace('10.00', '99.00').replaceAll('CAP1', 'CAP2');
    const forged = fitting(told, crc32(body));
    expect(forged.equals(body)).toBe(false);
    // PayPal's scheme cannot tell the two apart …
    const [first, second] = [await read(genuine), await read({ ...genuine, body: forged })];
    if (!first.ok || !second.ok) throw new Error('the checksum does not fit');
    expect(second.value[0]!.subject).toMatchObject({ outcome: { amount: { amount: 9900 } } });
    // … and what was kept of the first is kept in the place of the second.
    expect(second.value.map(({ eventKey }) => eventKey)).toEqual(first.value.map(({ eventKey }) => eventKey));
  });

  test('finds no key free, whatever the genuine delivery was about', async () => {
    const quiet = Buffer.from(JSON.stringify({ event_type: 'X', create_time: '2026-01-31T12:00:00Z', resource: {} }));
    const result = await read(signDelivery(quiet, { url, webhookId, at: now, transmissionId: 'abc' }));
    expect(result.ok && result.value.map(({ eventKey, subject }) => [eventKey, subject.type])).toEqual([
      ['abc', 'other'],
      ['abc.settlement', 'other'],
    ]);
  });
});
