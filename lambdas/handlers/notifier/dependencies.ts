import { cognitoClient, dynamoDbClient, kmsClient, secretsManagerClient } from '../../adapters/clients';
import { newCognitoAddresses } from '../../adapters/cognito/cognito-addresses';
import { newDynamoJournalReader } from '../../adapters/dynamodb/dynamo-journal';
import { newKmsMac } from '../../adapters/kms/kms-mac';
import { newKmsSealer } from '../../adapters/kms/kms-sealer';
import { newResendMailer } from '../../adapters/resend/resend-mailer';
import { newSecretText } from '../../adapters/secrets/secret-text';
import type { SendInvitationPorts, SendNoticePorts } from '../../domain/notifications';
import { systemClock } from '../../kernel/clock';
import type { Log } from '../../middleware/log';
import { newLog } from '../../middleware/log';
import { readConfig } from './config';

export interface NotifierDependencies extends SendInvitationPorts, SendNoticePorts {
  readonly log: Log;
}

export function bindDependencies(): NotifierDependencies {
  const { journalTable, sealingKeyArn, tokenKeyArn, resendSecretArn, consoleUrl, mailFrom, userPoolId } = readConfig();
  const kms = kmsClient();
  const apiKey = newSecretText({ client: secretsManagerClient(), secretArn: resendSecretArn, clock: systemClock });
  return {
    journal: newDynamoJournalReader({ client: dynamoDbClient(), journalTable }),
    sealer: newKmsSealer({ client: kms, keyArn: sealingKeyArn }),
    macs: newKmsMac({ client: kms, keyArn: tokenKeyArn }),
    addresses: newCognitoAddresses({ client: cognitoClient(), userPoolId }),
    mailer: newResendMailer({ apiKey, from: mailFrom }),
    clock: systemClock,
    consoleUrl,
    log: newLog(),
  };
}
