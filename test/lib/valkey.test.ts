import { AwsSolutionsChecks, NIST80053R5Checks, ServerlessChecks } from 'cdk-nag';

import { serviceFunctionNames } from '../../lambdas/env';
import { functionNameOf } from '../../lib/config/names';
import { stageConfigFor } from '../../lib/config/stage-config';
import { asList, at, identityPolicies, listAt, refersTo, statementsAt, synthesize, textAt, the } from './synthesized';
import { synthesizeApp } from './synthesized-app';

describe('a stage whose rate limits are in Valkey', () => {
  const stage = 'prod';
  const variant = synthesizeApp({ ...stageConfigFor(stage), rateLimitStore: 'valkey' });
  const { app, config, ofType } = variant;
  const [cache] = ofType('AWS::ElastiCache::ServerlessCache');
  const subnets = ofType('AWS::EC2::Subnet').filter((subnet) => at(subnet, 'MapPublicIpOnLaunch') === false);
  const groupNamed = (description: string) => the(ofType('AWS::EC2::SecurityGroup'), 'GroupDescription', description);

  it.each([
    ['AWS Solutions', AwsSolutionsChecks],
    ['Serverless', ServerlessChecks],
    ['NIST 800-53 R5', NIST80053R5Checks],
  ])('leaves no finding of %s open', (_name, Pack) => {
    expect(new Pack(app).validateScope(app).violations).toEqual([]);
  });

  it('has one serverless cache, encrypted with our key and kept small', () => {
    expect(ofType('AWS::ElastiCache::ServerlessCache')).toHaveLength(1);
    expect(cache!.Properties).toMatchObject({ Engine: 'valkey', ServerlessCacheName: `countinghouse-${stage}-limits` });
    const dataKey = ofType('AWS::KMS::Key').find((key) => refersTo(at(cache!, 'KmsKeyId'), key));
    expect(JSON.stringify(dataKey)).toContain('tables, queues, topics, logs');
    expect(at(cache!, 'CacheUsageLimits.DataStorage')).toEqual({ Maximum: 1, Unit: 'GB' });
  });

  it('lets one user in, by IAM, to do what the limiter does', () => {
    const [user] = ofType('AWS::ElastiCache::User');
    expect(user!.Properties).toMatchObject({
      UserId: `countinghouse-${stage}-limits`,
      UserName: `countinghouse-${stage}-limits`,
      AuthenticationMode: { Type: 'iam' },
    });
    expect(textAt(user!, 'AccessString')).toMatch(/^on ~limit#\* -@all /);
    expect(listAt(ofType('AWS::ElastiCache::UserGroup')[0]!, 'UserIds')).toHaveLength(1);
  });

  it('is reached by the service functions alone', () => {
    const caches = groupNamed('The cache of rate limits');
    const functions = groupNamed('Service functions of the API');
    expect(listAt(caches, 'SecurityGroupIngress')).toEqual([]);
    const ingress = ofType('AWS::EC2::SecurityGroupIngress');
    expect(ingress).toHaveLength(1);
    expect(refersTo(at(ingress[0]!, 'SourceSecurityGroupId'), functions)).toBe(true);
    expect(refersTo(at(ingress[0]!, 'GroupId'), caches)).toBe(true);
    expect(listAt(functions, 'SecurityGroupIngress')).toEqual([]);
    expect(listAt(functions, 'SecurityGroupEgress')).toEqual([
      expect.objectContaining({ CidrIp: '0.0.0.0/0', FromPort: 443, ToPort: 443 }),
    ]);
  });

  it('puts the functions of the API into private subnets, tells them where the cache is, and no other function', () => {
    for (const lambda of ofType('AWS::Lambda::Function')) {
      const name = textAt(lambda, 'FunctionName');
      const isOfTheApi = serviceFunctionNames.some((each) => functionNameOf(config, each) === name);
      const subnetIds = at(lambda, 'VpcConfig.SubnetIds');
      const url = JSON.stringify(at(lambda, 'Environment.Variables.VALKEY_URL') ?? null);
      expect([name, subnetIds !== undefined, url.includes('valkeys://')]).toEqual([name, isOfTheApi, isOfTheApi]);
      if (!Array.isArray(subnetIds)) continue;
      expect(subnetIds.every((id) => subnets.some((subnet) => refersTo(id, subnet)))).toBe(true);
    }
  });

  it('gives them the right to connect to that cache as that user, and what Lambda needs for the network', () => {
    const withConnect = identityPolicies(variant).filter(({ statements }) =>
      statements.some(({ Action }) => asList(Action).includes('elasticache:Connect')),
    );
    expect(withConnect).toHaveLength(serviceFunctionNames.length);
    for (const { statements } of withConnect) {
      const connect = statements.find(({ Action }) => asList(Action).includes('elasticache:Connect'))!;
      const resources = asList(connect.Resource).map((resource) => JSON.stringify(resource));
      expect(resources).toHaveLength(2);
      for (const resource of resources) expect(resource).toContain(`:countinghouse-${stage}-limits`);
      const interfaces = statements.filter(({ Action }) => asList(Action).includes('ec2:CreateNetworkInterface'));
      expect(interfaces.map(({ Effect }) => Effect).sort()).toEqual(['Allow', 'Deny']);
    }
  });

  it('has a way to DynamoDB and S3 without the NAT, a NAT for the rest, and a log of what was refused', () => {
    const services = ofType('AWS::EC2::VPCEndpoint').map((endpoint) => JSON.stringify(at(endpoint, 'ServiceName')));
    expect(services.map((service) => /dynamodb|s3/.exec(service)?.[0]).sort()).toEqual(['dynamodb', 's3']);
    expect(ofType('AWS::EC2::NatGateway')).toHaveLength(2);
    expect(ofType('AWS::EC2::FlowLog').map((log) => at(log, 'TrafficType'))).toEqual(['REJECT']);
    const flowLogRole = ofType('AWS::IAM::Role').find((role) =>
      JSON.stringify(statementsAt(role, 'AssumeRolePolicyDocument')).includes('vpc-flow-logs'),
    );
    expect(JSON.stringify(flowLogRole)).toContain('aws:SourceAccount');
  });

  it('holds nothing but plain resources', () => {
    const types = variant.resources.map(({ Type }) => Type);
    expect(types.filter((type) => /^(Custom::|AWS::CloudFormation::|AWS::CDK::)/.test(type))).toEqual([]);
  });
});

it('no stage pays for a network unless it chose it', () => {
  for (const stage of ['dev', 'prod'] as const) {
    expect(synthesize(stage).config.rateLimitStore).toBe('dynamodb');
    expect(synthesize(stage).ofType('AWS::EC2::VPC')).toEqual([]);
  }
});
