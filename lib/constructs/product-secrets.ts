import { RemovalPolicy } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';

import { secretNameOf } from '../config/names';
import type { StageConfig } from '../config/stage-config';
import { acknowledge } from './acknowledge';

/** Secrets of the product itself. Those of provider connections are made at run time, one for each. */
export class ProductSecrets extends Construct {
  /** 64 random characters that sign list cursors. */
  readonly cursorSigning: Secret;
  /** The API key of the mail service: random until the operator puts the real one (docs/runbook.md). */
  readonly resend: Secret;

  constructor(scope: Construct, id: string, { config, key }: { config: StageConfig; key: IKey }) {
    super(scope, id);
    const secret = (name: string, secretName: string, description: string): Secret =>
      new Secret(this, name, {
        secretName: secretNameOf(config, secretName),
        description,
        encryptionKey: key,
        generateSecretString: { passwordLength: 64, excludePunctuation: true },
        removalPolicy: config.protected ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
      });
    this.cursorSigning = secret('CursorSigning', 'cursor-signing', 'Signs list cursors');
    this.resend = secret('Resend', 'resend', 'API key of the mail service');

    const cursorReason = 'Nobody knows it, it protects no data, and a new one would only make open lists start again.';
    acknowledge(this.cursorSigning, {
      'AwsSolutions-SMG4': cursorReason,
      'NIST.800.53.R5-SecretsManagerRotationEnabled': cursorReason,
    });
    const resendReason =
      'Issued by the mail service, which offers no rotation by API: the operator replaces it by the runbook.';
    acknowledge(this.resend, {
      'AwsSolutions-SMG4': resendReason,
      'NIST.800.53.R5-SecretsManagerRotationEnabled': resendReason,
    });
  }
}
