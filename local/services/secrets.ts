import { createCipheriv, createDecipheriv, randomBytes, randomUUID } from 'node:crypto';
import type { LocalService } from '../front-door/contract';
import { listOf, parseRecord, recordOf, textOf, textsOf, type JsonRecord } from '../front-door/json';
import { AwsFault, jsonReply } from '../front-door/wire';
import { openStateFile, type Home } from './state';

export interface SecretsService extends LocalService {
  /** Makes a secret unless one of this name exists; returns its ARN either way. */
  createSecret(secret: {
    readonly name: string;
    readonly secretString: string;
    readonly kmsKeyId?: string;
    readonly description?: string;
    readonly tags?: Readonly<Record<string, string>>;
  }): string;
  arnOf(secretId: string): string | undefined;
  encryptionKeyOf(secretArn: string): string | undefined;
  tagsOf(secretArn: string): Readonly<Record<string, string>>;
}

interface Version {
  readonly id: string;
  /** `SecretString` or base64 `SecretBinary`. */
  readonly kind: 'SecretString' | 'SecretBinary';
  readonly value: string;
  readonly createdAtMs: number;
  stages: string[];
}

interface Secret {
  readonly arn: string;
  readonly name: string;
  readonly createdAtMs: number;
  kmsKeyId: string | undefined;
  description: string;
  tags: Record<string, string>;
  versions: Version[];
  deletedAtMs: number | undefined;
}

/**
 * Secrets Manager [secretsmanager/latest/APIReference]: versions and their stages. The file at rest is encrypted,
 * so that a search through the state directory finds no secret.
 */
