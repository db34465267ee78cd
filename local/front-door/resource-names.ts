import type { AwsCall } from './contract';
import { tableNameOf } from './grants/dynamodb';
import { listOf, parseRecord, recordOf, textOf } from './json';
import { s3Address } from './operations';

/** Main resource of a call, short enough to read in a list: table names, queue, bucket/key, key id, secret, role. */
export function resourceNameOf(call: AwsCall): string {
  switch (call.service) {
    case 's3': {
      const { bucket, key } = s3Address(call.url);
      return key === '' ? bucket : `${bucket}/${key}`;
    }
    case 'sts':
      return new URLSearchParams(call.body.toString()).get('RoleArn') ?? '';
    case 'sns':
      return new URLSearchParams(call.body.toString()).get('TopicArn') ?? '';
    case 'lambda':
      return decodeURIComponent(/\/functions\/([^/?]+)/.exec(call.url)?.[1] ?? '');
    default:
      break;
  }
  const body = parseRecord(call.body);
  switch (call.service) {
    case 'dynamodb': {
      const parts = listOf(body['TransactItems']).map(
        (item) => textOf(recordOf(Object.values(recordOf(item))[0])['TableName']) ?? '',
      );
      const tables = [textOf(body['TableName']) ?? '', ...Object.keys(recordOf(body['RequestItems'])), ...parts].filter(
        (name) => name !== '',
      );
      return [...new Set(tables.map(tableNameOf))].join(',');
    }
    case 'sqs':
      return textOf(body['QueueUrl'])?.split('/').pop() ?? textOf(body['QueueName']) ?? '';
    case 'secretsmanager':
      return textOf(body['SecretId']) ?? textOf(body['Name']) ?? '';
    case 'cognito-idp':
      return textOf(body['UserPoolId']) ?? '';
    default:
      return textOf(body['KeyId']) ?? '';
  }
}
