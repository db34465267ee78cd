import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { loadAssembly, type Assembly } from '../../../local/assembly/assembly';
import { policySourceOf } from '../../../local/assembly/policies';
import { fixtureAssembly } from '../fixture/assembly';

const place = {
  accountId: '000000000000',
  region: 'eu-central-1',
  awsEndpoint: 'http://127.0.0.1:4001',
  apiUrl: 'http://127.0.0.1:4000',
  functionUrl: (name: string) => `http://url-of-${name}/`,
};

let assembly: Assembly;
beforeAll(() => {
  assembly = loadAssembly(fixtureAssembly(), place);
}, 60_000);

const named = (type: string, ref: string) => assembly.ofType(type).find((resource) => resource.ref.includes(ref))!;

describe('a cloud assembly', () => {
  it('gives every resource a concrete name, address and ARN', () => {
    expect(named('AWS::DynamoDB::Table', 'fixture-items').attribute('Arn')).toBe(
      'arn:aws:dynamodb:eu-central-1:000000000000:table/fixture-items',
    );
    const queue = named('AWS::SQS::Queue', 'fixture-queue');
    expect([queue.ref, queue.attribute('Arn')]).toEqual([
      'http://127.0.0.1:4001/000000000000/fixture-queue',
      'arn:aws:sqs:eu-central-1:000000000000:fixture-queue',
    ]);
    expect(named('AWS::S3::Bucket', 'bucket').ref).toMatch(/^fixturedata-bucket[a-z0-9]+-[a-z0-9]{12}$/);
    expect(named('AWS::Cognito::UserPool', '').ref).toMatch(/^eu-central-1_[a-z0-9]{9}$/);
  });

  it('resolves references across stacks, and code to its directory', () => {
    const echo = named('AWS::Lambda::Function', 'fixture-echo');
    expect(echo.property('Environment')).toMatchObject({
      Variables: {
        TABLE: 'fixture-items',
        QUEUE_URL: 'http://127.0.0.1:4001/000000000000/fixture-queue',
        OTHER_URL: 'http://url-of-fixture-url-echo/',
        GREETING: 'hello eu-central-1',
      },
    });
    expect(existsSync(join(assembly.codeDirectory(echo), 'index.mjs'))).toBe(true);
    expect(assembly.output('FixtureApp', 'ClientId')).toBe(named('AWS::Cognito::UserPoolClient', '').ref);
  });

  it('is the same every time, and takes ids that an engine gave', () => {
    const again = loadAssembly(fixtureAssembly(), place);
    expect(again.resources.map((resource) => resource.properties())).toEqual(
      assembly.resources.map((resource) => resource.properties()),
    );

    const [secret] = again.ofType('AWS::SecretsManager::Secret');
    const arn = 'arn:aws:secretsmanager:eu-central-1:000000000000:secret:fixture/secret-AbCdEf';
    again.record(secret!.id, { ref: arn });
    const echo = again.ofType('AWS::Lambda::Function').find((resource) => resource.ref === 'fixture-echo')!;
    expect(echo.property('Environment')).toMatchObject({ Variables: { SECRET_ARN: arn } });
  });

  it('resolves every property of every resource', () => {
    for (const resource of assembly.resources) {
      expect(JSON.stringify(resource.properties())).not.toMatch(/"(Ref|Fn::[A-Za-z]+)":/);
    }
  });

  it('lists what has no meaning here, each with the reason', () => {
    expect(assembly.ignored).toContainEqual({
      id: expect.stringMatching(/^FixtureApp\/Dashboard/),
      type: 'AWS::CloudWatch::Dashboard',
      reason: 'a picture of metrics',
    });
  });

  it('is refused if it holds a kind of resource nobody has thought about', () => {
    const directory = mkdtempSync(join(tmpdir(), 'assembly-'));
    writeFileSync(
      join(directory, 'manifest.json'),
      JSON.stringify({
        artifacts: { S: { type: 'aws:cloudformation:stack', properties: { templateFile: 's.json' } } },
      }),
    );
    writeFileSync(join(directory, 's.json'), JSON.stringify({ Resources: { Cluster: { Type: 'AWS::EKS::Cluster' } } }));

    expect(() => loadAssembly(directory, place)).toThrow(/no meaning for: S\/Cluster \(AWS::EKS::Cluster\)/);
  });

  it('is refused if it is none', () => {
    expect(() => loadAssembly(tmpdir(), place)).toThrow('is not a cloud assembly');
  });
});

describe('the policies of an assembly', () => {
  const roleOf = (functionName: string) => named('AWS::Lambda::Function', functionName).property('Role') as string;

  it('are those of the role, inline and attached, with its trust', () => {
    const policies = policySourceOf(assembly);
    const role = roleOf('fixture-queue-worker');
    const statements = policies
      .identityPolicies(role)
      .flatMap(
        ({ document }) => (document as { Statement: { Action: string | string[]; Resource: unknown }[] }).Statement,
      );

    expect(statements).toContainEqual(
      expect.objectContaining({
        Action: expect.arrayContaining(['sqs:ReceiveMessage']),
        Resource: 'arn:aws:sqs:eu-central-1:000000000000:fixture-queue',
      }),
    );
    expect(policies.identityPolicies(role).map(({ name }) => name)).toContain(
      'service-role/AWSLambdaBasicExecutionRole',
    );
    expect(policies.trustPolicy(role)).toMatchObject({
      Statement: [{ Action: 'sts:AssumeRole', Principal: { Service: 'lambda.amazonaws.com' } }],
    });
    expect(policies.identityPolicies('arn:aws:iam::000000000000:role/nobody')).toEqual([]);
  });

  it('are those of the resource: bucket, key, function', () => {
    const policies = policySourceOf(assembly);
    const bucket = named('AWS::S3::Bucket', 'bucket');

    expect(policies.resourcePolicy(`${bucket.attribute('Arn')}/some/object`)).toMatchObject({
      Statement: [expect.objectContaining({ Effect: 'Deny', Action: 's3:*' })],
    });
    expect(policies.resourcePolicy(assembly.ofType('AWS::KMS::Key')[0]!.attribute('Arn'))).toMatchObject({
      Version: '2012-10-17',
    });
    expect(
      policies.resourcePolicy(named('AWS::Lambda::Function', 'fixture-pre-sign-up').attribute('Arn')),
    ).toMatchObject({
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Service: 'cognito-idp.amazonaws.com' },
          Action: 'lambda:InvokeFunction',
          Condition: { ArnLike: { 'AWS:SourceArn': named('AWS::Cognito::UserPool', '').attribute('Arn') } },
        },
      ],
    });
    expect(policies.resourcePolicy('arn:aws:sqs:eu-central-1:000000000000:fixture-dlq')).toBeUndefined();
  });
});
