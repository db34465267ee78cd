import { createHash } from 'node:crypto';

import type { Json } from './json';

/** Where the deployed things of the local cloud are reached. */
export interface Placement {
  readonly accountId: string;
  readonly region: string;
  /** The front door, e.g. `http://127.0.0.1:4001`. */
  readonly awsEndpoint: string;
  /** Root of the REST API without a trailing slash, e.g. `http://127.0.0.1:4000`. */
  readonly apiUrl: string;
  /** URL of a function with a Function URL, ending in a slash as AWS writes it. */
  functionUrl(functionName: string): string;
}

/** What an engine gave to a resource when it was created: its `Ref` and those attributes that cannot be computed. */
export interface Recorded {
  readonly ref?: string;
  readonly attributes?: Readonly<Record<string, string>>;
}

/** The facts from which `Ref` and `Fn::GetAtt` of one resource are answered. */
export interface Subject {
  readonly stackName: string;
  readonly logicalId: string;
  readonly type: string;
  /** Resolved property that is a string (or number), e.g. an explicit name. */
  text(property: string): string | undefined;
  readonly recorded: Recorded | undefined;
}

export interface Identity {
  readonly ref: string;
  readonly attributes: Readonly<Record<string, Json>>;
}

/** A stable token from the place of a resource in its stack: the same in every run, as real ids are. */
function token(subject: Subject, length: number, alphabet: string): string {
  const digest = createHash('sha256').update(`${subject.stackName}/${subject.logicalId}`).digest();
  return Array.from({ length }, (_unused, index) => alphabet[(digest[index % 32] ?? 0) % alphabet.length]).join('');
}

const lower = 'abcdefghijklmnopqrstuvwxyz0123456789';
const hexadecimal = '0123456789abcdef';

