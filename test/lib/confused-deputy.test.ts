import { asList, at, nameOf, type Resource, type Statement, statementsAt, synthesize } from './synthesized';

/**
 * A service of AWS acts for whoever configured it, in any account. A resource that lets one in must therefore say for which
 * resource or account it may act: or else somebody else's alarm, pool or schedule could be set to reach ours.
 * [IAM User Guide: the confused deputy problem]
 */

/** Where each type of resource that can carry a policy has it. */
const policyPaths: Readonly<Record<string, string>> = {
  'AWS::S3::BucketPolicy': 'PolicyDocument',
  'AWS::SQS::QueuePolicy': 'PolicyDocument',
  'AWS::SNS::TopicPolicy': 'PolicyDocument',
  'AWS::KMS::Key': 'KeyPolicy',
  'AWS::SecretsManager::ResourcePolicy': 'ResourcePolicy',
  'AWS::Logs::ResourcePolicy': 'PolicyDocument',
  'AWS::DynamoDB::Table': 'ResourcePolicy.PolicyDocument',
  'AWS::Backup::BackupVault': 'AccessPolicy',
  'AWS::ApiGateway::RestApi': 'Policy',
  'AWS::Events::EventBusPolicy': 'Statement',
  'AWS::IAM::Role': 'AssumeRolePolicyDocument',
};

/** Keys of a condition that bind a service to what it acts for. [IAM global condition keys; CloudWatch Logs: encryption with KMS] */
const bindingKeys = ['aws:SourceArn', 'aws:SourceAccount', 'aws:SourceOrgID', 'kms:EncryptionContext:aws:logs:arn'];

/**
 * Services that assume a role which is handed to them by someone who holds iam:PassRole on it, and who offer no key to bind them.
 * [Lambda, API Gateway and Backup: execution roles]
 */
const takesPassedRoles: Readonly<Record<string, string>> = {
  'lambda.amazonaws.com': 'Lambda sends no source when it assumes an execution role',
  'apigateway.amazonaws.com': 'the account-wide logging role of API Gateway is assumed without a source',
  'backup.amazonaws.com': 'AWS Backup documents sources for what it notifies, and none for the role of a selection',
};

interface Found {
  readonly resource: Resource;
  readonly statement: Statement;
}

describe.each(['dev', 'prod'] as const)('the resource policies of %s', (stage) => {
  const { resources, ofType } = synthesize(stage);
  const found: readonly Found[] = resources.flatMap((resource) => {
    const path = policyPaths[resource.Type];
    return path === undefined ? [] : statementsAt(resource, path).map((statement) => ({ resource, statement }));
  });
  const allowing = found.filter(({ statement }) => statement.Effect === 'Allow');

  it('are looked for wherever a resource can have one', () => {
    const isPolicy = (name: string): boolean => /(^|[a-z])Polic(y|ies)(Document)?$/.test(name);
    const known = new Set(['ManagedPolicyArns', ...Object.values(policyPaths).map((path) => path.split('.')[0])]);
    const unknown = resources
      .filter(({ Type }) => !/^AWS::IAM::(Managed)?Policy$/.test(Type))
      .flatMap(({ Type, Properties = {} }) =>
        Object.entries(Properties)
          .filter(
            ([name, value]) => isPolicy(name) && !known.has(name) && JSON.stringify(value).includes('"Principal"'),
          )
          .map(([name]) => `${Type}.${name}`),
      );
    expect([...new Set(unknown)]).toEqual([]);
    expect(new Set(allowing.map(({ resource }) => resource.Type)).size).toBeGreaterThan(3);
  });

  it('let a service in for this account or this resource only', () => {
    const loose = allowing
      .filter(({ statement }) => servicesOf(statement).some((service) => takesPassedRoles[service] === undefined))
      .filter(({ statement }) => !isBound(statement))
      .map(({ resource, statement }) => `${nameOf(resource)}: ${servicesOf(statement).join(' ')}`);
    expect(loose).toEqual([]);
    expect(allowing.filter(({ statement }) => servicesOf(statement).length > 0).length).toBeGreaterThan(5);
  });

  it('name no other account and nobody', () => {
    const open = allowing
      .filter(({ statement }) => {
        const text = JSON.stringify(statement.Principal ?? null);
        return text.includes('"*"') || /arn:[^"]*:iam::\d{12}:/.test(text);
      })
      .map(({ resource }) => nameOf(resource));
    expect(open).toEqual([]);
  });

  it('excuse only services that are there to be excused', () => {
    const used = new Set(allowing.flatMap(({ statement }) => servicesOf(statement)));
    expect(Object.keys(takesPassedRoles).filter((service) => !used.has(service))).toEqual([]);
  });

  it('let services call functions for one resource of ours only', () => {
    const permissions = ofType('AWS::Lambda::Permission');
    expect(permissions.length).toBeGreaterThan(10);
    for (const permission of permissions) {
      const principal = at(permission, 'Principal');
      const bound =
        principal === '*'
          ? // The public address of a function: anyone may call it, through that address alone.
            at(permission, 'FunctionUrlAuthType') === 'NONE' || at(permission, 'InvokedViaFunctionUrl') === true
          : at(permission, 'SourceArn') !== undefined;
      expect({ permission: nameOf(permission), bound }).toEqual({ permission: nameOf(permission), bound: true });
      const source = JSON.stringify(at(permission, 'SourceArn') ?? '');
      expect({ permission: nameOf(permission), wide: /^"?\*"?$|arn:[^"]*:\*:\*/.test(source) }).toEqual({
        permission: nameOf(permission),
        wide: false,
      });
    }
  });
});

it('would show a statement that binds nothing', () => {
  const service = { Service: 'sns.amazonaws.com' };
  const statement: Statement = { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: '*', Principal: service };
  expect(servicesOf(statement)).toEqual(['sns.amazonaws.com']);
  expect(isBound(statement)).toBe(false);
  expect(isBound({ ...statement, Condition: { StringEquals: { 'aws:SourceAccount': '*' } } })).toBe(false);
  expect(isBound({ ...statement, Condition: { StringNotEquals: { 'aws:SourceAccount': '1' } } })).toBe(false);
  expect(isBound({ ...statement, Condition: { ArnLikeIfExists: { 'aws:SourceArn': 'arn:aws:sns:x:1:y' } } })).toBe(
    false,
  );
  expect(isBound({ ...statement, Condition: { ArnLike: { 'aws:SourceArn': 'arn:aws:sns:x:1:y' } } })).toBe(true);
});

function servicesOf({ Principal }: Statement): readonly string[] {
  if (typeof Principal !== 'object' || Principal === null || !('Service' in Principal)) return [];
  return asList(Principal.Service as string | string[]);
}

/** Whether a condition that must hold names one of the binding keys with a value that is no wildcard. */
function isBound({ Condition = {} }: Statement): boolean {
  return Object.entries(Condition).some(
    ([operator, tests]) =>
      /^(String|Arn)(Equals|Like)$/.test(operator) &&
      bindingKeys.some((key) => {
        const value: unknown = tests[key];
        return value !== undefined && asList(value).every((each) => each !== '*');
      }),
  );
}
