import { CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { UserPoolClient } from 'aws-cdk-lib/aws-cognito';
import {
  AccountRecovery,
  FeaturePlan,
  Mfa,
  StandardThreatProtectionMode,
  UserPool,
  UserPoolOperation,
} from 'aws-cdk-lib/aws-cognito';
import type { Construct } from 'constructs';

import { deployedName } from '../config/names';
import type { StageConfig } from '../config/stage-config';
import { acknowledge } from '../constructs/acknowledge';
import type { Offer } from '../constructs/grant-targets';
import { ServiceFunction } from '../constructs/service-function';
import type { DataStack } from './data-stack';
import { stackProps } from './stack-props';

/** Who people are: the user pool, the console's client, and the functions that act on users. What people may do is in the journal. */
export class IdentityStack extends Stack {
  readonly userPool: UserPool;
  readonly offer: Offer;

  constructor(scope: Construct, config: StageConfig, data: DataStack) {
    super(scope, 'identity', stackProps(config, 'identity'));
    const logKey = data.keys.data;
    this.userPool = this.createUserPool(config);
    const preSignUp = new ServiceFunction(this, 'PreSignUp', {
      config,
      name: 'pre-sign-up',
      offer: data.offer,
      logKey,
    });
    this.userPool.addTrigger(UserPoolOperation.PRE_SIGN_UP, preSignUp.function);
    const postAuthentication = new ServiceFunction(this, 'PostAuthentication', {
      config,
      name: 'post-authentication',
      offer: data.offer,
      logKey,
    });
    this.userPool.addTrigger(UserPoolOperation.POST_AUTHENTICATION, postAuthentication.function);
    const client = this.createClient(config);

    this.offer = data.offer.with(
      { 'user-pool': { arn: this.userPool.userPoolArn } },
      { userPoolId: this.userPool.userPoolId },
    );
    new ServiceFunction(this, 'PlatformBootstrap', { config, name: 'platform-bootstrap', offer: this.offer, logKey });
    new ServiceFunction(this, 'PlatformAdmins', { config, name: 'platform-admins', offer: this.offer, logKey });

    new CfnOutput(this, 'UserPoolId', { value: this.userPool.userPoolId });
    new CfnOutput(this, 'UserPoolClientId', { value: client.userPoolClientId });
  }

  private createUserPool(config: StageConfig): UserPool {
    const pool = new UserPool(this, 'UserPool', {
      userPoolName: deployedName(config, 'users'),
      signInAliases: { email: true },
      signInCaseSensitive: false,
      selfSignUpEnabled: true,
      autoVerify: { email: true },
      accountRecovery: AccountRecovery.EMAIL_ONLY,
      // PCI DSS 8.3.6 asks for twelve characters.
      passwordPolicy: {
        minLength: 12,
        requireLowercase: true,
        requireUppercase: true,
        requireDigits: true,
        requireSymbols: true,
        tempPasswordValidity: Duration.days(1),
      },
      mfa: Mfa.OFF,
      featurePlan: config.threatProtection ? FeaturePlan.PLUS : FeaturePlan.ESSENTIALS,
      ...(config.threatProtection ? { standardThreatProtectionMode: StandardThreatProtectionMode.FULL_FUNCTION } : {}),
      deletionProtection: config.protected,
      removalPolicy: config.protected ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    acknowledge(pool, {
      'AwsSolutions-COG2':
        'The product asks for the second factor itself, for sign-in and for each kind of action by the policy of the tenant; see docs/architecture.md.',
    });
    if (!config.threatProtection) {
      acknowledge(pool, {
        'AwsSolutions-COG8':
          'The stage holds no real people; the Plus plan is billed for each of them and is on in production.',
      });
    }
    return pool;
  }

  private createClient(config: StageConfig): UserPoolClient {
    return this.userPool.addClient('Console', {
      userPoolClientName: deployedName(config, 'console'),
      generateSecret: false,
      authFlows: { userSrp: true, userPassword: config.passwordSignIn },
      preventUserExistenceErrors: true,
      // With revocation on, tokens carry `origin_jti`, which names the session that a step-up is bound to.
      enableTokenRevocation: true,
      idTokenValidity: Duration.minutes(config.idTokenMinutes),
      accessTokenValidity: Duration.minutes(config.idTokenMinutes),
      refreshTokenValidity: Duration.hours(12),
      authSessionValidity: Duration.minutes(3),
      disableOAuth: true,
    });
  }
}
