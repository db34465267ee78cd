import { listOf, parseRecord, recordOf, textOf, textsOf } from '../json';
import { encryptionContextKeys, keyGrant, tagKeys, type Grant, type GrantsOf } from './grant';

/**
 * Permissions of SQS calls. A queue under a customer managed key needs kms:GenerateDataKey and kms:Decrypt of producers and
 * kms:Decrypt of consumers [AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html].
 */
export const sqsGrants: GrantsOf = async (call, facts) => {
  const body = parseRecord(call.body);
  const name = textOf(body['QueueUrl'])?.split('/').pop() ?? textOf(body['QueueName']) ?? '*';
  const resource = `arn:aws:sqs:${facts.region}:${facts.accountId}:${name}`;
  const action = call.action.replace(/Batch$/, '');
  const grants: Grant[] = [
    { action: `sqs:${action}`, resource: action === 'ListQueues' ? '*' : resource, context: {} },
  ];
  const keyArn = facts.encryptionKeyOf(resource);
  if (keyArn !== undefined && (action === 'SendMessage' || action === 'ReceiveMessage')) {
    const context = { 'aws:sqs:arn': resource };
    if (action === 'SendMessage') {
      grants.push(keyGrant('GenerateDataKey', keyArn, 'sqs', context, facts));
    }
    grants.push(keyGrant('Decrypt', keyArn, 'sqs', context, facts));
  }
  return grants;
};

/** Permissions of SNS calls; encrypted topics as queues [sns/latest/dg/sns-key-management.html]. */
export const snsGrants: GrantsOf = async (call, facts) => {
  const form = new URLSearchParams(call.body.toString());
  const resource = form.get('TopicArn') ?? '*';
  const keyArn = facts.encryptionKeyOf(resource);
  const context = { 'aws:sns:topicArn': resource };
  return [
    { action: `sns:${call.action}`, resource, context: {} },
    ...(keyArn !== undefined && call.action === 'Publish'
      ? [keyGrant('GenerateDataKey', keyArn, 'sns', context, facts), keyGrant('Decrypt', keyArn, 'sns', context, facts)]
      : []),
  ];
};

/** Permissions of KMS calls [kms/latest/developerguide/kms-api-permissions-reference.html]. */
export const kmsGrants: GrantsOf = async (call, facts) => {
  const body = parseRecord(call.body);
  const keyId = textOf(body['KeyId']);
  const resource =
    (keyId === undefined ? facts.keyArnOfCiphertext(textOf(body['CiphertextBlob']) ?? '') : facts.keyArnOf(keyId)) ??
    (keyId?.startsWith('arn:') === true
      ? keyId
      : `arn:aws:kms:${facts.region}:${facts.accountId}:key/${keyId ?? 'unknown'}`);
  const macAlgorithm = textOf(body['MacAlgorithm']);
  return [
    {
      action: `kms:${call.action}`,
      resource,
      context: {
        'kms:CallerAccount': facts.accountId,
        ...encryptionContextKeys(textsOf(body['EncryptionContext'])),
        ...(macAlgorithm === undefined ? {} : { 'kms:MacAlgorithm': macAlgorithm }),
        ...(keyId?.startsWith('alias/') === true ? { 'kms:RequestAlias': keyId } : {}),
      },
    },
  ];
};

/**
 * Permissions of Secrets Manager calls. A secret under a customer managed key needs kms:Decrypt to be read and
 * kms:GenerateDataKey with kms:Decrypt to be written [secretsmanager/latest/userguide/security-encryption.html].
 */
