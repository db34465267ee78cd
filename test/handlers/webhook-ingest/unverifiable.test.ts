import type { WebhookReader } from '../../../lambdas/domain/providers/provider';
import { err, ok } from '../../../lambdas/kernel/result';
import { connectionId, tenant } from '../../domain/payments/a-payment';
import { aDelivery, anIngest, unreadable } from './an-ingest';

const other = 'con_0000000000000000000b';
const slot = { version: 1, data: { provider: 'paypal', status: 'active', displayName: 'PayPal' } };
const slots = { [`connection#${connectionId}`]: slot, [`connection#${other}`]: slot };

/** What a genuine delivery is verified by is at hand once it was fetched; what a forged one names turns out to be nothing. */
function anIngestThatFetches(given: Parameters<typeof anIngest>[0] = {}) {
  const known = new Map<string, boolean>();
  let fetches = 0;
  const reader: WebhookReader['read'] = async ({ headers }, _secrets, _nowMs, mayFetch = () => true) => {
    const certificate = headers.certificate ?? '';
    if (!known.has(certificate)) {
      if (!mayFetch()) return err('unverifiable');
      fetches += 1;
      known.set(certificate, certificate.startsWith('genuine'));
    }
    return known.get(certificate) === true
      ? ok([{ ...unreadable, subject: { type: 'other' } }])
      : err('signature-wrong');
  };
  const ingest = anIngest({ slots, reader, ...given });
  const send = async (certificate: string, from: { sourceIp?: string; path?: string } = {}) =>
    (await ingest.receive(aDelivery({ headers: { certificate }, ...from }))).statusCode;
  return { ...ingest, send, fetches: () => fetches };
}

describe('a delivery for whose verification something must be fetched', () => {
  test('is unverifiable beyond three of an address, which fails nothing and pages nobody; a minute allows three more', async () => {
    const { send, fetches, advance, telemetry } = anIngestThatFetches();
    for (let minute = 0; minute < 2; minute += 1) {
      const answers = [];
      for (let count = 0; count < 6; count += 1) answers.push(await send(`forged ${String(minute)} ${String(count)}`));
      expect(answers).toEqual([401, 401, 401, 429, 429, 429]);
      expect(fetches()).toBe(3 * (minute + 1));
      advance(60_000);
    }
    expect(new Set(telemetry.counted)).toEqual(new Set(['WebhookSignatureRejected', 'RateLimited']));
    expect(JSON.stringify(telemetry.lines)).toContain('unverifiable');
  });

  test('is taken from another address, and by another connection, whatever one address forges', async () => {
    const { send } = anIngestThatFetches();
    for (let count = 0; count < 30; count += 1) await send(`forged ${String(count)}`);
    expect(await send('genuine 1')).toBe(429);
    expect(await send('genuine 1', { path: `/${tenant}/${other}` })).toBe(200);
    expect(await send('genuine 2', { sourceIp: '203.0.113.9' })).toBe(200);
    // At hand by now: fetched once, believed from everywhere.
    expect(await send('genuine 1')).toBe(200);
  });

  test('is fetched for twenty times a connection, from however many addresses; others lose nothing, and repetitions get in', async () => {
    const { send, fetches, advance } = anIngestThatFetches();
    const from = (count: number) => ({ sourceIp: `2001:db8:0:${String(count)}::1` });
    for (let count = 0; count < 40; count += 1) await send(`forged ${String(count)}`, from(count));
    expect(fetches()).toBe(20);
    expect(await send('genuine 1', from(99))).toBe(429);
    expect(await send('genuine 2', { ...from(99), path: `/${tenant}/${other}` })).toBe(200);
    advance(60_000);
    expect(await send('genuine 1', from(99))).toBe(200);
  });

  test('is fetched for three times a /64 of IPv6, which is one sender with as many addresses as he likes', async () => {
    const { send, fetches } = anIngestThatFetches();
    const from = (count: number) => ({ sourceIp: `2001:db8:0:1::${count.toString(16)}` });
    for (let count = 0; count < 40; count += 1) await send(`forged ${String(count)}`, from(count));
    expect(fetches()).toBe(3);
    expect(await send('genuine 1', { sourceIp: '2001:db8:0:2::1' })).toBe(200);
  });

  test('is not fetched for an address over its limit of bad signatures, and what is at hand passes from there', async () => {
    const { send, fetches } = anIngestThatFetches({ admitted: false });
    expect(await send('genuine 1')).toBe(200);
    expect(await send('forged 1')).toBe(429);
    expect(fetches()).toBe(2);
    expect(await send('forged 2')).toBe(429);
    expect(await send('genuine 1')).toBe(200);
    expect(fetches()).toBe(2);
  });
});
