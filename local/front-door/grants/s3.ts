import { s3Address } from '../operations';
import { keyGrant, type Grant, type GrantsOf } from './grant';

/** Request headers that S3 turns into condition keys [AmazonS3/latest/userguide/list_amazons3.html]. */
const conditionHeaders: Readonly<Record<string, string>> = {
  'x-amz-server-side-encryption': 's3:x-amz-server-side-encryption',
  'x-amz-server-side-encryption-aws-kms-key-id': 's3:x-amz-server-side-encryption-aws-kms-key-id',
  'x-amz-acl': 's3:x-amz-acl',
  'x-amz-storage-class': 's3:x-amz-storage-class',
  'x-amz-content-sha256': 's3:x-amz-content-sha256',
  'x-amz-object-lock-mode': 's3:object-lock-mode',
  'x-amz-object-lock-retain-until-date': 's3:object-lock-retain-until-date',
  'x-amz-object-lock-legal-hold': 's3:object-lock-legal-hold',
  'if-none-match': 's3:if-none-match',
  'if-match': 's3:if-match',
};

/** Operations whose IAM action has another name than the operation. */
const actionNames: Readonly<Record<string, string>> = {
  HeadObject: 'GetObject',
  HeadBucket: 'ListBucket',
  ListObjects: 'ListBucket',
  ListObjectsV2: 'ListBucket',
  ListObjectVersions: 'ListBucketVersions',
  ListBuckets: 'ListAllMyBuckets',
  GetObjectLockConfiguration: 'GetBucketObjectLockConfiguration',
  PutObjectLockConfiguration: 'PutBucketObjectLockConfiguration',
};

/**
 * Permissions of S3 calls [AmazonS3/latest/userguide/using-with-s3-policy-actions.html].
 *
 * A write with lock headers also needs PutObjectRetention or PutObjectLegalHold
 * [userguide/object-lock-managing.html]; a read or write under SSE-KMS needs kms:Decrypt or kms:GenerateDataKey of the caller
 * [userguide/UsingKMSEncryption.html].
 */
export const s3Grants: GrantsOf = async (call, facts) => {
  const { bucket, key, query } = s3Address(call.url);
  const bucketArn = `arn:aws:s3:::${bucket}`;
  const objectArn = `${bucketArn}/${key}`;
  const versionId = query.get('versionId');
  const context: Record<string, string> = {
    's3:authType': 'REST-HEADER',
    's3:signatureversion': 'AWS4-HMAC-SHA256',
    's3:TlsVersion': '1.3',
  };
  for (const [header, name] of Object.entries(conditionHeaders)) {
    const value = call.headers[header];
    if (value !== undefined) {
      context[name] = value;
    }
  }
  for (const [parameter, name] of [
    ['prefix', 's3:prefix'],
    ['delimiter', 's3:delimiter'],
    ['max-keys', 's3:max-keys'],
    ['versionId', 's3:VersionId'],
  ] as const) {
    const value = query.get(parameter);
    if (value !== null) {
      context[name] = value;
    }
  }

  if (key === '' && call.action !== 'DeleteObjects') {
    const resource = call.action === 'ListBuckets' ? '*' : bucketArn;
    return [{ action: `s3:${actionNames[call.action] ?? call.action}`, resource, context }];
  }
  if (call.action === 'DeleteObjects') {
    return [...call.body.toString().matchAll(/<Object>(.*?)<\/Object>/gs)].map(([, entry = '']) => ({
      action: entry.includes('<VersionId>') ? 's3:DeleteObjectVersion' : 's3:DeleteObject',
      resource: `${bucketArn}/${/<Key>(.*?)<\/Key>/s.exec(entry)?.[1] ?? ''}`,
      context,
    }));
  }

  const named = actionNames[call.action] ?? call.action;
  const action = versionId !== null && (named === 'GetObject' || named === 'DeleteObject') ? `${named}Version` : named;
  const grants: Grant[] = [{ action: `s3:${action}`, resource: objectArn, context }];
  const also = (name: string) => grants.push({ action: `s3:${name}`, resource: objectArn, context });
  if (call.action === 'PutObject') {
    if (call.headers['x-amz-object-lock-mode'] !== undefined) {
      also('PutObjectRetention');
    }
    if (call.headers['x-amz-object-lock-legal-hold'] !== undefined) {
      also('PutObjectLegalHold');
    }
    if (call.headers['x-amz-tagging'] !== undefined) {
      also('PutObjectTagging');
    }
  }
  if (call.headers['x-amz-bypass-governance-retention'] === 'true') {
    also('BypassGovernanceRetention');
  }
  const keyArn = facts.encryptionKeyOf(bucketArn);
  if (keyArn !== undefined && (call.action === 'PutObject' || named === 'GetObject')) {
    grants.push(
      keyGrant(
        call.action === 'PutObject' ? 'GenerateDataKey' : 'Decrypt',
        keyArn,
        's3',
        { 'aws:s3:arn': bucketArn },
        facts,
      ),
    );
  }
  return grants;
};