function uuid(subject: Subject): string {
  const hex = token(subject, 32, hexadecimal);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** CloudFormation's generated names: stack, logical id, random part; cut to the limit of the service. */
function generatedName(subject: Subject, limit = 64): string {
  return `${subject.stackName}-${subject.logicalId}`.slice(0, limit - 13) + `-${token(subject, 12, lower)}`;
}

type Identify = (subject: Subject, place: Placement, arn: (service: string, resource: string) => string) => Identity;

const named =
  (property: string, limit?: number) =>
  (subject: Subject): string =>
    subject.text(property) ?? generatedName(subject, limit);

const tableName = named('TableName', 255);
const table: Identify = (subject, _place, arn) => {
  const name = tableName(subject);
  const tableArn = arn('dynamodb', `table/${name}`);
  return {
    ref: name,
    attributes: {
      Arn: tableArn,
      TableId: uuid(subject),
      StreamArn: subject.recorded?.attributes?.['StreamArn'] ?? `${tableArn}/stream/2024-01-01T00:00:00.000`,
    },
  };
};

const plain =
  (property: string): Identify =>
  (subject) => ({ ref: named(property)(subject), attributes: {} });

/** `Ref` and `Fn::GetAtt` return values by resource type (AWS CloudFormation User Guide, resource reference). */
const identities: Readonly<Record<string, Identify>> = {
  'AWS::DynamoDB::Table': table,
  'AWS::DynamoDB::GlobalTable': table,
  'AWS::KMS::Key': (subject, _place, arn) => {
    const keyId = subject.recorded?.ref ?? uuid(subject);
    return { ref: keyId, attributes: { Arn: arn('kms', `key/${keyId}`), KeyId: keyId } };
  },
  'AWS::KMS::Alias': plain('AliasName'),
  'AWS::S3::Bucket': (subject, place) => {
    const name = named('BucketName', 63)(subject).toLowerCase();
    return {
      ref: name,
      attributes: {
        Arn: `arn:aws:s3:::${name}`,
        DomainName: `${name}.s3.amazonaws.com`,
        RegionalDomainName: `${name}.s3.${place.region}.amazonaws.com`,
      },
    };
  },
  'AWS::SQS::Queue': (subject, place, arn) => {
    const name = named('QueueName', 80)(subject);
    const url = `${place.awsEndpoint}/${place.accountId}/${name}`;
    return { ref: url, attributes: { Arn: arn('sqs', name), QueueName: name, QueueUrl: url } };
  },
  'AWS::SNS::Topic': (subject, _place, arn) => {
    const name = named('TopicName', 256)(subject);
    return { ref: arn('sns', name), attributes: { TopicArn: arn('sns', name), TopicName: name } };
  },
  'AWS::SecretsManager::Secret': (subject, _place, arn) => {
    const secretArn =
      subject.recorded?.ref ??
      arn('secretsmanager', `secret:${named('Name', 256)(subject)}-${token(subject, 6, lower)}`);
    return { ref: secretArn, attributes: { Id: secretArn } };
  },
  'AWS::Cognito::UserPool': (subject, place, arn) => {
    const id = subject.recorded?.ref ?? `${place.region}_${token(subject, 9, lower)}`;
    return {
      ref: id,
      attributes: {
        Arn: arn('cognito-idp', `userpool/${id}`),
        UserPoolId: id,
        ProviderName: `cognito-idp.${place.region}.amazonaws.com/${id}`,
        ProviderURL: `https://cognito-idp.${place.region}.amazonaws.com/${id}`,
      },
    };
  },
  'AWS::Cognito::UserPoolClient': (subject) => {
    const id = subject.recorded?.ref ?? token(subject, 26, lower);
    return { ref: id, attributes: { ClientId: id, Name: subject.text('ClientName') ?? '' } };
  },
  'AWS::Lambda::Function': (subject, _place, arn) => {
    const name = named('FunctionName', 64)(subject);
    return { ref: name, attributes: { Arn: arn('lambda', `function:${name}`) } };
  },
  'AWS::Lambda::Version': (subject, _place, arn) => {
    const versioned = `${arn('lambda', `function:${functionNameOf(subject.text('FunctionName') ?? '')}`)}:1`;
    return { ref: versioned, attributes: { Version: '1', FunctionArn: versioned } };
  },
  'AWS::Lambda::Alias': (subject, _place, arn) => {
    const aliased = `${arn('lambda', `function:${functionNameOf(subject.text('FunctionName') ?? '')}`)}:${subject.text('Name') ?? ''}`;
    return { ref: aliased, attributes: { AliasArn: aliased } };
  },
  'AWS::Lambda::Url': (subject, place) => {
    const target = subject.text('TargetFunctionArn') ?? '';
    return { ref: target, attributes: { FunctionArn: target, FunctionUrl: place.functionUrl(functionNameOf(target)) } };
  },
  'AWS::Lambda::EventSourceMapping': (subject, _place, arn) => ({
    ref: uuid(subject),
    attributes: { Id: uuid(subject), EventSourceMappingArn: arn('lambda', `event-source-mapping:${uuid(subject)}`) },
  }),
  'AWS::IAM::Role': (subject, place) => {
    const name = named('RoleName', 64)(subject);
    const path = subject.text('Path') ?? '/';
    return {
      ref: name,
      attributes: {
        Arn: `arn:aws:iam::${place.accountId}:role${path}${name}`,
        RoleId: `AROA${token(subject, 17, lower).toUpperCase()}`,
      },
    };
  },
  'AWS::IAM::ManagedPolicy': (subject, place) => {
    const policyArn = `arn:aws:iam::${place.accountId}:policy/${named('ManagedPolicyName', 128)(subject)}`;
    return { ref: policyArn, attributes: { PolicyArn: policyArn } };
  },
  'AWS::ApiGateway::RestApi': (subject) => {
    const id = token(subject, 10, lower);
    return {
      ref: id,
      attributes: {
        RestApiId: id,
        RootResourceId: token({ ...subject, logicalId: `${subject.logicalId}/root` }, 10, lower),
      },
    };
  },
  'AWS::ApiGateway::Resource': (subject) => ({
    ref: token(subject, 6, lower),
    attributes: { ResourceId: token(subject, 6, lower) },
  }),
  'AWS::ApiGateway::Deployment': (subject) => ({
    ref: token(subject, 6, lower),
    attributes: { DeploymentId: token(subject, 6, lower) },
  }),
  'AWS::ApiGateway::Stage': plain('StageName'),
  'AWS::ApiGateway::Authorizer': (subject) => ({
    ref: token(subject, 6, lower),
    attributes: { AuthorizerId: token(subject, 6, lower) },
  }),
  'AWS::ApiGateway::RequestValidator': (subject) => ({ ref: token(subject, 6, lower), attributes: {} }),
  'AWS::ApiGateway::Model': plain('Name'),
  'AWS::Events::Rule': (subject, _place, arn) => {
    const name = named('Name', 64)(subject);
    return { ref: name, attributes: { Arn: arn('events', `rule/${name}`) } };
  },
  'AWS::Scheduler::Schedule': (subject, _place, arn) => {
    const name = named('Name', 64)(subject);
    return {
      ref: name,
      attributes: { Arn: arn('scheduler', `schedule/${subject.text('GroupName') ?? 'default'}/${name}`) },
    };
  },
  'AWS::Scheduler::ScheduleGroup': (subject, _place, arn) => {
    const name = named('Name', 64)(subject);
    return { ref: name, attributes: { Arn: arn('scheduler', `schedule-group/${name}`) } };
  },
  'AWS::CloudWatch::Alarm': (subject, _place, arn) => {
    const name = named('AlarmName', 255)(subject);
    return { ref: name, attributes: { Arn: arn('cloudwatch', `alarm:${name}`) } };
  },
  'AWS::Logs::LogGroup': (subject, _place, arn) => {
    const name = named('LogGroupName', 512)(subject);
    return { ref: name, attributes: { Arn: arn('logs', `log-group:${name}:*`) } };
  },
};

export function identify(subject: Subject, place: Placement): Identity {
  const identity = identities[subject.type];
  if (identity === undefined) {
    throw new Error(
      `${subject.stackName}/${subject.logicalId}: the local cloud does not know what Ref and Fn::GetAtt of ${subject.type} return; add it to local/assembly/identities.ts`,
    );
  }
  const arn = (service: string, resource: string): string =>
    `arn:aws:${service}:${place.region}:${place.accountId}:${resource}`;
  return identity(subject, place, arn);
}

/** `arn:aws:lambda:…:function:name[:qualifier]`, or a bare name, to the name. */
export function functionNameOf(arnOrName: string): string {
  const parts = arnOrName.split(':');
  return (parts.length >= 7 ? parts[6] : parts[0]) ?? arnOrName;
}
