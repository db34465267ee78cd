import type { RawDelivery } from '../../../../lambdas/domain/providers/provider';
import { newAdyenProvider } from '../../../../lambdas/adapters/providers/adyen/adyen-provider';
import type { AdyenProviderOptions } from '../../../../lambdas/adapters/providers/adyen/adyen-provider';
import { newFakeAdyen } from '../../../../local/providers/adyen/fake-adyen';
import type { FakeAdyen, FakeAdyenOptions } from '../../../../local/providers/adyen/fake-adyen';
import { fetchOf } from '../../../../local/providers/fake-provider';

export const now = new Date('2026-01-31T12:00:00.000Z');
export const baseUrl = 'https://adyen.example';
export const apiKey = 'AQE0123456789';
export const merchantAccount = 'ShopECOM';
export const webhookUrl = 'https://webhooks.example/ten_0000000000000000000a/con_0000000000000000000a';
export const reportUser = { name: 'report@Company.Shop', password: 'secret-of-reports' };
export const hmacKey = '44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056';
export const otherHmacKey = '8F3C0D11A2B4C6D8E0F1A2B3C4D5E6F708192A3B4C5D6E7F8091A2B3C4D5E6F7';

/** The fake, and clients that reach it. */
export function anAdyen(options: Partial<FakeAdyenOptions> = {}) {
  const adyen: FakeAdyen = newFakeAdyen({
    apiKey,
    merchantAccount,
    now: () => now,
    newHmacKey: () => hmacKey,
    reportUser,
    ...options,
  });
  const client = (overrides: Partial<AdyenProviderOptions> = {}) =>
    newAdyenProvider({
      apiKey,
      merchantAccount,
      environment: 'test',
      reportUser,
      baseUrl,
      fetch: fetchOf(adyen),
      timeoutMs: 50,
      ...overrides,
    });
  return { adyen, client };
}

export function bodyOf(delivery: Pick<RawDelivery, 'body'>): string {
  return new TextDecoder().decode(delivery.body);
}

export function deliveryOf(document: unknown): RawDelivery {
  return { headers: {}, body: new TextEncoder().encode(JSON.stringify(document)) };
}
