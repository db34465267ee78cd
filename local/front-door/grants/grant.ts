import type { AwsCall } from '../contract';

/** One permission that a call needs: what IAM's service authorization reference lists for the operation. */
export interface Grant {
  /** `dynamodb:PutItem` */
  readonly action: string;
  readonly resource: string;
  /** Context keys of this request; multi-valued keys are arrays. A key that AWS leaves out is left out here. */
  readonly context: Readonly<Record<string, string | readonly string[]>>;
}

/** What the local services know about their resources, as far as a decision depends on it. */
export interface ResourceFacts {
  readonly region: string;
  readonly accountId: string;
  /** ARN of the customer managed key that protects a table, queue, bucket, topic or secret. */
  encryptionKeyOf(resourceArn: string): string | undefined;
  tagsOf(resourceArn: string): Readonly<Record<string, string>>;
  /** Name of the partition key of a table, or of one of its indexes. */
  partitionKeyOf(tableName: string, indexName?: string): Promise<string | undefined>;
  /** ARN of the stream behind a shard iterator. */
  streamArnOfIterator(shardIterator: string): Promise<string | undefined>;
  /** ARN of a secret by name or ARN; undefined when there is none. */
  secretArnOf(secretId: string): string | undefined;
  /** ARN of a key by id, ARN or alias. */
  keyArnOf(keyId: string): string | undefined;
  /** ARN of the key that made a ciphertext. */
  keyArnOfCiphertext(ciphertext: string): string | undefined;
}

/** The permissions of one call, all of which must be allowed. */
export type GrantsOf = (call: AwsCall, facts: ResourceFacts) => Promise<readonly Grant[]>;

/** A call that a service makes to KMS under the caller's permissions (condition key `kms:ViaService`). */
export function keyGrant(
  operation: 'Decrypt' | 'GenerateDataKey',
  keyArn: string,
  service: string,
  encryptionContext: Readonly<Record<string, string>>,
  facts: ResourceFacts,
): Grant {
  return {
    action: `kms:${operation}`,
    resource: keyArn,
    context: {
      'kms:ViaService': `${service}.${facts.region}.amazonaws.com`,
      'kms:CallerAccount': facts.accountId,
      ...encryptionContextKeys(encryptionContext),
    },
  };
}

/** Condition keys `kms:EncryptionContext:<key>` and `kms:EncryptionContextKeys`. */
export function encryptionContextKeys(
  encryptionContext: Readonly<Record<string, string>>,
): Record<string, string | string[]> {
  const keys: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(encryptionContext)) {
    keys[`kms:EncryptionContext:${name}`] = value;
  }
  if (Object.keys(encryptionContext).length > 0) {
    keys['kms:EncryptionContextKeys'] = Object.keys(encryptionContext);
  }
  return keys;
}

/** Condition keys `<prefix>/<tag>` for every tag. */
export function tagKeys(prefix: string, tags: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(tags).map(([name, value]) => [`${prefix}/${name}`, value]));
}
