import type { PolicySource } from '../front-door/contract';
import type { Assembly, Resource } from './assembly';
import { functionNameOf } from './identities';
import { asObject, asString, isList, isObject, listOf, optional, parseJson, type Json, type JsonObject } from './json';

interface NamedDocument {
  readonly name: string;
  readonly document: JsonObject;
}

/**
 * Reads from the templates who may do what: the policies of every role, and those of every bucket, queue, topic, key,
 * secret and function. Reads lazily and once, since some ARNs are only known after deployment.
 */
export function policySourceOf(assembly: Assembly): PolicySource {
  const roles = assembly.ofType('AWS::IAM::Role');
  const identity = cachedByKey((roleArn) => {
    const role = roles.find((candidate) => candidate.attribute('Arn') === roleArn);
    return role === undefined ? [] : identityPolicies(assembly, role);
  });
  const resource = cachedByKey((resourceArn) => resourcePolicy(assembly, resourceArn));
  return {
    identityPolicies: identity,
    trustPolicy: (roleArn) => {
      const role = roles.find((candidate) => candidate.attribute('Arn') === roleArn);
      return role === undefined
        ? undefined
        : asObject(role.property('AssumeRolePolicyDocument'), `${role.id} trust policy`);
    },
    resourcePolicy: resource,
  };
}

function cachedByKey<T>(read: (key: string) => T): (key: string) => T {
  const cache = new Map<string, { readonly value: T }>();
  return (key) => {
    const found = cache.get(key) ?? { value: read(key) };
    cache.set(key, found);
    return found.value;
  };
}

function identityPolicies(assembly: Assembly, role: Resource): NamedDocument[] {
  const inline = listOf(role.property('Policies'), asObject, `${role.id}.Policies`).map((policy) => ({
    name: asString(policy['PolicyName'], `${role.id} PolicyName`),
    document: asObject(policy['PolicyDocument'], `${role.id} PolicyDocument`),
  }));
  const attached = assembly.ofType('AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy').flatMap((policy) => {
    const names = listOf(policy.property('Roles'), asString, `${policy.id}.Roles`);
    return names.includes(role.ref) ? [documentOf(policy)] : [];
  });
  const byArn = listOf(role.property('ManagedPolicyArns'), asString, `${role.id}.ManagedPolicyArns`).map((arn) => {
    const own = assembly.ofType('AWS::IAM::ManagedPolicy').find((policy) => policy.ref === arn);
    return own === undefined ? awsManagedPolicy(arn, role) : documentOf(own);
  });
  const unique = new Map([...inline, ...attached, ...byArn].map((policy) => [policy.name, policy]));
  return [...unique.values()];
}

function documentOf(policy: Resource): NamedDocument {
  return { name: policy.id, document: asObject(policy.property('PolicyDocument'), `${policy.id}.PolicyDocument`) };
}

/** Logs and traces of a function leave it without passing the front door, so these two grant nothing that is checked here. */
const awsManaged: Readonly<Record<string, readonly string[]>> = {
  'service-role/AWSLambdaBasicExecutionRole': ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
  AWSXRayDaemonWriteAccess: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'],
  'service-role/AmazonAPIGatewayPushToCloudWatchLogs': [
    'logs:CreateLogGroup',
    'logs:CreateLogStream',
    'logs:PutLogEvents',
  ],
  CloudWatchLambdaInsightsExecutionRolePolicy: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
};

function awsManagedPolicy(arn: string, role: Resource): NamedDocument {
  const name = arn.replace(/^arn:aws:iam::aws:policy\//, '');
  const actions = awsManaged[name];
  if (actions === undefined) {
    throw new Error(
      `${role.id} attaches ${arn}, whose text the local cloud does not hold; prefer a policy of one's own`,
    );
  }
  return {
    name,
    document: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: actions, Resource: '*' }] },
  };
}

