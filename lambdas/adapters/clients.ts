import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';

import { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import { STSClient } from '@aws-sdk/client-sts';

/** Short-lived credentials of a session, as STS gives them. */
export interface SessionCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: Date;
}

/**
 * Whose credentials a client signs with. Without a source it is the function's own role. The SDK asks again when fewer than five
 * minutes are left, so a client may outlive a session.
 */
export type CredentialSource = () => Promise<SessionCredentials>;

// All clients share the sockets: a client of one more tenant costs no further TLS handshake. Credentials sign each request and
// are no property of the connection.
const httpAgent = new HttpAgent({ keepAlive: true, maxSockets: 50 });
const httpsAgent = new HttpsAgent({ keepAlive: true, maxSockets: 50 });

/**
 * Time limits and attempts are explicit, well below the functions' own timeouts. Attempts are safe to repeat because every write
 * behind these clients is: conditional and recognised by its own commit id, nonce or token; or harmless when doubled (a queue
 * message whose consumer knows its key); or erring to the strict side (one more counted attempt).
 */
function clientOptions(timeoutMs: number, credentials: CredentialSource | undefined) {
  return {
    maxAttempts: 3,
    requestHandler: {
      connectionTimeout: 1_000,
      requestTimeout: timeoutMs,
      throwOnRequestTimeout: true,
      httpAgent,
      httpsAgent,
    },
    ...(credentials === undefined ? {} : { credentials }),
  };
}

export function dynamoDbClient(credentials?: CredentialSource): DynamoDBClient {
  return new DynamoDBClient(clientOptions(3_000, credentials));
}

export function sqsClient(credentials?: CredentialSource): SQSClient {
  return new SQSClient(clientOptions(3_000, credentials));
}

export function secretsManagerClient(credentials?: CredentialSource): SecretsManagerClient {
  return new SecretsManagerClient(clientOptions(3_000, credentials));
}

export function kmsClient(credentials?: CredentialSource): KMSClient {
  return new KMSClient(clientOptions(3_000, credentials));
}

/** Path style, so that a bucket needs no host name of its own on a local endpoint. */
export function s3Client(): S3Client {
  return new S3Client({ ...clientOptions(10_000, undefined), forcePathStyle: true });
}

export function stsClient(): STSClient {
  return new STSClient(clientOptions(3_000, undefined));
}

export function cognitoClient(): CognitoIdentityProviderClient {
  return new CognitoIdentityProviderClient(clientOptions(3_000, undefined));
}