export const secretsGrants: GrantsOf = async (call, facts) => {
  const body = parseRecord(call.body);
  const id = textOf(body['SecretId']) ?? textOf(body['Name']) ?? '';
  const known = facts.secretArnOf(id);
  const resource =
    known ??
    (id.startsWith('arn:') ? id : `arn:aws:secretsmanager:${facts.region}:${facts.accountId}:secret:${id}-??????`);
  const requestTags = Object.fromEntries(
    listOf(body['Tags']).map((tag) => [textOf(recordOf(tag)['Key']) ?? '', textOf(recordOf(tag)['Value']) ?? '']),
  );
  const tags = known === undefined ? {} : facts.tagsOf(known);
  const versionStage = textOf(body['VersionStage']);
  const tagNames = Object.keys(requestTags);
  const context = {
    'secretsmanager:SecretId': resource,
    ...(call.action === 'CreateSecret' ? { 'secretsmanager:Name': id } : {}),
    ...(versionStage === undefined ? {} : { 'secretsmanager:VersionStage': versionStage }),
    ...tagKeys('aws:ResourceTag', tags),
    ...tagKeys('secretsmanager:ResourceTag', tags),
    ...tagKeys('aws:RequestTag', requestTags),
    ...(tagNames.length === 0 ? {} : { 'aws:TagKeys': tagNames }),
  };
  if (call.action === 'ListSecrets' || call.action === 'GetRandomPassword') {
    return [{ action: `secretsmanager:${call.action}`, resource: '*', context: {} }];
  }
  const grants: Grant[] = [{ action: `secretsmanager:${call.action}`, resource, context }];
  if (call.action === 'CreateSecret' && tagNames.length > 0) {
    grants.push({ action: 'secretsmanager:TagResource', resource, context });
  }
  const requestedKey = textOf(body['KmsKeyId']);
  const keyArn =
    requestedKey === undefined ? facts.encryptionKeyOf(resource) : (facts.keyArnOf(requestedKey) ?? requestedKey);
  if (keyArn !== undefined) {
    const writes = call.action === 'CreateSecret' || call.action === 'PutSecretValue' || call.action === 'UpdateSecret';
    const encryptionContext = { SecretARN: resource };
    if (writes) {
      grants.push(keyGrant('GenerateDataKey', keyArn, 'secretsmanager', encryptionContext, facts));
    }
    if (writes || call.action === 'GetSecretValue') {
      grants.push(keyGrant('Decrypt', keyArn, 'secretsmanager', encryptionContext, facts));
    }
  }
  return grants;
};

/**
 * Permissions of STS calls: passing session tags needs sts:TagSession beside sts:AssumeRole, in the caller's policy and in
 * the trust policy of the role [IAM/latest/UserGuide/id_session-tags.html]. GetCallerIdentity needs none.
 */
export const stsGrants: GrantsOf = async (call) => {
  const form = new URLSearchParams(call.body.toString());
  if (call.action !== 'AssumeRole') {
    return [];
  }
  const tags = sessionTagsOf(form);
  const tagNames = Object.keys(tags);
  const externalId = form.get('ExternalId');
  const context = {
    'sts:RoleSessionName': form.get('RoleSessionName') ?? '',
    ...(externalId === null ? {} : { 'sts:ExternalId': externalId }),
    ...tagKeys('aws:RequestTag', tags),
    ...(tagNames.length === 0 ? {} : { 'aws:TagKeys': tagNames }),
  };
  const resource = form.get('RoleArn') ?? '*';
  return [
    { action: 'sts:AssumeRole', resource, context },
    ...(tagNames.length === 0 ? [] : [{ action: 'sts:TagSession', resource, context }]),
  ];
};

/** `Tags.member.N.Key` and `.Value` of an AssumeRole form. */
export function sessionTagsOf(form: URLSearchParams): Record<string, string> {
  const tags: Record<string, string> = {};
  for (let n = 1; form.has(`Tags.member.${n}.Key`); n += 1) {
    tags[form.get(`Tags.member.${n}.Key`) ?? ''] = form.get(`Tags.member.${n}.Value`) ?? '';
  }
  return tags;
}

export const lambdaGrants: GrantsOf = async (call, facts) => [
  { action: 'lambda:InvokeFunction', resource: functionArnOf(call.url, facts), context: {} },
];

/** ARN of the function in the path of an Invoke call, which names it by name or ARN. */
export function functionArnOf(url: string, at: { readonly region: string; readonly accountId: string }): string {
  const name = decodeURIComponent(/\/functions\/([^/?]+)\/invocations/.exec(url)?.[1] ?? '');
  return name.startsWith('arn:') ? name : `arn:aws:lambda:${at.region}:${at.accountId}:function:${name}`;
}

/** Operations that Cognito accepts without a signature [cognito/latest/developerguide/authentication-flows-public-server-side.html]. */
export const unsignedCognitoOperations = new Set(
  (
    'InitiateAuth RespondToAuthChallenge SignUp ConfirmSignUp ResendConfirmationCode ForgotPassword ConfirmForgotPassword GetUser ' +
    'GlobalSignOut RevokeToken ChangePassword UpdateUserAttributes GetUserAttributeVerificationCode VerifyUserAttribute ' +
    'AssociateSoftwareToken VerifySoftwareToken SetUserMFAPreference DeleteUser'
  ).split(' '),
);

export const cognitoGrants: GrantsOf = async (call, facts) => {
  if (unsignedCognitoOperations.has(call.action)) {
    return [];
  }
  const poolId = textOf(parseRecord(call.body)['UserPoolId']);
  const resource =
    poolId === undefined ? '*' : `arn:aws:cognito-idp:${facts.region}:${facts.accountId}:userpool/${poolId}`;
  return [{ action: `cognito-idp:${call.action}`, resource, context: {} }];
};
