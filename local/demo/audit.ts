import { createHash } from 'node:crypto';

import { AwsError, newAwsClient, type AwsClient } from '../runtime/aws-client';
import { asList, asObject, parseJson, textOf, type JsonObject } from '../assembly/json';
import { settle, type Owner, type Stage } from './stage';
import { mustShow } from './telling';

/** One object of the audit log in the WORM bucket. */
interface LogObject {
  readonly path: string;
  readonly text: string;
  readonly header: JsonObject;
  readonly records: readonly JsonObject[];
}

/** Finds the refund in the audit log, checks the log as an outsider would, and tries to tamper with it. */
export async function auditAndAttack(stage: Stage, owner: Owner, payment: string): Promise<void> {
  const bucket = wormBucketOf(stage);
  const objects = await readLog(stage, bucket, owner.tenantId);
  const holding = find(stage, objects, payment);
  await attack(stage, holding, owner);
  const after = await readLog(stage, bucket, owner.tenantId);
  mustShow(
    objects.every(({ text }, at) => after[at]?.text === text),
    'every object to be what it was',
    'an object that differs',
  );
  stage.fact('Afterwards', 'every byte of the log is what it was');
}

function find(stage: Stage, objects: readonly LogObject[], payment: string): LogObject {
  stage.step(
    'Find it in the audit log',
    'Every change is a commit in the journal, and every commit is shipped in one order per tenant to a bucket where nothing can be',
    'changed or deleted (S3 Object Lock, compliance mode). Anyone can check it with sha256sum alone.',
  );
  const found = objects.find(({ records }) => records.some((record) => isRefundOf(record, payment)));
  mustShow(found !== undefined, `the refund of ${payment} in the log`, `${objects.length} objects without it`);
  const record = found.records.find((each) => isRefundOf(each, payment)) ?? {};
  const commit = asObject(record['commit'], 'commit');
  const { at, actor, request, command } = commit;
  stage.fact('Object', `s3:/${found.path}`);
  stage.fact('Index', `${textOf(record['index'])} of this tenant’s log`);
  stage.fact('What', `${textOf(asObject(command, 'command')['name'])}, ${JSON.stringify(commit['changes'])}`);
  stage.fact('Who', `${textOf(asObject(actor, 'actor')['level'])} ${textOf(asObject(actor, 'actor')['user'])}`);
  stage.fact('When, from where', `${textOf(at)}, ${textOf(asObject(request, 'request')['ip'])}`);

  let previousHash = '0'.repeat(64);
  let index = 0;
  for (const { path, text, header, records } of objects) {
    mustShow(header['previousHash'] === previousHash && header['firstIndex'] === index, 'an unbroken chain', path);
    previousHash = createHash('sha256').update(text).digest('hex');
    index += records.length;
  }
  stage.fact('Chain', `${index} records in ${objects.length} objects, each sealed by the hash in the next: unbroken`);
  return found;
}

async function attack(stage: Stage, { path }: LogObject, owner: Owner): Promise<void> {
  stage.step(
    'Try to tamper',
    'The first four attempts are made with the rights of the account’s administrator, the last two with those of the function',
    'that takes payments: it may add to the journal, and nothing else.',
  );
  const { admin } = stage;
  const version = await versionOf(stage, path);
  const soon = new Date(Date.now() + 60_000).toISOString();
  const retention = `<Retention><Mode>COMPLIANCE</Mode><RetainUntilDate>${soon}</RetainUntilDate></Retention>`;
  mustShow(version !== '', 'the object to have a version', path);
  await refused(stage, 'Overwrite', () => admin.rest('s3', 'PUT', path, {}, 'forged'));
  await refused(stage, 'Delete', () => admin.rest('s3', 'DELETE', path, {}, ''));
  await refused(stage, 'Delete version', () => admin.rest('s3', 'DELETE', `${path}?versionId=${version}`, {}, ''));
  await refused(stage, 'Shorten retention', () =>
    admin.rest('s3', 'PUT', `${path}?retention&versionId=${version}`, {}, retention),
  );
  const payments = await asRole(stage, 'payments-tenant', owner.tenantId);
  const item = await anyCommit(stage, owner);
  const key = { TableName: journalOf(stage), Key: item };
  await refused(stage, 'Change the journal', () =>
    payments.json('dynamodb', 'UpdateItem', {
      ...key,
      UpdateExpression: 'SET forged = :yes',
      ExpressionAttributeValues: { ':yes': { BOOL: true } },
    }),
  );
  await refused(stage, 'Delete from it', () => payments.json('dynamodb', 'DeleteItem', key));
}