function resourcePolicy(assembly: Assembly, arn: string): JsonObject | undefined {
  const [, , service] = arn.split(':');
  switch (service) {
    case 's3': {
      const bucketArn = arn.split('/')[0];
      return merged(
        assembly
          .ofType('AWS::S3::BucketPolicy')
          .filter(
            (policy) => `arn:aws:s3:::${asString(policy.property('Bucket'), `${policy.id}.Bucket`)}` === bucketArn,
          ),
      );
    }
    case 'sqs': {
      const urls = assembly
        .ofType('AWS::SQS::Queue')
        .filter((queue) => queue.attribute('Arn') === arn)
        .map((queue) => queue.ref);
      return merged(attachedTo(assembly, 'AWS::SQS::QueuePolicy', 'Queues', urls));
    }
    case 'sns':
      return merged(attachedTo(assembly, 'AWS::SNS::TopicPolicy', 'Topics', [arn]));
    case 'kms':
      return optional(
        assembly
          .ofType('AWS::KMS::Key')
          .find((key) => key.attribute('Arn') === arn)
          ?.property('KeyPolicy'),
        policyDocument,
        `key policy of ${arn}`,
      );
    case 'secretsmanager': {
      const policy = assembly
        .ofType('AWS::SecretsManager::ResourcePolicy')
        .find((candidate) => asString(candidate.property('SecretId'), candidate.id) === arn);
      return optional(policy?.property('ResourcePolicy'), policyDocument, `resource policy of ${arn}`);
    }
    case 'lambda':
      return functionPolicy(assembly, arn);
    default:
      return undefined;
  }
}

function attachedTo(assembly: Assembly, type: string, property: string, targets: readonly string[]): Resource[] {
  return assembly
    .ofType(type)
    .filter((policy) =>
      listOf(policy.property(property), asString, `${policy.id}.${property}`).some((target) =>
        targets.includes(target),
      ),
    );
}

/** Several policy resources on one target would overwrite each other in AWS; here their statements add up, as CDK means them. */
function merged(policies: readonly Resource[]): JsonObject | undefined {
  if (policies.length === 0) return undefined;
  const statements = policies.flatMap((policy) => statementsOf(documentOf(policy).document));
  return { Version: '2012-10-17', Statement: statements };
}

function statementsOf(document: JsonObject): readonly Json[] {
  const statement = document['Statement'];
  if (isList(statement)) return statement;
  return statement === undefined ? [] : [statement];
}

function policyDocument(value: Json, what: string): JsonObject {
  return asObject(typeof value === 'string' ? parseJson(value) : value, what);
}

/** `AWS::Lambda::Permission` resources of a function, as the policy that `AddPermission` builds of them. */
function functionPolicy(assembly: Assembly, arn: string): JsonObject | undefined {
  const name = functionNameOf(arn);
  const statements = assembly
    .ofType('AWS::Lambda::Permission')
    .filter((permission) => functionNameOf(asString(permission.property('FunctionName'), permission.id)) === name)
    .map((permission) => permissionStatement(permission, arn));
  return statements.length === 0 ? undefined : { Version: '2012-10-17', Statement: statements };
}

function permissionStatement(permission: Resource, arn: string): JsonObject {
  const principal = asString(permission.property('Principal'), `${permission.id}.Principal`);
  const text = (name: string): string | undefined =>
    optional(permission.property(name), asString, `${permission.id}.${name}`);
  const sourceArn = text('SourceArn');
  const sourceAccount = text('SourceAccount');
  const urlAuthType = text('FunctionUrlAuthType');
  const condition: JsonObject = {
    ...(sourceArn === undefined ? {} : { ArnLike: { 'AWS:SourceArn': sourceArn } }),
    ...(sourceAccount === undefined && urlAuthType === undefined
      ? {}
      : {
          StringEquals: {
            ...(sourceAccount === undefined ? {} : { 'AWS:SourceAccount': sourceAccount }),
            ...(urlAuthType === undefined ? {} : { 'lambda:FunctionUrlAuthType': urlAuthType }),
          },
        }),
  };
  return {
    Sid: permission.logicalId,
    Effect: 'Allow',
    Principal:
      principal === '*' ? '*' : principal.endsWith('.amazonaws.com') ? { Service: principal } : { AWS: principal },
    Action: asString(permission.property('Action'), `${permission.id}.Action`),
    Resource: arn,
    ...(Object.keys(condition).length === 0 || !isObject(condition) ? {} : { Condition: condition }),
  };
}
