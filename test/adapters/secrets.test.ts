import { GetSecretValueCommand, DescribeSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';

import { newConnectionSecrets } from '../../lambdas/adapters/secrets/connection-secrets';
import { newSecretText } from '../../lambdas/adapters/secrets/secret-text';
import { systemRandomness } from '../../lambdas/kernel/ids';
import { startTestCloud, type TestCloud } from '../local/cloud';
import { aClock, aTenant } from '../support/a-commit';

const prefix = 'countinghouse/dev/tenants';
const secret = { credentials: { apiKey: 'sk_sandbox_1' }, webhookSecret: 'whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz' };

describe('secrets', () => {
  let cloud: TestCloud;
  let client: SecretsManagerClient;
  let keyArn: string;
  let asked: string[];
  beforeAll(async () => {
    cloud = await startTestCloud();
    client = new SecretsManagerClient(cloud.client());
    client.middlewareStack.add(
      (next, context) => async (args) => {
        asked.push(String(context.commandName).replace(/Command$/, ''));
        return next(args);
      },
      { step: 'initialize' },
    );
    keyArn = cloud.door.services.kms.createKey({ keyId: 'secrets' });
  });
  beforeEach(() => {
    asked = [];
  });
  afterAll(async () => {
    client.destroy();
    await cloud.close();
  });

  const newSecrets = (clock = aClock()) =>
    newConnectionSecrets({ clientOf: () => client, prefix, keyArn, clock, randomness: systemRandomness });

  it('stores a connection’s secret under its tenant’s name, tagged and encrypted by the given key', async () => {
    const tenant = aTenant();
    await newSecrets().put(tenant, 'con_1', secret);
    const description = await client.send(
      new DescribeSecretCommand({ SecretId: `${prefix}/${tenant}/connections/con_1` }),
    );
    expect(description.Tags).toEqual([{ Key: 'tenant', Value: tenant }]);
    expect(description.KmsKeyId).toBe(keyArn);
    expect(await newSecrets().read(tenant, 'con_1')).toEqual(secret);
  });

  it('replaces it when the connection is created again', async () => {
    const tenant = aTenant();
    const secrets = newSecrets();
    await secrets.put(tenant, 'con_1', secret);
    const previous = [
      { secret: 'whsec_b2xk', endpoint: 'we_1', until: '2026-01-02T00:00:00.000Z' },
      { secret: 'whsec_b2xkZXI' },
    ];
    const rotated = {
      ...secret,
      credentials: { apiKey: 'sk_sandbox_2' },
      endpoint: 'we_2',
      previous,
      accountDoubtedAt: '2026-01-01T00:00:00.000Z',
    };
    await secrets.put(tenant, 'con_1', rotated);
    expect(await secrets.read(tenant, 'con_1')).toEqual(rotated);
  });

  it('reads what was stored when there was one of before at most', async () => {
    const tenant = aTenant();
    const until = '2026-01-02T00:00:00.000Z';
    const store = (id: string, more: object) =>
      cloud.door.services.secrets.createSecret({
        name: `${prefix}/${tenant}/connections/${id}`,
        secretString: JSON.stringify({ ...secret, ...more }),
      });
    store('con_1', { previousWebhookSecret: 'whsec_b2xk', previousUntil: until });
    store('con_2', { previousWebhookSecret: 'whsec_b2xk' });
    store('con_3', { previousUntil: until });
    const read = async (id: string) => (await newSecrets().read(tenant, id))?.previous;
    expect(await Promise.all(['con_1', 'con_2', 'con_3'].map(read))).toEqual([
      [{ secret: 'whsec_b2xk', until }],
      [{ secret: 'whsec_b2xk' }],
      undefined,
    ]);
  });

  it('is undefined when there is none', async () => {
    expect(await newSecrets().read(aTenant(), 'con_1')).toBeUndefined();
  });

  it('reads once in a few minutes', async () => {
    const tenant = aTenant();
    const clock = aClock();
    const secrets = newSecrets(clock);
    await secrets.put(tenant, 'con_1', secret);
    asked = [];
    await secrets.read(tenant, 'con_1');
    clock.advance(179_999);
    await secrets.read(tenant, 'con_1');
    expect(asked).toEqual(['GetSecretValue']);
    clock.advance(1);
    await secrets.read(tenant, 'con_1');
    expect(asked).toHaveLength(2);
  });

  it('reads again for a signature that fits nothing, and at most once a second', async () => {
    const tenant = aTenant();
    const clock = aClock();
    const [here, elsewhere] = [newSecrets(clock), newSecrets(clock)];
    await elsewhere.put(tenant, 'con_1', secret);
    expect(await here.read(tenant, 'con_1')).toEqual(secret);
    const rotated = { ...secret, webhookSecret: 'whsec_bmV3', rotation: 'k1' };
    await elsewhere.put(tenant, 'con_1', rotated);
    asked = [];
    expect(await here.readNewer(tenant, 'con_1')).toEqual(secret);
    expect(asked).toEqual([]);
    clock.advance(1_000);
    expect(await here.read(tenant, 'con_1')).toEqual(secret);
    expect(await here.readNewer(tenant, 'con_1')).toEqual(rotated);
    expect(await here.read(tenant, 'con_1')).toEqual(rotated);
    expect(asked).toEqual(['GetSecretValue']);
  });

  it('never mixes two tenants’ connections of the same id', async () => {
    const [one, other] = [aTenant(), aTenant()];
    const secrets = newSecrets();
    await secrets.put(one, 'con_1', secret);
    await secrets.put(other, 'con_1', { ...secret, credentials: { apiKey: 'sk_sandbox_other' } });
    expect((await secrets.read(one, 'con_1'))?.credentials.apiKey).toBe('sk_sandbox_1');
    expect((await secrets.read(other, 'con_1'))?.credentials.apiKey).toBe('sk_sandbox_other');
  });

  it.each(['a/b', '../x', '', '*', 'a b'])('refuses the id %j', async (id) => {
    await expect(newSecrets().read(id, 'con_1')).rejects.toThrow('not fit');
    await expect(newSecrets().read('ten_1', id)).rejects.toThrow('not fit');
  });

  it('names the field and never the value of a malformed secret', async () => {
    const tenant = aTenant();
    cloud.door.services.secrets.createSecret({
      name: `${prefix}/${tenant}/connections/con_1`,
      secretString: '{"credentials": {"apiKey": 5}, "webhookSecret": "whsec_hidden"}',
    });
    const failure = newSecrets().read(tenant, 'con_1');
    await expect(failure).rejects.toThrow('apiKey');
    await expect(failure).rejects.not.toThrow('hidden');
  });

  it('reads a secret text once for many that ask at once, and again after five minutes', async () => {
    const secretArn = cloud.door.services.secrets.createSecret({ name: 'cursor-signing', secretString: 'text' });
    const clock = aClock();
    const read = newSecretText({ client, secretArn, clock });
    expect(await Promise.all([read(), read(), read()])).toEqual(['text', 'text', 'text']);
    clock.advance(299_999);
    await read();
    expect(asked).toEqual(['GetSecretValue']);
    clock.advance(1);
    await read();
    expect(asked).toHaveLength(2);
    expect((await client.send(new GetSecretValueCommand({ SecretId: secretArn }))).SecretString).toBe('text');
  });

  it('does not remember a failure', async () => {
    const read = newSecretText({ client, secretArn: 'later', clock: aClock() });
    await expect(read()).rejects.toThrow();
    cloud.door.services.secrets.createSecret({ name: 'later', secretString: 'text' });
    expect(await read()).toBe('text');
  });
});
