import {
  DecryptCommand,
  DescribeKeyCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  GenerateMacCommand,
  KMSClient,
  VerifyMacCommand,
} from '@aws-sdk/client-kms';
import { allow, policy, startTestCloud, type TestCloud } from '../cloud';

const message = Buffer.from('invitation');

describe('KMS', () => {
  let cloud: TestCloud;
  let kms: KMSClient;
  let sealing: string;
  let token: string;

  beforeAll(async () => {
    cloud = await startTestCloud();
    kms = new KMSClient(cloud.client());
    sealing = cloud.door.services.kms.createKey({ keyId: 'sealing', aliases: ['alias/sealing'] });
    token = cloud.door.services.kms.createKey({ keyId: 'token', spec: 'HMAC_256' });
  });
  afterAll(() => cloud.close());

  const encrypt = async (client: KMSClient, context: Record<string, string>) =>
    (
      await client.send(
        new EncryptCommand({ KeyId: sealing, Plaintext: Buffer.from('seed'), EncryptionContext: context }),
      )
    ).CiphertextBlob;

  // kms/latest/developerguide/encrypt_context.html
  it('decrypts only under the same encryption context, in whatever order it is given', async () => {
    const sealed = await encrypt(kms, { tenant: 'acme', purpose: 'totp' });
    const opened = await kms.send(
      new DecryptCommand({ CiphertextBlob: sealed, EncryptionContext: { purpose: 'totp', tenant: 'acme' } }),
    );
    expect(Buffer.from(opened.Plaintext ?? []).toString()).toBe('seed');
    expect(opened.KeyId).toBe(sealing);
    for (const other of [{ tenant: 'other', purpose: 'totp' }, {}]) {
      await expect(
        kms.send(new DecryptCommand({ CiphertextBlob: sealed, EncryptionContext: other })),
      ).rejects.toMatchObject({
        name: 'InvalidCiphertextException',
      });
    }
  });

  // kms/latest/developerguide/conditions-kms.html#conditions-kms-encryption-context
  it('evaluates kms:EncryptionContext conditions, for a decryption without key id too', async () => {
    const ownContext = { StringEquals: { 'kms:EncryptionContext:tenant': 'acme' } };
    cloud.roles.set('sealer', { policy: policy(allow(['kms:Encrypt', 'kms:Decrypt'], sealing, ownContext)) });
    const worker = new KMSClient(cloud.worker('sealer', 'sealer'));
    const sealed = await encrypt(worker, { tenant: 'acme' });
    await expect(
      worker.send(new DecryptCommand({ CiphertextBlob: sealed, EncryptionContext: { tenant: 'acme' } })),
    ).resolves.toBeDefined();
    await expect(encrypt(worker, { tenant: 'other' })).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining('kms:Encrypt'),
    });
    await expect(encrypt(worker, {})).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });

  // kms/latest/developerguide/key-policies.html: without the account in its key policy, IAM policies alone allow nothing
  it('obeys a key policy that does not delegate to the account', async () => {
    const locked = cloud.door.services.kms.createKey({ keyId: 'locked' });
    cloud.roles.set('holder', { policy: policy(allow('kms:Encrypt', locked)) });
    cloud.resourcePolicies.set(
      locked,
      policy({
        Effect: 'Allow',
        Principal: { AWS: 'arn:aws:iam::000000000000:role/someone-else' },
        Action: 'kms:*',
        Resource: '*',
      }),
    );
    cloud.door.policiesChanged();
    const worker = new KMSClient(cloud.worker('holder', 'holder'));
    await expect(worker.send(new EncryptCommand({ KeyId: locked, Plaintext: Buffer.from('x') }))).rejects.toMatchObject(
      {
        message: expect.stringContaining('no resource-based policy allows'),
      },
    );
  });

  // APIReference/API_VerifyMac.html
  it('makes and verifies MACs with an HMAC key', async () => {
    const made = await kms.send(
      new GenerateMacCommand({ KeyId: token, Message: message, MacAlgorithm: 'HMAC_SHA_256' }),
    );
    const verify = (text: Buffer) =>
      kms.send(new VerifyMacCommand({ KeyId: token, Message: text, Mac: made.Mac, MacAlgorithm: 'HMAC_SHA_256' }));
    expect((await verify(message)).MacValid).toBe(true);
    await expect(verify(Buffer.from('forged'))).rejects.toMatchObject({ name: 'KMSInvalidMacException' });
    await expect(
      kms.send(new GenerateMacCommand({ KeyId: sealing, Message: message, MacAlgorithm: 'HMAC_SHA_256' })),
    ).rejects.toMatchObject({ name: 'InvalidKeyUsageException' });
  });

  it('gives a data key that decrypts to itself, and finds keys by alias', async () => {
    const made = await kms.send(new GenerateDataKeyCommand({ KeyId: 'alias/sealing', KeySpec: 'AES_256' }));
    const opened = await kms.send(new DecryptCommand({ CiphertextBlob: made.CiphertextBlob }));
    expect(opened.Plaintext).toEqual(made.Plaintext);
    expect((await kms.send(new DescribeKeyCommand({ KeyId: 'alias/sealing' }))).KeyMetadata?.Arn).toBe(sealing);
  });

  it('keeps keys over a restart', async () => {
    const sealed = await encrypt(kms, { tenant: 'acme' });
    await cloud.restart();
    kms = new KMSClient(cloud.client());
    const opened = await kms.send(
      new DecryptCommand({ CiphertextBlob: sealed, EncryptionContext: { tenant: 'acme' } }),
    );
    expect(Buffer.from(opened.Plaintext ?? []).toString()).toBe('seed');
  });
});
