import { rmSync } from 'node:fs';

import { BatchWriteItemCommand } from '@aws-sdk/client-dynamodb';
import { DecryptCommand, EncryptCommand, GenerateDataKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { CreateSecretCommand, DescribeSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';

import { functionNames, type FunctionName } from '../../lambdas/env';
import { deriveId } from '../../lambdas/kernel/ids';
import type { FunctionSpec, Grant } from '../../lib/config/function-spec';
import { functions } from '../../lib/config/functions';
import { startCloud, type TestCloud } from '../support/local-cloud';
import { newOperator, type Operator } from '../support/operator';
import type { ProbeCall, ProbeOrder, ProbeReport, ProbeRole } from '../support/probe/probe';
import { probeAssembly } from '../support/probe/probe-assembly';
import {
  callsForAttributes,
  callsForBoth,
  callsForRow,
  callsWithoutKey,
  grantedCall,
  grantedQuery,
  keyOf,
  tables,
} from '../support/probe/table-calls';
import { productAssembly } from '../support/product-assembly';

/**
 * Isolation by IAM alone. In place of the code of every tenant-plane function stands a probe that checks nothing and calls what it
 * is told, under the function's own synthesized policies. What comes through would come through a bug in any handler.
 */
const specOf = (name: FunctionName): FunctionSpec => functions[name];
const tenantPlane = functionNames.filter((name) => specOf(name).tenant !== undefined);
const slotWriters = tenantPlane.filter((name) =>
  specOf(name).tenant?.some(({ attributes }) => attributes !== undefined),
);

const own = deriveId('tenant', ['own']);
const foreign = deriveId('tenant', ['foreign']);
const deployed = (name: FunctionName): string => `countinghouse-dev-${name}`;
const roleArn = (role: string): string => `arn:aws:iam::000000000000:role/countinghouse-dev-${role}`;
const secretOf = (tenant: string): string => `countinghouse/dev/tenants/${tenant}/connections/con_probe`;

describe('with all checks of handlers and middleware switched off', () => {
  let assemblyDir: string;
  let cloud: TestCloud;
  let operator: Operator;
  let ciphertexts: Readonly<Record<'own' | 'foreign' | 'platform', string>>;

  beforeAll(async () => {
    assemblyDir = probeAssembly(await productAssembly(), (name) => tenantPlane.some((each) => deployed(each) === name));
    cloud = await startCloud({ assemblyDir });
    operator = newOperator(cloud);
    await plantRows();
    ciphertexts = await plantSecrets();
  }, 120_000);

  afterAll(async () => {
    await cloud.stop();
    rmSync(assemblyDir, { recursive: true, force: true });
  });

  /** Rows of both tenants and of the platform under every kind that any function is granted. */
  async function plantRows(): Promise<void> {
    const kinds = new Set(tenantPlane.flatMap((name) => grantedKeys(name)));
    const pks = [...kinds].flatMap((kind) => [`T#${own}#${kind}`, `T#${foreign}#${kind}`, `P#${kind}`]);
    for (const { name } of Object.values(tables)) {
      for (let first = 0; first < pks.length; first += 25) {
        const puts = pks.slice(first, first + 25).map((pk) => ({
          PutRequest: { Item: { ...keyOf(pk), gsi1pk: { S: pk }, gsi1sk: { S: 'probe' } } },
        }));
        await operator.dynamodb.send(new BatchWriteItemCommand({ RequestItems: { [name]: puts } }));
      }
    }
  }

  function operatorClients() {
    const { awsEndpoint: endpoint, adminCredentials: credentials, region = 'eu-central-1' } = cloud.description;
    if (credentials === undefined) throw new Error('the description names no operator');
    const settings = { endpoint, region, credentials };
    return { secrets: new SecretsManagerClient(settings), kms: new KMSClient(settings) };
  }

  async function plantSecrets(): Promise<typeof ciphertexts> {
    const { secrets, kms } = operatorClients();
    for (const tenant of [own, foreign]) {
      await secrets.send(new CreateSecretCommand({ Name: secretOf(tenant), SecretString: 'planted' }));
    }
    const sealed = async (tenant: string, more?: object): Promise<string> => {
      const { CiphertextBlob } = await kms.send(
        new EncryptCommand({ ...sealing(tenant, more), Plaintext: Buffer.from('x') }),
      );
      return Buffer.from(CiphertextBlob ?? []).toString('base64');
    };
    return {
      own: await sealed(own),
      foreign: await sealed(foreign),
      platform: await sealed('platform', { user: 'somebody' }),
    };
  }

  async function probe(name: FunctionName, order: ProbeOrder): Promise<ProbeReport> {
    const { payload, functionError } = await cloud.invoke(deployed(name), order);
    if (functionError !== undefined) throw new Error(`the probe failed: ${JSON.stringify(payload)}`);
    return payload as ProbeReport;
  }

  async function outcomes(
    name: FunctionName,
    roles: readonly ProbeRole[],
    calls: readonly ProbeCall[],
  ): Promise<readonly string[]> {
    expect(calls.length).toBeGreaterThan(0);
    const report = await probe(name, { roles, calls });
    if ('refusedRole' in report) throw new Error(`the role was refused: ${report.refusedRole}`);
    expect(report.outcomes).toHaveLength(calls.length);
    return report.outcomes;
  }

  /** The calls that were not refused by a policy, whatever became of them. */
  async function through(
    name: FunctionName,
    roles: readonly ProbeRole[],
    calls: readonly ProbeCall[],
  ): Promise<readonly string[]> {
    return (await outcomes(name, roles, calls)).flatMap((outcome, at) =>
      /^AccessDenied/.test(outcome) ? [] : [`${JSON.stringify(calls[at])}: ${outcome}`],
    );
  }

  const asTenant = (name: FunctionName, tenant = own): readonly ProbeRole[] => [
    { roleArn: roleArn(`${name}-tenant`), tags: [['tenant', tenant]] },
  ];

  describe.each(tenantPlane)('%s as its tenant role', (name) => {
    const kinds = grantedKeys(name);

    it('reaches the rows and secrets of its own tenant that it is for', async () => {
      const calls = (specOf(name).tenant ?? []).flatMap((grant) => [...ownCalls(grant), ...ownSecretCalls(grant)]);
      const answers = await outcomes(name, asTenant(name), calls);
      expect(answers.map((outcome, at) => `${JSON.stringify(calls[at])}: ${outcome}`)).toEqual(
        calls.map((each) => `${JSON.stringify(each)}: done`),
      );
    });

    it('reaches no row of another tenant or of the platform, by any operation', async () => {
      const before = await foreignRows();
      const pks = [...kinds.map((kind) => `T#${foreign}#${kind}`), `P#${kinds[0] ?? ''}`];
      const calls = Object.values(tables).flatMap((table) => pks.flatMap((pk) => callsForRow(table, pk)));
      expect(await through(name, asTenant(name), calls)).toEqual([]);
      expect(await foreignRows()).toEqual(before);
    });

    it('reaches no row whose key begins, or ends, like its own', async () => {
      const kind = kinds[0] ?? '';
      const pks = [
        `T#${own}`,
        `T#${own}0#${kind}`,
        `T#${own.slice(0, -1)}#${kind}`,
        `T#${own}${kind}`,
        `T#${own.toUpperCase()}#${kind}`,
        `T#ten_*#${kind}`,
        `T#ten_????????????????????#${kind}`,
        `T#*`,
        `T#${foreign}#T#${own}#${kind}`,
        `P#T#${own}#${kind}`,
        ` T#${own}#${kind}`,
        `t#${own}#${kind}`,
        `T#\${aws:PrincipalTag/tenant}#${kind}`,
        `${own}#${kind}`,
      ];
      const calls = Object.values(tables).flatMap((table) => pks.flatMap((pk) => callsForRow(table, pk)));
      expect(await through(name, asTenant(name), shareOf(name, calls))).toEqual([]);
    });

    it('reaches no foreign row beside an own one, and no row without saying whose', async () => {
      const calls = Object.values(tables).flatMap((table) => [
        ...kinds.flatMap((kind) => callsForBoth(table, `T#${own}#${kind}`, `T#${foreign}#${kind}`)),
        ...callsForBoth(table, `T#${own}#${kinds[0] ?? ''}`, `T#${own}0#${kinds[0] ?? ''}`),
        ...callsWithoutKey(table, `T#${own}#`),
        ...callsWithoutKey(table, `T#${foreign}#`),
      ]);
      expect(await through(name, asTenant(name), calls)).toEqual([]);
    });

    it("reaches no other tenant's secret, and seals and opens nothing of theirs", async () => {
      const ids = [
        secretOf(foreign),
        secretOf(`${own}0`),
        secretOf(own.slice(0, -1)),
        `countinghouse/dev/tenants/${own}`,
        'countinghouse/dev/resend',
        'countinghouse/dev/cursor-signing',
      ];
      const secret = (operation: string, input: object): ProbeCall => ({ service: 'secretsmanager', operation, input });
      const kms = (operation: string, input: object): ProbeCall => ({ service: 'kms', operation, input });
      const Plaintext = Buffer.from('x').toString('base64');
      const calls = [
        ...ids.flatMap((SecretId) => [
          secret('GetSecretValue', { SecretId }),
          secret('DescribeSecret', { SecretId }),
          secret('PutSecretValue', { SecretId, SecretString: 'forged' }),
          secret('UpdateSecret', { SecretId, SecretString: 'forged' }),
          secret('DeleteSecret', { SecretId }),
          secret('CreateSecret', { Name: `${SecretId}-new`, SecretString: 'forged' }),
        ]),
        kms('Encrypt', { ...sealing(foreign), Plaintext }),
        kms('Encrypt', { KeyId: sealingKey, Plaintext }),
        kms('Encrypt', { ...sealing('platform'), Plaintext }),
        kms('Encrypt', { ...sealing('*'), Plaintext }),
        kms('Decrypt', { ...sealing(foreign), CiphertextBlob: ciphertexts.foreign }),
        kms('Decrypt', { ...sealing(own), CiphertextBlob: ciphertexts.foreign }),
        kms('Decrypt', { KeyId: sealingKey, CiphertextBlob: ciphertexts.foreign }),
        kms('Decrypt', { ...sealing('platform', { user: 'somebody' }), CiphertextBlob: ciphertexts.platform }),
        kms('Decrypt', { KeyId: 'alias/countinghouse-dev-data', CiphertextBlob: ciphertexts.foreign }),
        kms('GenerateDataKey', { KeyId: 'alias/countinghouse-dev-data', KeySpec: 'AES_256' }),
        kms('GenerateMac', {
          KeyId: 'alias/countinghouse-dev-token',
          MacAlgorithm: 'HMAC_SHA_256',
          Message: Buffer.from(`invitation-token\n${own}`).toString('base64'),
        }),
        kms('GenerateDataKey', { KeyId: 'alias/countinghouse-dev-secrets', KeySpec: 'AES_256' }),
      ];
      expect(await through(name, asTenant(name), calls)).toEqual([]);
    });

    it("gets no other tenant's session", async () => {
      const tenantRole = roleArn(`${name}-tenant`);
      const tagged = (...tags: (readonly [string, string])[]): ProbeRole => ({ roleArn: tenantRole, tags });
      const attempts: Readonly<Record<string, readonly ProbeRole[]>> = {
        "from the own tenant's session, for another": [tagged(['tenant', own]), tagged(['tenant', foreign])],
        "from the own tenant's session, for the same": [tagged(['tenant', own]), tagged(['tenant', own])],
        "from the own tenant's session, untagged": [tagged(['tenant', own]), tagged()],
        'without a tag': [tagged()],
        'with a second tag': [tagged(['tenant', own], ['other', 'x'])],
        'with two tenants': [tagged(['tenant', own], ['Tenant', foreign])],
        'with a tag of another name': [tagged(['tenants', own])],
        'with an empty tag': [tagged(['tenant', ''])],
        'with a star': [tagged(['tenant', '*'])],
        'with a prefix and a star': [tagged(['tenant', 'ten_*'])],
        'with question marks': [tagged(['tenant', `ten_${'?'.repeat(20)}`])],
        'with a part of an id': [tagged(['tenant', own.slice(0, -1)])],
        'with more than an id': [tagged(['tenant', `${own}0`])],
        'with a separator': [tagged(['tenant', `${own}#payment`])],
        'with another prefix': [tagged(['tenant', own.replace('ten_', 'TEN_')])],
        ...Object.fromEntries(
          functionNames
            .filter((other) => other !== name)
            .flatMap((other) => [
              [`of ${other}`, [{ roleArn: roleArn(other), tags: [] }]],
              [`of ${other} for a tenant`, [{ roleArn: roleArn(`${other}-tenant`), tags: [['tenant', own] as const] }]],
            ]),
        ),
      };
      const got: string[] = [];
      for (const [what, roles] of Object.entries(attempts)) {
        const report = await probe(name, { roles, calls: [] });
        // A wildcard in a tag is refused by STS itself.
        if (!('refusedRole' in report) || !/^(AccessDenied|ValidationError)/.test(report.refusedRole)) got.push(what);
      }
      expect(got).toEqual([]);
    });
  });

  it.each(slotWriters)('%s as its tenant role writes no slot of the gate but its own', async (name) => {
    const mine = (specOf(name).tenant ?? []).flatMap(({ attributes = [] }) => attributes.map(asKey));
    const others = ['slot:tenant', 'slot:policy', 'slot:connection#probe', 'slot:other', 'forged'].filter(
      (attribute) => !mine.includes(attribute),
    );
    expect(others).toHaveLength(5 - mine.length);
    const calls = others.flatMap((attribute) => [
      ...callsForAttributes(tables.views, `T#${own}#gate#gate`, [attribute]),
      ...callsForAttributes(tables.views, `T#${own}#gate#gate`, [...mine, attribute]),
    ]);
    expect(await through(name, asTenant(name), calls)).toEqual([]);
  });

  it('what is refused is there: the operator opens every secret and ciphertext, and uses every key that the probes name', async () => {
    const { secrets, kms } = operatorClients();
    for (const id of [
      secretOf(own),
      secretOf(foreign),
      'countinghouse/dev/resend',
      'countinghouse/dev/cursor-signing',
    ]) {
      expect((await secrets.send(new DescribeSecretCommand({ SecretId: id }))).Name).toBe(id);
    }
    const opened = async (context: ReturnType<typeof sealing>, ciphertext: string): Promise<string> => {
      const input = { ...context, CiphertextBlob: Buffer.from(ciphertext, 'base64') };
      const { Plaintext } = await kms.send(new DecryptCommand(input));
      return Buffer.from(Plaintext ?? []).toString();
    };
    expect(await opened(sealing(own), ciphertexts.own)).toBe('x');
    expect(await opened(sealing(foreign), ciphertexts.foreign)).toBe('x');
    expect(await opened(sealing('platform', { user: 'somebody' }), ciphertexts.platform)).toBe('x');
    await expect(opened(sealing(own), ciphertexts.foreign)).rejects.toThrow();
    for (const KeyId of ['alias/countinghouse-dev-data', 'alias/countinghouse-dev-secrets']) {
      const { Plaintext } = await kms.send(new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256' }));
      expect(Plaintext).toHaveLength(32);
    }
  });

  it.each(tenantPlane)("%s as its own role reaches no tenant's row, secret or object", async (name) => {
    const pks = grantedKeys(name).flatMap((kind) => [`T#${own}#${kind}`, `T#${foreign}#${kind}`]);
    const calls: ProbeCall[] = [
      ...Object.values(tables).flatMap((table) => [
        ...pks.slice(0, 1).flatMap((pk) => callsForRow(table, pk)),
        ...shareOf(
          name,
          pks.slice(1).flatMap((pk) => callsForRow(table, pk)),
        ),
        ...callsWithoutKey(table, 'T#'),
      ]),
      { service: 'secretsmanager', operation: 'GetSecretValue', input: { SecretId: secretOf(own) } },
      { service: 's3', operation: 'ListBuckets', input: {} },
    ];
    expect(await through(name, [], calls)).toEqual([]);
  });

  async function foreignRows(): Promise<readonly string[]> {
    const rows = await Promise.all(Object.values(tables).map(({ name }) => operator.items(name)));
    return rows
      .flat()
      .map((row) => JSON.stringify(Object.entries(row).sort(([one], [other]) => (one < other ? -1 : 1))))
      .filter((row) => !row.includes(own))
      .sort();
  }
});

const shares = 4;

/** A part of many calls that are alike for every function: all of them are tried, each by a quarter of the functions. */
function shareOf(name: FunctionName, calls: readonly ProbeCall[]): readonly ProbeCall[] {
  const turn = tenantPlane.indexOf(name) % shares;
  // Moved on by one after each round: otherwise a function would get the same operations for every row.
  return calls.filter((_, at) => (at + Math.floor(at / shares)) % shares === turn);
}

const sealingKey = 'alias/countinghouse-dev-sealing';

function sealing(tenant: string, more: object = { purpose: 'invitation-email', id: 'inv_probe' }) {
  return { KeyId: sealingKey, EncryptionContext: { tenant, ...more } };
}

/** The kinds of rows that a function is granted, each as the rest of one key. */
function grantedKeys(name: FunctionName): readonly string[] {
  return [...new Set((specOf(name).tenant ?? []).flatMap(({ keys = [] }) => keys.map(asKey)))];
}

function asKey(pattern: string): string {
  return pattern.replaceAll('*', 'probe');
}

/** A call for every action and kind of keys that a grant names; none for what is not about rows. */
function ownCalls({ on, actions, keys = [], attributes }: Grant): readonly ProbeCall[] {
  const [tableName = '', index] = on.split('/');
  const table = Object.entries(tables).find(([name]) => name === tableName)?.[1];
  if (table === undefined) return [];
  return keys.flatMap((key) => {
    const pk = `T#${own}#${asKey(key)}`;
    if (attributes !== undefined) return callsForAttributes(table, pk, attributes.map(asKey));
    return actions.map((action) => {
      return index === undefined ? grantedCall(table, action, pk) : grantedQuery(table, pk);
    });
  });
}

/** A call for every action of a grant on secrets or keys, on what is the tenant's own: what must work. */
function ownSecretCalls({ on, actions }: Grant): readonly ProbeCall[] {
  const text = Buffer.from('x').toString('base64');
  const SecretId = secretOf(own);
  const inputs: Readonly<Record<string, object>> = {
    'secretsmanager:GetSecretValue': { SecretId },
    'secretsmanager:PutSecretValue': { SecretId, SecretString: 'own' },
    'secretsmanager:TagResource': { SecretId, Tags: [{ Key: 'tenant', Value: own }] },
    'secretsmanager:CreateSecret': { Name: `${SecretId}-new`, SecretString: 'own' },
    'kms:Encrypt': { ...sealing(own), Plaintext: text },
    'kms:GenerateMac': { KeyId: 'alias/countinghouse-dev-address', MacAlgorithm: 'HMAC_SHA_256', Message: text },
  };
  if (!['connection-secrets', 'sealing-key', 'address-key'].includes(on)) return [];
  return actions.map((action) => {
    const [service = '', operation = ''] = action.split(':');
    const input = inputs[action];
    if (input === undefined) throw new Error(`no call for ${action}: add one`);
    return { service: service === 'kms' ? service : 'secretsmanager', operation, input };
  });
}
