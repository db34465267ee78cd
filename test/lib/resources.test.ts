import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { stageConfigFor } from '../../lib/config/stage-config';
import { at, listAt, nameOf, refersTo, type Resource, statementsAt, synthesize, textAt, the } from './synthesized';

/** Where each type of resource that keeps something names the key it is encrypted with. */
const keyPaths: Readonly<Record<string, string>> = {
  'AWS::DynamoDB::Table': 'SSESpecification.KMSMasterKeyId',
  'AWS::SQS::Queue': 'KmsMasterKeyId',
  'AWS::SNS::Topic': 'KmsMasterKeyId',
  'AWS::Logs::LogGroup': 'KmsKeyId',
  'AWS::SecretsManager::Secret': 'KmsKeyId',
  'AWS::Backup::BackupVault': 'EncryptionKeyArn',
  'AWS::S3::Bucket':
    'BucketEncryption.ServerSideEncryptionConfiguration.0.ServerSideEncryptionByDefault.KMSMasterKeyID',
};

const typesThatHoldData = [
  'AWS::DynamoDB::Table',
  'AWS::S3::Bucket',
  'AWS::KMS::Key',
  'AWS::Cognito::UserPool',
  'AWS::SecretsManager::Secret',
  'AWS::Backup::BackupVault',
  'AWS::Logs::LogGroup',
];

