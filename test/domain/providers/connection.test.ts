import * as fc from 'fast-check';

import { chooseConnection, connectionEntity, connectionStream } from '../../../lambdas/domain/providers';
import type { Connection, ConnectionEvent } from '../../../lambdas/domain/providers';
import { isWebhookSecret, modeOf, readCredentials } from '../../../lambdas/domain/providers/credentials';
import { webhookSetupOf } from '../../../lambdas/domain/providers/webhook-setup';
import type { ViewSlots } from '../../../lambdas/kernel/views';

const stream = connectionStream('ten_0000000000000000000a', 'con_0000000000000000000a');

function fold(...events: readonly ConnectionEvent[]): Connection {
  const state = events.reduce<Connection | undefined>(
    (known, event, index) =>
      connectionEntity.evolve(known, connectionEntity.parseEvent(event), {
        version: index + 1,
        at: new Date(Date.UTC(2026, 0, 1, 0, index)).toISOString(),
        commandKey: `k${String(index)}`,
        stream,
      }),
    undefined,
  );
  if (state === undefined) throw new Error('no events');
  return state;
}

const requested = { type: 'ConnectionRequested', data: { provider: 'stripe', displayName: 'S' } } as const;
const activated = { type: 'ConnectionActivated', data: { registration: 'registered', signing: 'ready' } } as const;
const gateOf = (connection: Connection): ViewSlots =>
  Object.fromEntries(
    (connectionEntity.immediateViews?.(connection, { stream, version: 1 }) ?? []).flatMap((view) =>
      view.type === 'slot' ? [[view.slot, { version: 1, data: { ...view.data } }]] : [],
    ),
  );

describe('a connection', () => {
  test('that began before requests were events of their own is active as it was', () => {
    const old = fold({ type: 'ConnectionCreated', data: { provider: 'sandbox', displayName: 'S' } });
    expect(old).toMatchObject({ status: 'active', webhooks: { registration: 'registered', signing: 'ready' } });
    expect(chooseConnection(gateOf(old), undefined)).toMatchObject({ ok: true, value: { provider: 'sandbox' } });
  });

  test('takes payments only while it is active, whatever else happens to it', () => {
    const change: fc.Arbitrary<ConnectionEvent> = fc.constantFrom<ConnectionEvent[]>(
      { type: 'ConnectionStatusChanged', data: { status: 'disabled' } },
      { type: 'ConnectionStatusChanged', data: { status: 'active' } },
      { type: 'ConnectionRenamed', data: { displayName: 'T' } },
      { type: 'SecretChangeRequested', data: { change: 'credentials' } },
      { type: 'WorkResumed', data: {} },
      { type: 'WorkStopped', data: { reason: 'interrupted' } },
      { type: 'CredentialsReplaced', data: { registration: 'manual', signing: 'missing' } },
      { type: 'WebhookSigningRotated', data: {} },
      { type: 'ConnectionTested', data: { testId: 't', credentials: 'refused' } },
      { type: 'WebhookTestReceived', data: { testId: 't' } },
    );
    fc.assert(
      fc.property(fc.array(change, { maxLength: 12 }), (changes) => {
        const connection = fold(requested, activated, ...changes);
        const last = changes.findLast(({ type }) => type === 'ConnectionStatusChanged');
        const isOpen = last?.type !== 'ConnectionStatusChanged' || last.data.status === 'active';
        expect(chooseConnection(gateOf(connection), undefined).ok).toBe(isOpen);
        expect(chooseConnection(gateOf(connection), connection.id).ok).toBe(isOpen);
      }),
    );
  });

  test('is not in the gate before it is active, nor when it never will be', () => {
    const failed = fold(requested, { type: 'ConnectionFailed', data: { reason: 'credentials-refused' } });
    for (const connection of [fold(requested), failed]) {
      expect(chooseConnection(gateOf(connection), connection.id)).toEqual({ ok: false, error: 'connection-not-found' });
    }
    expect(failed.status).toBe('failed');
  });

  test('hears nothing of a test that is not its latest', () => {
    const tested = (testId: string) =>
      ({ type: 'ConnectionTested', data: { testId, credentials: 'accepted' } }) as const;
    const connection = fold(requested, activated, tested('a'), tested('b'), {
      type: 'WebhookTestReceived',
      data: { testId: 'a' },
    });
    expect(connection.test).toMatchObject({ testId: 'b' });
    expect(connection.test?.passedAt).toBeUndefined();
  });

  test('shows the steps at the provider for what is missing, and nothing where nothing is', () => {
    const url = 'https://hooks.example/t/c';
    expect(webhookSetupOf(fold(requested, activated), url)).toEqual([]);
    for (const provider of ['sandbox', 'stripe', 'adyen', 'paypal'] as const) {
      const manual = fold(
        { ...requested, data: { ...requested.data, provider } },
        { type: 'ConnectionActivated', data: { registration: 'manual', signing: 'missing' } },
      );
      const steps = webhookSetupOf(manual, url).join('\n');
      expect(steps).toContain(url);
      expect(steps).toContain('rotate-webhook-secret');
    }
    expect(webhookSetupOf(fold(requested), url)).toEqual([]);
  });
});

describe('credentials', () => {
  const adyen = { apiKey: 'AQElocalkey', merchantAccount: 'Shop_ECOM', environment: 'live' };

  test.each([
    ['sandbox', { apiKey: 'sk_sandbox_0123456789abcdef' }, 'test'],
    ['stripe', { apiKey: 'sk_test_0123456789' }, 'test'],
    ['stripe', { apiKey: 'rk_live_0123456789' }, 'live'],
    ['adyen', { ...adyen, environment: 'test' }, 'test'],
    ['adyen', { ...adyen, liveUrlPrefix: '1797a841fbb37ca7-AdyenDemo' }, 'live'],
    ['paypal', { clientId: 'AaBbCcDd', clientSecret: 'EeFfGgHh', environment: 'sandbox' }, 'test'],
    ['paypal', { clientId: 'AaBbCcDd', clientSecret: 'EeFfGgHh', environment: 'live' }, 'live'],
  ] as const)('of %s %j are read, and of mode %s', (provider, given, mode) => {
    const credentials = readCredentials(provider, given);
    expect(credentials).toEqual(given);
    expect(modeOf(provider, credentials!)).toBe(mode);
  });

  test.each([
    ['stripe', { apiKey: 'pk_live_0123456789' }],
    ['stripe', { apiKey: 'sk_test_0123456789', account: 'acct_1' }],
    ['adyen', adyen],
    // It becomes part of a host's name.
    ['adyen', { ...adyen, liveUrlPrefix: 'evil.example/x' }],
    ['adyen', { ...adyen, environment: 'test', reportUser: 'report@Company.Shop' }],
    ['paypal', { clientId: 'AaBbCcDd', clientSecret: 'Ee Ff\r\nGg', environment: 'live' }],
  ] as const)('of %s %j are none', (provider, given) => {
    expect(readCredentials(provider, given)).toBeUndefined();
  });

  test.each([
    ['stripe', 'whsec_0123456789abcdef0123456789abcdef', true],
    ['adyen', 'A'.repeat(64), true],
    ['adyen', 'whsec_0123456789abcdef', false],
    ['paypal', '1JE4291016473214C', true],
    ['paypal', 'https://hooks.example', false],
    ['sandbox', 'whsec_c2hvcnQ=', false],
  ] as const)('%s: %s is to check webhooks against: %s', (provider, text, expected) => {
    expect(isWebhookSecret(provider, text)).toBe(expected);
  });
});
