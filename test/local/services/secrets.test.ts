import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { accountId, allow, policy, region, startTestCloud, type TestCloud } from '../cloud';

describe('Secrets Manager', () => {
  let cloud: TestCloud;
  let secrets: SecretsManagerClient;

  beforeAll(async () => {
    cloud = await startTestCloud();
    secrets = new SecretsManagerClient(cloud.client());
  });
  afterAll(() => cloud.close());

  const valueOf = async (id: string, stage?: string) =>
    (await secrets.send(new GetSecretValueCommand({ SecretId: id, VersionStage: stage }))).SecretString;

  // secretsmanager/latest/userguide/whats-in-a-secret.html#term_version
  it('moves AWSCURRENT to the newest version and AWSPREVIOUS to the one before', async () => {
    await secrets.send(new CreateSecretCommand({ Name: 'rotated', SecretString: 'one' }));
    const { VersionId } = await secrets.send(new PutSecretValueCommand({ SecretId: 'rotated', SecretString: 'two' }));
    expect(await valueOf('rotated')).toBe('two');
    expect(await valueOf('rotated', 'AWSPREVIOUS')).toBe('one');
    await secrets.send(
      new PutSecretValueCommand({ SecretId: 'rotated', SecretString: 'three', VersionStages: ['AWSPENDING'] }),
    );
    expect(await valueOf('rotated')).toBe('two');
    const { VersionId: pending } = await secrets.send(
      new GetSecretValueCommand({ SecretId: 'rotated', VersionStage: 'AWSPENDING' }),
    );
    await secrets.send(
      new UpdateSecretVersionStageCommand({
        SecretId: 'rotated',
        VersionStage: 'AWSCURRENT',
        MoveToVersionId: pending,
        RemoveFromVersionId: VersionId,
      }),
    );
    expect(await valueOf('rotated')).toBe('three');
    expect(await valueOf('rotated', 'AWSPREVIOUS')).toBe('two');
  });

  it('refuses a second secret of a name, and names what it cannot find', async () => {
    await secrets.send(new CreateSecretCommand({ Name: 'once', SecretString: 'x' }));
    await expect(secrets.send(new CreateSecretCommand({ Name: 'once', SecretString: 'x' }))).rejects.toMatchObject({
      name: 'ResourceExistsException',
    });
    await expect(valueOf('never')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  // secretsmanager/latest/userguide/auth-and-access_tags.html, list_awssecretsmanager.html
  it("decides by the secret's name and tags, and asks for TagResource where a secret is made with tags", async () => {
    const own = `arn:aws:secretsmanager:${region}:${accountId}:secret:tenants/acme/*`;
    const tagged = { StringEquals: { 'aws:ResourceTag/tenant': 'acme' } };
    cloud.roles.set('connects', {
      policy: policy(
        allow(['secretsmanager:CreateSecret', 'secretsmanager:TagResource'], own),
        allow('secretsmanager:GetSecretValue', own, tagged),
      ),
    });
    cloud.roles.set('no-tags', { policy: policy(allow('secretsmanager:CreateSecret', own)) });
    const create = (name: string) =>
      new CreateSecretCommand({ Name: name, SecretString: 'key', Tags: [{ Key: 'tenant', Value: 'acme' }] });
    const worker = new SecretsManagerClient(cloud.worker('connects', 'connects'));
    await worker.send(create('tenants/acme/connections/1'));
    await expect(
      worker.send(new GetSecretValueCommand({ SecretId: 'tenants/acme/connections/1' })),
    ).resolves.toBeDefined();
    await expect(worker.send(create('tenants/other/connections/1'))).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
    const untagged = new SecretsManagerClient(cloud.worker('no-tags', 'no-tags'));
    await expect(untagged.send(create('tenants/acme/connections/2'))).rejects.toMatchObject({
      message: expect.stringContaining('secretsmanager:TagResource'),
    });
    cloud.door.services.secrets.createSecret({ name: 'tenants/acme/plain', secretString: 'x' });
    await expect(worker.send(new GetSecretValueCommand({ SecretId: 'tenants/acme/plain' }))).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
  });

  // secretsmanager/latest/userguide/security-encryption.html
  it('asks for kms:Decrypt to read a secret under a customer managed key', async () => {
    const keyArn = cloud.door.services.kms.createKey({ keyId: 'secrets' });
    const arn = cloud.door.services.secrets.createSecret({ name: 'sealed', secretString: 'x', kmsKeyId: keyArn });
    const viaSecrets = { StringEquals: { 'kms:ViaService': `secretsmanager.${region}.amazonaws.com` } };
    cloud.roles.set('reads', { policy: policy(allow('secretsmanager:GetSecretValue', arn)) });
    cloud.roles.set('reads-and-decrypts', {
      policy: policy(allow('secretsmanager:GetSecretValue', arn), allow('kms:Decrypt', keyArn, viaSecrets)),
    });
    const readAs = (role: string) =>
      new SecretsManagerClient(cloud.worker(role, role)).send(new GetSecretValueCommand({ SecretId: 'sealed' }));
    await expect(readAs('reads')).rejects.toMatchObject({ message: expect.stringContaining('kms:Decrypt') });
    await expect(readAs('reads-and-decrypts')).resolves.toMatchObject({ SecretString: 'x' });
  });

  it('keeps secrets over a restart, encrypted at rest', async () => {
    await secrets.send(
      new CreateSecretCommand({
        Name: 'lasting',
        SecretString: 'planted-value',
        Tags: [{ Key: 'tenant', Value: 'acme' }],
      }),
    );
    expect(readFileSync(join(cloud.stateDir, 'secretsmanager', 'secrets.json'), 'utf8')).not.toContain('planted-value');
    await cloud.restart();
    secrets = new SecretsManagerClient(cloud.client());
    expect(await valueOf('lasting')).toBe('planted-value');
    expect((await secrets.send(new DescribeSecretCommand({ SecretId: 'lasting' }))).Tags).toEqual([
      { Key: 'tenant', Value: 'acme' },
    ]);
  });
});
