import { KMSClient } from '@aws-sdk/client-kms';

import { newKmsMac } from '../../lambdas/adapters/kms/kms-mac';
import { newKmsSealer } from '../../lambdas/adapters/kms/kms-sealer';
import { startTestCloud, type TestCloud } from '../local/cloud';

describe('KMS', () => {
  let cloud: TestCloud;
  let client: KMSClient;
  let sealingKey: string;
  let tokenKey: string;
  beforeAll(async () => {
    cloud = await startTestCloud();
    client = new KMSClient(cloud.client());
    sealingKey = cloud.door.services.kms.createKey({ keyId: 'sealing' });
    tokenKey = cloud.door.services.kms.createKey({ keyId: 'token', spec: 'HMAC_256' });
  });
  afterAll(async () => {
    client.destroy();
    await cloud.close();
  });
  const sealer = () => newKmsSealer({ client, keyArn: sealingKey });
  const mac = () => newKmsMac({ client, keyArn: tokenKey });
  const context = { tenant: 'ten_1', purpose: 'totp', id: 'user-1' };

  it('opens what it sealed, under the same context in any order', async () => {
    const sealed = await sealer().seal('secret ☃', context);
    expect(sealed).not.toContain('secret');
    expect(await sealer().open(sealed, { id: 'user-1', purpose: 'totp', tenant: 'ten_1' })).toBe('secret ☃');
  });

  it.each([
    ['another tenant', { ...context, tenant: 'ten_2' }],
    ['less context', { tenant: 'ten_1', purpose: 'totp' }],
    ['more context', { ...context, more: 'x' }],
  ])('opens nothing under %s', async (_, other) => {
    const sealed = await sealer().seal('secret', context);
    await expect(sealer().open(sealed, other)).rejects.toThrow();
  });

  it('opens nothing that was altered', async () => {
    const bytes = Buffer.from(await sealer().seal('secret', context), 'base64');
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    await expect(sealer().open(bytes.toString('base64'), context)).rejects.toThrow();
  });

  it('seals nothing without a context, and nothing over 4 KB', async () => {
    await expect(sealer().seal('secret', {})).rejects.toThrow('context');
    await expect(sealer().seal('x'.repeat(4_097), context)).rejects.toThrow('4 KB');
  });

  it('codes a text the same way each time, in 43 characters', async () => {
    const code = await mac().mac('ten_1.inv_1');
    expect(code).toMatch(/^[\w-]{43}$/);
    expect(await mac().mac('ten_1.inv_1')).toBe(code);
    expect(await mac().verify('ten_1.inv_1', code)).toBe(true);
  });

  it('refuses the code of another text, and anything that is no code', async () => {
    const code = await mac().mac('ten_1.inv_1');
    expect(await mac().verify('ten_1.inv_2', code)).toBe(false);
    for (const text of ['', 'x', `${code}=`, `${code}A`, code.slice(1), `${code.slice(0, -1)}*`]) {
      expect(await mac().verify('ten_1.inv_1', text)).toBe(false);
    }
  });

  it('throws what is no answer about the code', async () => {
    const elsewhere = newKmsMac({ client, keyArn: 'no-such-key' });
    await expect(elsewhere.verify('a', await mac().mac('a'))).rejects.toThrow();
  });
});
