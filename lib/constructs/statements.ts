import { PolicyStatement } from 'aws-cdk-lib/aws-iam';

import type { Grant } from '../config/function-spec';
import type { GrantTarget, Offer } from './grant-targets';

/**
 * Conditions that hold a statement to partition keys. `ForAllValues` alone is true of a request without keys, and so of a
 * Scan; `Null` refuses those. [IAM: multivalued context keys; DynamoDB: fine-grained access control]
 */
function onlyKeys(keys: readonly string[]): Record<string, Record<string, unknown>> {
  return {
    'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [...keys] },
    Null: { 'dynamodb:LeadingKeys': 'false' },
  };
}

/**
 * Beside the keys, the attributes that an update may name: in what it sets and in its condition. The list has those of the key too.
 * Only `UpdateItem` is held by it; a put replaces the whole item. [DynamoDB: fine-grained access control, `dynamodb:Attributes`]
 */
function onlyAttributes(
  keys: readonly string[],
  attributes: readonly string[],
): Record<string, Record<string, unknown>> {
  return {
    'ForAllValues:StringLike': {
      'dynamodb:LeadingKeys': [...keys],
      'dynamodb:Attributes': ['pk', 'sk', ...attributes],
    },
    Null: { 'dynamodb:LeadingKeys': 'false', 'dynamodb:Attributes': 'false' },
  };
}

/** The prefix of every key of the tenant that the session was opened for. */
const tenantPrefix = 'T#${aws:PrincipalTag/tenant}#';

/** A request without an encryption context, or with another one, does not match. [KMS: kms:EncryptionContext:context-key] */
function onlyContext(context: Readonly<Record<string, string>>): Record<string, Record<string, unknown>> {
  const entries = Object.entries(context).map(([name, value]) => [`kms:EncryptionContext:${name}`, value] as const);
  return { StringEquals: Object.fromEntries<string>(entries) };
}

function conditionsOf({
  actions,
  keys,
  attributes,
  encryptionContext,
}: Grant): Record<string, Record<string, unknown>> | undefined {
  if (attributes !== undefined) {
    if (keys === undefined || actions.some((action) => action !== 'dynamodb:UpdateItem')) {
      throw new Error('Attributes hold updates of named keys alone: give reads and puts a grant of their own');
    }
    return onlyAttributes(keys, attributes);
  }
  if (keys !== undefined) return onlyKeys(keys);
  return encryptionContext === undefined ? undefined : onlyContext(encryptionContext);
}

/** Uses of a customer key that an action implies. [the services' own documentation of encryption at rest] */
function impliedKeyActions(action: string): readonly string[] {
  switch (action) {
    case 'dynamodb:PutItem':
    case 'dynamodb:UpdateItem':
      return [
        'kms:Decrypt',
        'kms:DescribeKey',
        'kms:Encrypt',
        'kms:GenerateDataKey',
        'kms:ReEncryptFrom',
        'kms:ReEncryptTo',
      ];
    case 'sqs:SendMessage':
    case 'secretsmanager:CreateSecret':
    case 'secretsmanager:PutSecretValue':
      return ['kms:Decrypt', 'kms:GenerateDataKey'];
    case 's3:PutObject':
      return ['kms:GenerateDataKey'];
    case 'sqs:ReceiveMessage':
    case 'secretsmanager:GetSecretValue':
    case 's3:GetObject':
      return ['kms:Decrypt'];
    case 'secretsmanager:TagResource':
    case 'sqs:DeleteMessage':
    case 'sqs:GetQueueAttributes':
    case 'sqs:ChangeMessageVisibility':
      return [];
    default:
      return action.startsWith('dynamodb:') ? ['kms:Decrypt', 'kms:DescribeKey'] : [];
  }
}

function keyStatements(uses: readonly { grant: Grant; target: GrantTarget }[], region: string): PolicyStatement[] {
  const actionsOf = new Map<string, { keyArn: string; service: string; actions: Set<string> }>();
  for (const { grant, target } of uses) {
    if (target.encryption === undefined) continue;
    const { keyArn, service } = target.encryption;
    const use = actionsOf.get(`${keyArn} ${service}`) ?? { keyArn, service, actions: new Set<string>() };
    for (const action of grant.actions) impliedKeyActions(action).forEach((implied) => use.actions.add(implied));
    actionsOf.set(`${keyArn} ${service}`, use);
  }
  return [...actionsOf.values()]
    .filter(({ actions }) => actions.size > 0)
    .map(
      ({ keyArn, service, actions }) =>
        new PolicyStatement({
          actions: [...actions].sort(),
          resources: [keyArn],
          conditions: { StringEquals: { 'kms:ViaService': `${service}.${region}.amazonaws.com` } },
        }),
    );
}

/** Policy statements of a function's own grants: exactly those, and the keys they imply. */
export function ownStatements(grants: readonly Grant[], offer: Offer, region: string): PolicyStatement[] {
  const uses = grants.map((grant) => ({ grant, target: offer.target(grant.on) }));
  return [
    ...uses.map(({ grant, target }) => {
      const conditions = conditionsOf(grant);
      return new PolicyStatement({
        actions: [...grant.actions],
        resources: [target.arn],
        ...(conditions === undefined ? {} : { conditions }),
      });
    }),
    ...keyStatements(uses, region),
  ];
}

/** The same for a tenant role: every statement on a table is pinned to the keys of the session's tenant. */
export function tenantStatements(grants: readonly Grant[], offer: Offer, region: string): PolicyStatement[] {
  return ownStatements(
    grants.map((grant) =>
      grant.actions.every((action) => action.startsWith('dynamodb:'))
        ? { ...grant, keys: (grant.keys ?? ['*']).map((key) => `${tenantPrefix}${key}`) }
        : grant,
    ),
    offer,
    region,
  );
}
