import { createCipheriv, createDecipheriv, createHmac, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import type { LocalService } from '../front-door/contract';
import { isRecord, listOf, parseRecord, recordOf, textOf, textsOf, type JsonRecord } from '../front-door/json';
import { AwsFault, jsonReply } from '../front-door/wire';
import { openStateFile, type Home } from './state';

export type KeySpec = 'SYMMETRIC_DEFAULT' | 'HMAC_256';

export interface KmsService extends LocalService {
  /** Makes a key unless one with this id exists. `keyId` is kept when given, so that a template's key stays the same. */
  createKey(key: {
    readonly keyId?: string;
    readonly spec?: KeySpec;
    readonly aliases?: readonly string[];
    readonly description?: string;
  }): string;
  keyArnOf(keyId: string): string | undefined;
  /** ARN of the key that made a base64 ciphertext. */
  keyArnOfCiphertext(ciphertext: string): string | undefined;
}

interface Key {
  readonly id: string;
  readonly spec: KeySpec;
  readonly material: string;
  readonly description: string;
  readonly createdAtMs: number;
  aliases: readonly string[];
}

/**
 * KMS with symmetric and HMAC keys [kms/latest/APIReference]. A ciphertext is
 * `length of the key id · key id · 12 byte nonce · 16 byte tag · AES-256-GCM`, with the encryption context as additional
 * authenticated data, sorted by name [kms/latest/developerguide/encrypt_context.html].
 */
export function startKms(home: Home): KmsService {
  const file = openStateFile(home.stateDir, 'kms', 'keys.json');
  const keys = new Map<string, Key>();
  for (const [id, stored] of Object.entries(file.read())) {
    keys.set(id, keyFrom(id, recordOf(stored)));
  }
  const save = (): void => {
    file.write(Object.fromEntries(keys));
  };
  const arnOf = (id: string): string => `arn:aws:kms:${home.region}:${home.accountId}:key/${id}`;
  const find = (name: string): Key | undefined => {
    const plain = name.replace(/^arn:aws:kms:[^:]*:\d*:/, '').replace(/^key\//, '');
    return keys.get(plain) ?? [...keys.values()].find((key) => key.aliases.includes(plain));
  };
  const keyNamed = (body: JsonRecord, spec: KeySpec): Key => {
    const name = textOf(body['KeyId']) ?? '';
    const key = find(name);
    if (key === undefined) {
      throw new AwsFault('NotFoundException', `Key '${name}' does not exist`);
    }
    if (key.spec !== spec) {
      throw new AwsFault('InvalidKeyUsageException', `${arnOf(key.id)} key usage does not allow this operation.`);
    }
    return key;
  };

  const operations: Readonly<Record<string, (body: JsonRecord) => object>> = {
    Encrypt(body) {
      const key = keyNamed(body, 'SYMMETRIC_DEFAULT');
      const plaintext = bytesOf(body['Plaintext']);
      if (plaintext.length < 1 || plaintext.length > 4096) {
        throw new AwsFault(
          'ValidationException',
          `1 validation error detected: Value at 'plaintext' failed to satisfy constraint`,
        );
      }
      return {
        CiphertextBlob: seal(key, plaintext, body),
        KeyId: arnOf(key.id),
        EncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
      };
    },
    Decrypt(body) {
      const blob = bytesOf(body['CiphertextBlob']);
      const key = find(keyIdOf(blob));
      if (key === undefined) {
        throw new AwsFault('InvalidCiphertextException', '');
      }
      const named = textOf(body['KeyId']);
      if (named !== undefined && find(named)?.id !== key.id) {
        throw new AwsFault(
          'IncorrectKeyException',
          'The key ID in the request does not identify a CMK that can perform this operation.',
        );
      }
      return {
        Plaintext: open(key, blob, body).toString('base64'),
        KeyId: arnOf(key.id),
        EncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
      };
    },
    GenerateDataKey(body) {
      const key = keyNamed(body, 'SYMMETRIC_DEFAULT');
      const plaintext = randomBytes(body['KeySpec'] === 'AES_128' ? 16 : Number(body['NumberOfBytes'] ?? 32));
      return {
        CiphertextBlob: seal(key, plaintext, body),
        Plaintext: plaintext.toString('base64'),
        KeyId: arnOf(key.id),
      };
    },
    GenerateMac(body) {
      const key = keyNamed(body, 'HMAC_256');
      return { Mac: macOf(key, body).toString('base64'), MacAlgorithm: macAlgorithmOf(body), KeyId: arnOf(key.id) };
    },
    VerifyMac(body) {
      const key = keyNamed(body, 'HMAC_256');
      const given = bytesOf(body['Mac']);
      const expected = macOf(key, body);
      if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
        throw new AwsFault('KMSInvalidMacException', 'The HMAC verification failed.');
      }
      return { MacValid: true, MacAlgorithm: macAlgorithmOf(body), KeyId: arnOf(key.id) };
    },
    DescribeKey(body) {
      const name = textOf(body['KeyId']) ?? '';
      const key = find(name);
      if (key === undefined) {
        throw new AwsFault('NotFoundException', `Key '${name}' does not exist`);
      }
      return { KeyMetadata: metadataOf(key) };
    },
    CreateKey: (body) => {
      const spec: KeySpec = body['KeySpec'] === 'HMAC_256' ? 'HMAC_256' : 'SYMMETRIC_DEFAULT';
      const key = create({ spec, description: textOf(body['Description']) ?? '' });
      return { KeyMetadata: metadataOf(key) };
    },
    ListAliases: () => ({
      Aliases: [...keys.values()].flatMap((key) =>
        key.aliases.map((alias) => ({ AliasName: alias, TargetKeyId: key.id })),
      ),
      Truncated: false,
    }),
  };

  const metadataOf = (key: Key): object => ({
    KeyId: key.id,
    Arn: arnOf(key.id),
    AWSAccountId: home.accountId,
    CreationDate: key.createdAtMs / 1000,
    Description: key.description,
    Enabled: true,
    KeyManager: 'CUSTOMER',
    KeySpec: key.spec,
    KeyState: 'Enabled',
    KeyUsage: key.spec === 'HMAC_256' ? 'GENERATE_VERIFY_MAC' : 'ENCRYPT_DECRYPT',
    Origin: 'AWS_KMS',
  });

  const create = (wanted: {
    keyId?: string;
    spec?: KeySpec;
    aliases?: readonly string[];
    description?: string;
  }): Key => {
    const id = wanted.keyId ?? randomUUID();
    const key: Key = {
      id,
      spec: wanted.spec ?? 'SYMMETRIC_DEFAULT',
      material: randomBytes(32).toString('base64'),
      description: wanted.description ?? '',
      createdAtMs: home.clock.nowMs(),
      aliases: wanted.aliases ?? [],
    };
    keys.set(id, key);
    save();
    return key;
  };

  return {
    name: 'kms',
    async handle(call) {
      const operation = operations[call.action];
      if (operation === undefined) {
        throw new AwsFault('UnsupportedOperationException', `The local KMS does not offer ${call.action}.`);
      }
      return jsonReply(operation(parseRecord(call.body)));
    },
    createKey(wanted) {
      const known = wanted.keyId === undefined ? undefined : keys.get(wanted.keyId);
      if (known === undefined) {
        return arnOf(create(wanted).id);
      }
      known.aliases = [...new Set([...known.aliases, ...(wanted.aliases ?? [])])];
      save();
      return arnOf(known.id);
    },
    keyArnOf(keyId) {
      const key = find(keyId);
      return key === undefined ? undefined : arnOf(key.id);
    },
    keyArnOfCiphertext(ciphertext) {
      const key = find(keyIdOf(Buffer.from(ciphertext, 'base64')));
      return key === undefined ? undefined : arnOf(key.id);
    },
    close: async () => undefined,
  };
}

function keyFrom(id: string, stored: JsonRecord): Key {
  return {
    id,
    spec: stored['spec'] === 'HMAC_256' ? 'HMAC_256' : 'SYMMETRIC_DEFAULT',
    material: textOf(stored['material']) ?? '',
    description: textOf(stored['description']) ?? '',
    createdAtMs: Number(stored['createdAtMs'] ?? 0),
    aliases: listOf(stored['aliases']).filter((alias) => typeof alias === 'string'),
  };
}

function bytesOf(base64: unknown): Buffer {
  return Buffer.from(textOf(base64) ?? '', 'base64');
}

function keyIdOf(blob: Buffer): string {
  return blob.subarray(1, 1 + (blob[0] ?? 0)).toString();
}

function authenticatedData(body: JsonRecord): Buffer {
  const context = isRecord(body['EncryptionContext']) ? textsOf(body['EncryptionContext']) : {};
  return Buffer.from(JSON.stringify(Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1))));
}