export function startSecrets(home: Home): SecretsService {
  const file = openStateFile(home.stateDir, 'secretsmanager', 'secrets.json');
  const stored = file.read();
  const fileKey = textOf(stored['key']) ?? randomBytes(32).toString('base64');
  const secrets = new Map<string, Secret>();
  const opened = textOf(stored['sealed']);
  for (const [name, value] of Object.entries(opened === undefined ? {} : parseRecord(unseal(opened, fileKey)))) {
    secrets.set(name, secretFrom(name, recordOf(value)));
  }
  const save = (): void => {
    file.write({ key: fileKey, sealed: seal(JSON.stringify(Object.fromEntries(secrets)), fileKey) });
  };

  const find = (id: string): Secret | undefined =>
    secrets.get(id) ??
    [...secrets.values()].find(({ arn }) => arn === id || (id.startsWith('arn:') && arn.slice(0, -7) === id));
  const live = (id: unknown): Secret => {
    const secret = find(textOf(id) ?? '');
    if (secret === undefined) {
      throw new AwsFault('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
    }
    if (secret.deletedAtMs !== undefined) {
      throw new AwsFault(
        'InvalidRequestException',
        "You can't perform this operation on the secret because it was marked for deletion.",
      );
    }
    return secret;
  };
  const create = (body: JsonRecord): Secret => {
    const name = textOf(body['Name']) ?? '';
    if (secrets.has(name)) {
      throw new AwsFault('ResourceExistsException', `The operation failed because the secret ${name} already exists.`);
    }
    const suffix = randomBytes(6)
      .toString('base64url')
      .replace(/[^a-zA-Z0-9]/g, 'x')
      .slice(0, 6);
    const secret: Secret = {
      arn: `arn:aws:secretsmanager:${home.region}:${home.accountId}:secret:${name}-${suffix}`,
      name,
      createdAtMs: home.clock.nowMs(),
      kmsKeyId: textOf(body['KmsKeyId']),
      description: textOf(body['Description']) ?? '',
      tags: tagsFrom(body['Tags']),
      versions: [],
      deletedAtMs: undefined,
    };
    secrets.set(name, secret);
    return secret;
  };
  /** AWSCURRENT moves to the new version, AWSPREVIOUS to the one that had it [APIReference/API_PutSecretValue.html]. */
  const addVersion = (secret: Secret, body: JsonRecord): Version => {
    const id = textOf(body['ClientRequestToken']) ?? randomUUID();
    const kind = textOf(body['SecretString']) === undefined ? 'SecretBinary' : 'SecretString';
    const value = textOf(body[kind]) ?? '';
    const existing = secret.versions.find((version) => version.id === id);
    if (existing !== undefined) {
      if (existing.value !== value) {
        throw new AwsFault(
          'ResourceExistsException',
          `You can't use ClientRequestToken ${id} because that value is already in use.`,
        );
      }
      return existing;
    }
    const stages = listOf(body['VersionStages']).filter((stage) => typeof stage === 'string');
    const version: Version = { id, kind, value, createdAtMs: home.clock.nowMs(), stages: [] };
    secret.versions.push(version);
    for (const stage of stages.length === 0 ? ['AWSCURRENT'] : stages) {
      moveStage(secret, stage, version);
    }
    return version;
  };

  const operations: Readonly<Record<string, (body: JsonRecord) => object>> = {
    CreateSecret(body) {
      const secret = create(body);
      const hasValue = body['SecretString'] !== undefined || body['SecretBinary'] !== undefined;
      const version = hasValue ? addVersion(secret, body) : undefined;
      save();
      return { ARN: secret.arn, Name: secret.name, ...(version === undefined ? {} : { VersionId: version.id }) };
    },
    GetSecretValue(body) {
      const secret = live(body['SecretId']);
      const versionId = textOf(body['VersionId']);
      const stage = textOf(body['VersionStage']) ?? (versionId === undefined ? 'AWSCURRENT' : undefined);
      const version = secret.versions.find(
        (each) =>
          (versionId === undefined || each.id === versionId) && (stage === undefined || each.stages.includes(stage)),
      );
      if (version === undefined) {
        throw new AwsFault(
          'ResourceNotFoundException',
          `Secrets Manager can't find the specified secret value for ${stage === undefined ? 'VersionId' : 'staging label'}: ${stage ?? versionId ?? ''}`,
        );
      }
      return {
        ARN: secret.arn,
        Name: secret.name,
        VersionId: version.id,
        VersionStages: version.stages,
        CreatedDate: version.createdAtMs / 1000,
        [version.kind]: version.value,
      };
    },
    PutSecretValue(body) {
      const secret = live(body['SecretId']);
      const version = addVersion(secret, body);
      save();
      return { ARN: secret.arn, Name: secret.name, VersionId: version.id, VersionStages: version.stages };
    },
    UpdateSecret(body) {
      const secret = live(body['SecretId']);
      secret.kmsKeyId = textOf(body['KmsKeyId']) ?? secret.kmsKeyId;
      secret.description = textOf(body['Description']) ?? secret.description;
      const hasValue = body['SecretString'] !== undefined || body['SecretBinary'] !== undefined;
      const version = hasValue ? addVersion(secret, body) : undefined;
      save();
      return { ARN: secret.arn, Name: secret.name, ...(version === undefined ? {} : { VersionId: version.id }) };
    },
    UpdateSecretVersionStage(body) {
      const secret = live(body['SecretId']);
      const stage = textOf(body['VersionStage']) ?? '';
      const to = secret.versions.find(({ id }) => id === textOf(body['MoveToVersionId']));
      const holder = secret.versions.find(({ stages }) => stages.includes(stage));
      if (holder !== undefined && holder !== to && textOf(body['RemoveFromVersionId']) !== holder.id) {
        throw new AwsFault(
          'InvalidParameterException',
          `The parameter RemoveFromVersionId can't be empty. Staging label ${stage} is currently attached to version ${holder.id}, so you must explicitly reference that version in RemoveFromVersionId.`,
        );
      }
      if (to === undefined) {
        holder?.stages.splice(holder.stages.indexOf(stage), 1);
      } else {
        moveStage(secret, stage, to);
      }
      save();
      return { ARN: secret.arn, Name: secret.name };
    },
    DescribeSecret(body) {
      const secret = find(textOf(body['SecretId']) ?? '');
      return describe(secret ?? live(body['SecretId']));
    },
    TagResource(body) {
      const secret = live(body['SecretId']);
      secret.tags = { ...secret.tags, ...tagsFrom(body['Tags']) };
      save();
      return {};
    },
    UntagResource(body) {
      const secret = live(body['SecretId']);
      const names = listOf(body['TagKeys']);
      secret.tags = Object.fromEntries(Object.entries(secret.tags).filter(([name]) => !names.includes(name)));
      save();
      return {};
    },
    DeleteSecret(body) {
      const secret = live(body['SecretId']);
      secret.deletedAtMs = home.clock.nowMs();
      if (body['ForceDeleteWithoutRecovery'] === true) {
        secrets.delete(secret.name);
      }
      save();
      return { ARN: secret.arn, Name: secret.name, DeletionDate: secret.deletedAtMs / 1000 };
    },
    ListSecrets: () => ({
      SecretList: [...secrets.values()].filter(({ deletedAtMs }) => deletedAtMs === undefined).map(describe),
    }),
    GetRandomPassword: () => ({ RandomPassword: randomBytes(24).toString('base64url') }),
  };

  return {
    name: 'secretsmanager',
    async handle(call) {
      const operation = operations[call.action];
      if (operation === undefined) {
        throw new AwsFault('InvalidRequestException', `The local Secrets Manager does not offer ${call.action}.`);
      }
      return jsonReply(operation(parseRecord(call.body)));
    },
    createSecret(wanted) {
      const known = secrets.get(wanted.name);
      if (known !== undefined) {
        return known.arn;
      }
      const secret = create({ Name: wanted.name, KmsKeyId: wanted.kmsKeyId, Description: wanted.description });
      secret.tags = { ...wanted.tags };
      addVersion(secret, { SecretString: wanted.secretString });
      save();
      return secret.arn;
    },
    arnOf: (secretId) => find(secretId)?.arn,
    encryptionKeyOf: (secretArn) => find(secretArn)?.kmsKeyId,
    tagsOf: (secretArn) => find(secretArn)?.tags ?? {},
    close: async () => undefined,
  };
}

function moveStage(secret: Secret, stage: string, to: Version): void {
  const from = secret.versions.find((version) => version !== to && version.stages.includes(stage));
  if (from !== undefined) {
    from.stages = from.stages.filter((each) => each !== stage);
    if (stage === 'AWSCURRENT') {
      for (const version of secret.versions) {
        version.stages = version.stages.filter((each) => each !== 'AWSPREVIOUS');
      }
      from.stages.push('AWSPREVIOUS');
    }
  }
  if (!to.stages.includes(stage)) {
    to.stages.push(stage);
  }
}

function describe(secret: Secret): object {
  return {
    ARN: secret.arn,
    Name: secret.name,
    Description: secret.description,
    ...(secret.kmsKeyId === undefined ? {} : { KmsKeyId: secret.kmsKeyId }),
    ...(secret.deletedAtMs === undefined ? {} : { DeletedDate: secret.deletedAtMs / 1000 }),
    CreatedDate: secret.createdAtMs / 1000,
    Tags: Object.entries(secret.tags).map(([Key, Value]) => ({ Key, Value })),
    VersionIdsToStages: Object.fromEntries(
      secret.versions.filter(({ stages }) => stages.length > 0).map(({ id, stages }) => [id, stages]),
    ),
  };
}

function tagsFrom(tags: unknown): Record<string, string> {
  return Object.fromEntries(
    listOf(tags).map((tag) => [textOf(recordOf(tag)['Key']) ?? '', textOf(recordOf(tag)['Value']) ?? '']),
  );
}

function secretFrom(name: string, stored: JsonRecord): Secret {
  const deletedAtMs = stored['deletedAtMs'];
  return {
    arn: textOf(stored['arn']) ?? '',
    name,
    createdAtMs: Number(stored['createdAtMs'] ?? 0),
    kmsKeyId: textOf(stored['kmsKeyId']),
    description: textOf(stored['description']) ?? '',
    tags: textsOf(stored['tags']),
    versions: listOf(stored['versions']).map((each) => {
      const version = recordOf(each);
      return {
        id: textOf(version['id']) ?? '',
        kind: version['kind'] === 'SecretBinary' ? 'SecretBinary' : 'SecretString',
        value: textOf(version['value']) ?? '',
        createdAtMs: Number(version['createdAtMs'] ?? 0),
        stages: listOf(version['stages']).filter((stage) => typeof stage === 'string'),
      };
    }),
    deletedAtMs: typeof deletedAtMs === 'number' ? deletedAtMs : undefined,
  };
}

function seal(text: string, key: string): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', Buffer.from(key, 'base64'), nonce);
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64');
}

function unseal(sealed: string, key: string): string {
  const blob = Buffer.from(sealed, 'base64');
  const decipher = createDecipheriv('aes-256-gcm', Buffer.from(key, 'base64'), blob.subarray(0, 12));
  decipher.setAuthTag(blob.subarray(12, 28));
  return Buffer.concat([decipher.update(blob.subarray(28)), decipher.final()]).toString('utf8');
}
