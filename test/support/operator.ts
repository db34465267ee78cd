import { type AttributeValue, DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, ListBucketsCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';

import { parseJournalItem, type JournalRecord } from '../../lambdas/adapters/dynamodb/commit-codec';
import type { TestCloud } from './local-cloud';

export const journalTable = 'countinghouse-dev-journal';

type Item = Readonly<Record<string, AttributeValue>>;

/** The account's operator, whom no policy of the product holds. */
export interface Operator {
  readonly s3: S3Client;
  readonly dynamodb: DynamoDBClient;
  /** Every item of a table, as the wire has it. */
  items(table: string): Promise<readonly Item[]>;
  /** Everything that the journal holds, in no order. */
  journal(): Promise<readonly JournalRecord[]>;
  /** Keys and bytes of a bucket's objects, by key. */
  objects(bucket: string, prefix?: string): Promise<readonly { readonly key: string; readonly bytes: Buffer }[]>;
}

export function newOperator(cloud: TestCloud): Operator {
  const { awsEndpoint, adminCredentials, region = 'eu-central-1' } = cloud.description;
  if (adminCredentials === undefined) throw new Error('the description names no operator');
  const settings = { region, endpoint: awsEndpoint, credentials: adminCredentials };
  const s3 = new S3Client({ ...settings, forcePathStyle: true, maxAttempts: 1 });
  const dynamodb = new DynamoDBClient({ ...settings, maxAttempts: 1 });
  const items = async (table: string): Promise<readonly Item[]> => {
    const all: Item[] = [];
    for await (const { Items = [] } of paginateScan({ client: dynamodb }, { TableName: table })) all.push(...Items);
    return all;
  };
  return {
    s3,
    dynamodb,
    items,
    journal: async () => (await items(journalTable)).map(parseJournalItem),
    async objects(bucket, prefix) {
      const found: { key: string; bytes: Buffer }[] = [];
      for await (const page of paginateListObjectsV2({ client: s3 }, { Bucket: bucket, Prefix: prefix })) {
        for (const { Key: key = '' } of page.Contents ?? []) {
          const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
          found.push({ key, bytes: Buffer.from((await Body?.transformToByteArray()) ?? []) });
        }
      }
      return found;
    },
  };
}

/** Name of the audit log's bucket, which CloudFormation makes up. */
export async function wormBucket({ s3 }: Operator): Promise<string> {
  const { Buckets = [] } = await s3.send(new ListBucketsCommand({}));
  const names = Buckets.flatMap(({ Name }) => (Name?.includes('wormbucket') === true ? [Name] : []));
  const [name, ...others] = names;
  if (name === undefined || others.length > 0) throw new Error(`${String(names.length)} buckets for the audit log`);
  return name;
}