function seal(key: Key, plaintext: Buffer, body: JsonRecord): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', Buffer.from(key.material, 'base64'), nonce);
  cipher.setAAD(authenticatedData(body));
  const sealed = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  const id = Buffer.from(key.id);
  return Buffer.concat([Buffer.from([id.length]), id, nonce, cipher.getAuthTag(), sealed]).toString('base64');
}

function open(key: Key, blob: Buffer, body: JsonRecord): Buffer {
  const at = 1 + (blob[0] ?? 0);
  try {
    const decipher = createDecipheriv('aes-256-gcm', Buffer.from(key.material, 'base64'), blob.subarray(at, at + 12));
    decipher.setAAD(authenticatedData(body));
    decipher.setAuthTag(blob.subarray(at + 12, at + 28));
    return Buffer.concat([decipher.update(blob.subarray(at + 28)), decipher.final()]);
  } catch {
    // The same answer for a damaged ciphertext and another encryption context [APIReference/API_Decrypt.html].
    throw new AwsFault('InvalidCiphertextException', '');
  }
}

function macAlgorithmOf(body: JsonRecord): string {
  const algorithm = textOf(body['MacAlgorithm']);
  if (algorithm !== 'HMAC_SHA_256') {
    throw new AwsFault(
      'InvalidKeyUsageException',
      `Algorithm ${algorithm ?? ''} is incompatible with key spec HMAC_256.`,
    );
  }
  return algorithm;
}

function macOf(key: Key, body: JsonRecord): Buffer {
  macAlgorithmOf(body);
  return createHmac('sha256', Buffer.from(key.material, 'base64')).update(bytesOf(body['Message'])).digest();
}