describe.each(['dev', 'prod'] as const)('resources of %s', (stage) => {
  const { config, ofType } = synthesize(stage);
  const alarms = ofType('AWS::CloudWatch::Alarm');

  it('are encrypted with a customer key wherever they keep anything, but for the access logs', () => {
    const keys = ofType('AWS::KMS::Key');
    const without = Object.entries(keyPaths).flatMap(([type, path]) => {
      expect(ofType(type).length).toBeGreaterThan(0);
      return ofType(type).filter((resource) => !keys.some((key) => refersTo(at(resource, path), key)));
    });
    // S3 delivers access logs only to a bucket with S3's own keys.
    expect(without.map(nameOf)).toEqual([expect.stringMatching(/^data\/AccessLogs/)]);
  });

  it('turn their keys every year, but for the HMAC keys, which cannot', () => {
    const fixed = ofType('AWS::KMS::Key').filter((key) => at(key, 'EnableKeyRotation') !== true);
    expect(fixed.map((key) => at(key, 'KeySpec'))).toEqual(['HMAC_256', 'HMAC_256']);
  });

  it.each([
    ['AWS::SQS::Queue', 'AWS::SQS::QueuePolicy', 'Queues.0'],
    ['AWS::SNS::Topic', 'AWS::SNS::TopicPolicy', 'Topics.0'],
    ['AWS::S3::Bucket', 'AWS::S3::BucketPolicy', 'Bucket'],
  ])('refuse what does not come over TLS: every %s', (type, policyType, path) => {
    for (const resource of ofType(type)) {
      const policies = ofType(policyType).filter((policy) => refersTo(at(policy, path), resource));
      expect(policies).toHaveLength(1);
      expect(statementsAt(policies[0]!, 'PolicyDocument')).toContainEqual(
        expect.objectContaining({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
      );
    }
  });

  it('keep logs for as long as the stage says', () => {
    for (const group of ofType('AWS::Logs::LogGroup')) {
      expect([nameOf(group), at(group, 'RetentionInDays')]).toEqual([nameOf(group), config.logRetention]);
    }
  });

  it('recover tables to any second, and back them up', () => {
    const selected = JSON.stringify(ofType('AWS::Backup::BackupSelection'));
    for (const table of ofType('AWS::DynamoDB::Table')) {
      expect(at(table, 'PointInTimeRecoverySpecification')).toEqual({ PointInTimeRecoveryEnabled: true });
      expect(selected).toContain(table.id);
    }
  });

  it('keep the audit log for its retention, against everybody', () => {
    const worm = the(ofType('AWS::S3::Bucket'), 'ObjectLockEnabled', true);
    expect(worm.DeletionPolicy).toBe('Retain');
    expect(at(worm, 'VersioningConfiguration.Status')).toBe('Enabled');
    expect(at(worm, 'ObjectLockConfiguration.Rule.DefaultRetention')).toEqual({
      Mode: 'COMPLIANCE',
      Days: config.wormRetentionDays,
    });
    const key = ofType('AWS::KMS::Key').find((each) => refersTo(at(worm, keyPaths['AWS::S3::Bucket']!), each));
    expect(key?.DeletionPolicy).toBe('Retain');

    const policy = ofType('AWS::S3::BucketPolicy').find((each) => refersTo(at(each, 'Bucket'), worm));
    const statements = statementsAt(policy!, 'PolicyDocument');
    expect(statements.every(({ Effect }) => Effect === 'Deny')).toBe(true);
    expect(statements).toContainEqual(
      expect.objectContaining({ Action: ['s3:DeleteObject', 's3:DeleteObjectVersion'], Principal: { AWS: '*' } }),
    );
    expect(statements).toContainEqual(
      expect.objectContaining({ Action: 's3:PutObject', Condition: { Null: { 's3:if-none-match': 'true' } } }),
    );
    const toTheProduct = statements.filter(({ Condition }) => JSON.stringify(Condition ?? {}).includes('PrincipalArn'));
    expect(toTheProduct.flatMap(({ Action }) => Action)).toEqual(
      expect.arrayContaining([
        's3:PutObjectRetention',
        's3:PutObjectLegalHold',
        's3:BypassGovernanceRetention',
        's3:PutBucketObjectLockConfiguration',
      ]),
    );
  });

  it('raise alarms that say what they mean, where to read on, and reach someone', () => {
    for (const alarm of alarms) {
      const description = textAt(alarm, 'AlarmDescription');
      const name = textAt(alarm, 'AlarmName').replace(`countinghouse-${stage}-`, '');
      const severity = /^(critical|warning): \S.{20,} Runbook: /.exec(description)?.[1];
      expect(description.endsWith(` Runbook: docs/runbook.md#${name}`)).toBe(true);
      const topic = the(ofType('AWS::SNS::Topic'), 'TopicName', `countinghouse-${stage}-oncall-${String(severity)}`);
      for (const actions of ['AlarmActions', 'OKActions']) {
        expect(listAt(alarm, actions)).toHaveLength(1);
        expect(refersTo(at(alarm, actions), topic)).toBe(true);
      }
    }
  });

  it('raise alarms on metrics that functions count', () => {
    const counted = readFileSync(join(__dirname, '..', '..', 'lambdas', 'middleware', 'metrics.ts'), 'utf8');
    const own = alarms.filter((alarm) => at(alarm, 'Namespace') === 'Countinghouse');
    expect(own.length).toBeGreaterThan(0);
    for (const alarm of own) expect(counted).toContain(`'${textAt(alarm, 'MetricName')}'`);
  });

  it('raise an alarm when providers are answered 503, which Lambda takes for a success', () => {
    const alarm = the(alarms, 'AlarmName', `countinghouse-${stage}-webhook-ingest-errors`);
    expect(JSON.stringify(alarm)).toContain('"MetricName":"WebhookIngestFailed"');
    expect(JSON.stringify(alarm)).toContain('"MetricName":"Errors"');
  });

  it('page when Cognito cannot ask its triggers, whether they fail or are not let run', () => {
    const alarm = the(alarms, 'AlarmName', `countinghouse-${stage}-sign-in-errors`);
    expect(textAt(alarm, 'AlarmDescription')).toMatch(/^critical: /);
    const watched = metricsOf(alarm).map(({ MetricName, Dimensions }) => [MetricName, Dimensions[0]?.Value]);
    const triggers = ['post-authentication', 'pre-sign-up'].map((name) => `countinghouse-${stage}-${name}`);
    expect(watched).toEqual(triggers.flatMap((name) => ['Errors', 'Throttles'].map((metric) => [metric, name])));
  });

  it('raise one alarm for every function that is throttled, and one only', () => {
    const throttles = alarms.flatMap(metricsOf).filter(({ MetricName }) => MetricName === 'Throttles');
    const names = ofType('AWS::Lambda::Function').map((lambda) => textAt(lambda, 'FunctionName'));
    expect(throttles.map(({ Dimensions }) => Dimensions[0]?.Value).sort()).toEqual(names.sort());
  });

  it('add up ten metrics in an alarm at most, as CloudWatch allows', () => {
    const tooMany = alarms.filter((alarm) => metricsOf(alarm).length > 10);
    expect(tooMany.map(nameOf)).toEqual([]);
  });

  it('raise alarms on things that exist', () => {
    const namesOf = (type: string, path: string): string[] => ofType(type).map((resource) => textAt(resource, path));
    const lambda = 'AWS::Lambda::Function';
    const known: Readonly<Record<string, readonly string[]>> = {
      QueueName: namesOf('AWS::SQS::Queue', 'QueueName'),
      FunctionName: namesOf(lambda, 'FunctionName'),
      TableName: namesOf('AWS::DynamoDB::Table', 'TableName'),
      ApiName: namesOf('AWS::ApiGateway::RestApi', 'Name'),
      Stage: namesOf('AWS::ApiGateway::Stage', 'StageName'),
      service: namesOf(lambda, 'Environment.Variables.POWERTOOLS_SERVICE_NAME'),
      Operation: ['PutItem', 'Query', 'TransactWriteItems', 'BatchGetItem', 'UpdateItem'],
    };
    const dimensions = alarms.flatMap(dimensionsOf);
    expect(dimensions.length).toBeGreaterThanOrEqual(alarms.length);
    expect(dimensions.filter(({ Name, Value }) => !known[Name]?.includes(Value))).toEqual([]);
  });
});

describe('docs/runbook.md', () => {
  it('has one entry for every alarm, and none without one', () => {
    const text = readFileSync(join(__dirname, '..', '..', 'docs', 'runbook.md'), 'utf8');
    const headings = [...text.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
    const alarms = synthesize('dev').ofType('AWS::CloudWatch::Alarm');
    expect(headings.sort()).toEqual(
      alarms.map((alarm) => textAt(alarm, 'AlarmName').replace('countinghouse-dev-', '')).sort(),
    );
  });
});

describe('production', () => {
  const { ofType, isProtected } = synthesize('prod');

  it('cannot be deleted by accident', () => {
    expect(isProtected).toEqual({
      api: true,
      audit: true,
      data: true,
      identity: true,
      operations: true,
      webhooks: true,
    });
    for (const type of typesThatHoldData) {
      expect(ofType(type).length).toBeGreaterThan(0);
      const loose = ofType(type).filter(
        ({ DeletionPolicy, UpdateReplacePolicy }) => DeletionPolicy !== 'Retain' || UpdateReplacePolicy !== 'Retain',
      );
      expect(loose.map(nameOf)).toEqual([]);
    }
    for (const table of ofType('AWS::DynamoDB::Table')) expect(at(table, 'DeletionProtectionEnabled')).toBe(true);
    for (const pool of ofType('AWS::Cognito::UserPool')) expect(at(pool, 'DeletionProtection')).toBe('ACTIVE');
  });

  it('has no sandbox, no sign-in by plain password and no sign-up that confirms itself', () => {
    const lambdas = ofType('AWS::Lambda::Function');
    expect(lambdas.filter((lambda) => textAt(lambda, 'FunctionName').includes('sandbox'))).toEqual([]);
    expect(lambdas.filter((lambda) => at(lambda, 'Environment.Variables.SANDBOX_URL') !== undefined)).toEqual([]);
    expect(ofType('AWS::Cognito::UserPoolClient').map((client) => at(client, 'ExplicitAuthFlows'))).toEqual([
      ['ALLOW_USER_SRP_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
    ]);
    const preSignUp = the(lambdas, 'FunctionName', 'countinghouse-prod-pre-sign-up');
    expect(at(preSignUp, 'Environment.Variables.AUTO_CONFIRM_SIGN_UPS')).toBe('false');
  });
});

describe('a stage that does not exist', () => {
  it.each(['production', undefined, ''])('is refused: %p', (stage) => {
    expect(() => stageConfigFor(stage)).toThrow(/Unknown stage/);
  });
});

interface Dimension {
  Name: string;
  Value: string;
}

interface WatchedMetric {
  MetricName: string;
  Dimensions: readonly Dimension[];
}

/** The metrics that an alarm's expression adds up; none where it watches a single one. */
const metricsOf = (alarm: Resource): readonly WatchedMetric[] =>
  (listAt(alarm, 'Metrics') as readonly { MetricStat?: { Metric: WatchedMetric } }[]).flatMap(({ MetricStat }) =>
    MetricStat === undefined ? [] : [MetricStat.Metric],
  );

/** Dimensions of an alarm's metric, or of all the metrics that its expression adds up. */
const dimensionsOf = (alarm: Resource): readonly Dimension[] => [
  ...((at(alarm, 'Dimensions') ?? []) as readonly Dimension[]),
  ...metricsOf(alarm).flatMap(({ Dimensions }) => Dimensions),
];