/** Only a refusal by policy or lock counts: another error would mean that the attempt was not a real one. */
async function refused(stage: Stage, what: string, attempt: () => Promise<unknown>): Promise<void> {
  try {
    await attempt();
  } catch (error) {
    const code = error instanceof AwsError ? error.code : String(error);
    mustShow(/^AccessDenied/.test(code), `“${what}” to be refused with AccessDenied`, String(error));
    stage.fact(what, code);
    return;
  }
  mustShow(false, `“${what}” to be refused`, 'it was done');
}

function isRefundOf(record: JsonObject, payment: string): boolean {
  const text = JSON.stringify(record);
  return text.includes(payment) && text.includes('"payments.refund"') && text.includes('"refunded"');
}

function wormBucketOf({ cloud }: Stage): string {
  const locked = cloud.assembly
    .ofType('AWS::S3::Bucket')
    .filter((bucket) => bucket.property('ObjectLockEnabled') === true);
  const [bucket] = locked;
  if (bucket === undefined || locked.length > 1) throw new Error(`${locked.length} buckets with Object Lock`);
  return bucket.ref;
}

function journalOf({ cloud }: Stage): string {
  const tables = cloud.assembly.ofType('AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable');
  return tables.find(({ ref }) => ref.endsWith('-journal'))?.ref ?? '';
}

async function readLog(stage: Stage, bucket: string, owner: string): Promise<readonly LogObject[]> {
  await settle(stage);
  const listing = await stage.admin.rest('s3', 'GET', `/${bucket}?list-type=2&prefix=${owner}%2F`, {}, '');
  const keys = [...listing.matchAll(/<Key>([^<]+)<\/Key>/g)].map(([, key]) => key ?? '');
  return Promise.all(
    keys.sort().map(async (key): Promise<LogObject> => {
      const path = `/${bucket}/${key}`;
      const text = await stage.admin.rest('s3', 'GET', path, {}, '');
      const [header, ...records] = text
        .trimEnd()
        .split('\n')
        .map((line) => asObject(parseJson(line), 'line'));
      return { path, text, header: header ?? {}, records };
    }),
  );
}

async function versionOf({ admin }: Stage, path: string): Promise<string> {
  const [, bucket = '', ...key] = path.split('/');
  const listing = await admin.rest(
    's3',
    'GET',
    `/${bucket}?versions&prefix=${encodeURIComponent(key.join('/'))}`,
    {},
    '',
  );
  return /<VersionId>([^<]+)/.exec(listing)?.[1] ?? '';
}

/** Key of some commit of the tenant. */
async function anyCommit(stage: Stage, { tenantId }: Owner): Promise<JsonObject> {
  const { Items } = await stage.admin.json('dynamodb', 'Scan', {
    TableName: journalOf(stage),
    FilterExpression: 'begins_with(pk, :own)',
    ExpressionAttributeValues: { ':own': { S: `T#${tenantId}#payment#` } },
  });
  const { pk, sk } = asObject(asList(Items, 'commits')[0], 'a commit');
  return { pk, sk };
}

/** AWS with the rights of a function's tenant role, for one tenant. */
async function asRole({ admin, cloud }: Stage, name: string, tenantId: string): Promise<AwsClient> {
  const { accountId, region } = cloud.assembly.place;
  const answer = await admin.query('sts', '2011-06-15', 'AssumeRole', {
    RoleArn: `arn:aws:iam::${accountId}:role/countinghouse-dev-${name}`,
    RoleSessionName: 'demo',
    'Tags.member.1.Key': 'tenant',
    'Tags.member.1.Value': tenantId,
  });
  const field = (tag: string): string => new RegExp(`<${tag}>([^<]+)`).exec(answer)?.[1] ?? '';
  return newAwsClient(cloud.awsEndpoint, region, {
    accessKeyId: field('AccessKeyId'),
    secretAccessKey: field('SecretAccessKey'),
    sessionToken: field('SessionToken'),
  });
}
