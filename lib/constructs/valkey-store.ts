import { Stack } from 'aws-cdk-lib';
import {
  FlowLog,
  FlowLogDestination,
  FlowLogResourceType,
  FlowLogTrafficType,
  GatewayVpcEndpointAwsService,
  IpAddresses,
  type IVpc,
  Peer,
  Port,
  SecurityGroup,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { CfnServerlessCache, CfnUser, CfnUserGroup } from 'aws-cdk-lib/aws-elasticache';
import { Effect, ManagedPolicy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { FunctionOptions } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';

import { deployedName } from '../config/names';
import type { StageConfig } from '../config/stage-config';
import { acknowledge } from './acknowledge';
import { ProductLogGroup } from './product-log-group';
import { valkeyAccess } from './valkey-access';

export interface ValkeyStoreProps {
  config: StageConfig;
  /** Encrypts the cache and the log of its network. */
  key: IKey;
}

/** The two ports of a serverless cache: for writing, and for reading nearby. */
const cachePorts = Port.tcpRange(6379, 6380);

/** What Lambda does, by the function's role, to put it into a network. [AWSLambdaVPCAccessExecutionRole] */
const interfaceActions = [
  'ec2:AssignPrivateIpAddresses',
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:UnassignPrivateIpAddresses',
];

/** `Vpc` declares a missing VPN gateway otherwise than `IVpc`, which our compiler settings tell apart. */
const isNetwork = (vpc: object): vpc is IVpc => vpc instanceof Vpc;

/**
 * Cells of the rate limiter in a serverless cache, for stages where DynamoDB's price or latency of one write a request counts. A
 * cache lives in a network, so the functions that use it do; what else they call, they reach through the NAT.
 */
export class ValkeyStore extends Construct {
  /** Where a function must run to reach it. */
  readonly placement: Pick<FunctionOptions, 'vpc' | 'vpcSubnets' | 'securityGroups'>;
  /** `valkeys://<name>@<host>:<port>?region=<region>`: the cache and its only user have one name. */
  readonly url: string;
  private readonly name: string;

  constructor(scope: Construct, id: string, { config, key }: ValkeyStoreProps) {
    super(scope, id);
    this.name = deployedName(config, 'limits');
    const vpc = this.network(config, key);
    const functions = new SecurityGroup(this, 'Functions', {
      vpc,
      description: 'Service functions of the API',
      allowAllOutbound: false,
    });
    const caches = new SecurityGroup(this, 'Caches', {
      vpc,
      description: 'The cache of rate limits',
      allowAllOutbound: false,
    });
    functions.addEgressRule(Peer.anyIpv4(), Port.tcp(443), 'AWS services and payment providers');
    functions.addEgressRule(caches, cachePorts, 'rate limits');
    caches.addIngressRule(functions, cachePorts, 'service functions alone');

    const vpcSubnets = { subnetType: SubnetType.PRIVATE_WITH_EGRESS };
    const cache = this.cache(vpc.selectSubnets(vpcSubnets).subnetIds, caches, key);
    this.placement = { vpc, vpcSubnets, securityGroups: [functions] };
    this.url = `valkeys://${this.name}@${cache.attrEndpointAddress}:${cache.attrEndpointPort}?region=${config.region}`;
  }

  /** What a function needs beside its other rights. */
  statements(functionName: string): readonly PolicyStatement[] {
    const stack = Stack.of(this);
    const named = (resource: string): string =>
      stack.formatArn({ service: 'elasticache', resource: `${resource}:${this.name}` });
    return [
      new PolicyStatement({
        actions: ['elasticache:Connect'],
        resources: [named('serverlesscache'), named('user')],
      }),
      new PolicyStatement({ actions: interfaceActions, resources: ['*'] }),
      // Lambda makes the interfaces; the function's own code has no business with them. [Lambda: security of VPC permissions]
      new PolicyStatement({
        effect: Effect.DENY,
        actions: interfaceActions,
        resources: ['*'],
        conditions: {
          ArnEquals: {
            'lambda:SourceFunctionArn': stack.formatArn({ service: 'lambda', resource: `function:${functionName}` }),
          },
        },
      }),
    ];
  }

  private network(config: StageConfig, key: IKey): IVpc {
    const vpc = new Vpc(this, 'Network', {
      vpcName: deployedName(config, 'limits'),
      ipAddresses: IpAddresses.cidr('10.40.0.0/20'),
      maxAzs: 2,
      natGateways: config.protected ? 2 : 1,
      subnetConfiguration: [
        { name: 'nat', subnetType: SubnetType.PUBLIC, cidrMask: 26, mapPublicIpOnLaunch: false },
        { name: 'functions', subnetType: SubnetType.PRIVATE_WITH_EGRESS, cidrMask: 22 },
      ],
      gatewayEndpoints: {
        DynamoDb: { service: GatewayVpcEndpointAwsService.DYNAMODB },
        S3: { service: GatewayVpcEndpointAwsService.S3 },
      },
      // It would take a custom resource; nothing is ever put into the default group.
      restrictDefaultSecurityGroup: false,
    });
    acknowledge(vpc, {
      'NIST.800.53.R5-VPCDefaultSecurityGroupClosed':
        'Nothing is in the default security group: every function and the cache name a group of their own.',
    });
    for (const subnet of vpc.publicSubnets) {
      acknowledge(subnet, {
        'NIST.800.53.R5-VPCNoUnrestrictedRouteToIGW':
          'Only the NAT gateways are in these subnets, and they are what the way out is for.',
      });
    }
    if (!isNetwork(vpc)) throw new Error('a VPC is a network');
    this.flowLog(vpc, config, key);
    return vpc;
  }

  private flowLog(vpc: IVpc, config: StageConfig, key: IKey): void {
    const logGroup = new ProductLogGroup(this, 'FlowLogs', {
      config,
      name: `/aws/vpc/${deployedName(config, 'limits')}`,
      key,
    });
    const role = new Role(this, 'FlowLogRole', {
      description: 'Writes the flow log of the network of the rate limits',
      assumedBy: new ServicePrincipal('vpc-flow-logs.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
      managedPolicies: [
        new ManagedPolicy(this, 'FlowLogGrants', {
          statements: [
            new PolicyStatement({
              actions: ['logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents'],
              resources: [logGroup.logGroupArn],
            }),
          ],
        }),
      ],
    });
    new FlowLog(this, 'FlowLog', {
      resourceType: FlowLogResourceType.fromVpc(vpc),
      // What was accepted is in the logs of the functions.
      trafficType: FlowLogTrafficType.REJECT,
      destination: FlowLogDestination.toCloudWatchLogs(logGroup, role.withoutPolicyUpdates()),
    });
  }

  private cache(subnetIds: string[], securityGroup: SecurityGroup, key: IKey): CfnServerlessCache {
    const user = new CfnUser(this, 'User', {
      userId: this.name,
      userName: this.name,
      engine: 'valkey',
      authenticationMode: { Type: 'iam' },
      accessString: valkeyAccess,
    });
    const group = new CfnUserGroup(this, 'Users', {
      userGroupId: this.name,
      engine: 'valkey',
      userIds: [user.ref],
    });
    const cache = new CfnServerlessCache(this, 'Cache', {
      serverlessCacheName: this.name,
      description: 'Cells of the rate limiter: nothing that cannot be lost',
      engine: 'valkey',
      majorEngineVersion: '8',
      kmsKeyId: key.keyArn,
      subnetIds,
      securityGroupIds: [securityGroup.securityGroupId],
      userGroupId: group.ref,
      snapshotRetentionLimit: 0,
      cacheUsageLimits: {
        dataStorage: { maximum: 1, unit: 'GB' },
        ecpuPerSecond: { maximum: 15_000 },
      },
    });
    return cache;
  }
}
