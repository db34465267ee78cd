import * as z from 'zod';

import { newProviderClients } from '../../lambdas/adapters/providers/provider-clients';
import { env } from '../../lambdas/env';
import {
  providerEndpointsEnv,
  providerEndpointsOf,
  providerRootsEnv,
  providerRootsOf,
} from '../../lambdas/handlers/provider-endpoints';
import type { FunctionSpec } from '../../lib/config/function-spec';
import { functions } from '../../lib/config/functions';

const read = (text: string | undefined, sandbox?: string) =>
  providerEndpointsOf(
    z.object(providerEndpointsEnv).parse({
      ...(text === undefined ? {} : { [env.providerEndpoints]: text }),
      ...(sandbox === undefined ? {} : { [env.sandboxUrl]: sandbox }),
    }),
  );

describe('the addresses of providers', () => {
  test('are their own unless this machine serves fakes of them', () => {
    expect(read(undefined)).toEqual({});
    expect(read(undefined, 'https://sandbox.example')).toEqual({ sandbox: 'https://sandbox.example' });
    expect(read('{"stripe":"http://127.0.0.1:4100"}', 'https://sandbox.example')).toEqual({
      stripe: 'http://127.0.0.1:4100',
      sandbox: 'https://sandbox.example',
    });
  });

  test.each([
    'https://api.stripe.com.evil.example',
    'http://127.0.0.1:4100@evil.example',
    'http://127.0.0.1:4100/evil',
    'http://169.254.169.254:80',
    'http://localhost:4100',
    '',
  ])('never lead to another machine: %s keeps a function from starting', (url) => {
    expect(() => read(JSON.stringify({ stripe: url }))).toThrow();
  });

  test.each(['no json', '[]', '{"unknown":"http://127.0.0.1:1"}'])('are of providers: not %s', (text) => {
    expect(() => read(text)).toThrow();
  });

  // test/lib/functions.test.ts shows that a template sets the variables of the specification and no others.
  test('are given to no deployed function', () => {
    const specs: readonly FunctionSpec[] = Object.values(functions);
    const loose = specs.filter((spec) => spec.env.includes('providerEndpoints') || spec.env.includes('providerRoots'));
    expect(loose).toEqual([]);
  });
});

describe('the roots of providers', () => {
  const pem = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
  const read = (text: string | undefined, paypal?: string) =>
    providerRootsOf(
      z.object(providerRootsEnv).parse(text === undefined ? {} : { [env.providerRoots]: text }),
      paypal === undefined ? {} : { paypal },
    );

  test('are those that everybody trusts unless this machine serves a fake of PayPal', () => {
    expect(read(undefined)).toBeUndefined();
    expect(read(undefined, 'http://127.0.0.1:4100')).toBeUndefined();
    expect(read(`${pem}${pem}`, 'http://127.0.0.1:4100')).toEqual([pem.trim(), pem.trim()]);
  });

  test('keep a function from starting where PayPal is reached at its own hosts, and where they are none', () => {
    expect(() => read(pem)).toThrow('own hosts');
    expect(() => read('no certificate', 'http://127.0.0.1:4100')).toThrow();
    expect(() => read('', 'http://127.0.0.1:4100')).toThrow();
  });
});

describe('credentials that a provider refuses', () => {
  const clientsWith = (...statuses: readonly number[]) => {
    const left = [...statuses];
    const refused: string[] = [];
    const clients = newProviderClients({
      endpoints: {},
      fetch: async () => new Response('{}', { status: left.shift() ?? 500 }),
      onCredentialsRefused: (provider) => refused.push(provider),
    });
    return { clients, refused };
  };

  test('are noticed whatever was asked', async () => {
    const { clients, refused } = clientsWith(401);
    await clients.of('stripe', { credentials: { apiKey: 'sk_test_0123456789' } }).check();
    expect(refused).toEqual(['stripe']);
  });

  test('of PayPal are noticed where it gives out tokens', async () => {
    const { clients, refused } = clientsWith(401);
    const credentials = { clientId: 'AaBbCcDd', clientSecret: 'EeFfGgHh', environment: 'sandbox' };
    expect(await clients.of('paypal', { credentials }).check()).toEqual({ ok: false, error: 'credentials-refused' });
    expect(refused).toEqual(['paypal']);
  });

  test('are not taken for a provider that is down', async () => {
    const { clients, refused } = clientsWith(503, 503, 503);
    await clients.of('stripe', { credentials: { apiKey: 'sk_test_0123456789' } }).check();
    expect(refused).toEqual([]);
  });
});
