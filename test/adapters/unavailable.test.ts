import { connect } from 'node:net';

import {
  ConditionalCheckFailedException,
  InternalServerError,
  ThrottlingException,
  TransactionCanceledException,
} from '@aws-sdk/client-dynamodb';

import { isUnavailable, Unavailable } from '../../lambdas/adapters/unavailable';

const metadata = { $metadata: {}, message: 'no' };

describe('a store that is unavailable', () => {
  test.each([
    ['throttles', new ThrottlingException(metadata)],
    ['fails by itself', new InternalServerError(metadata)],
    ['cancels a transaction for want of capacity', cancelledFor('None', 'ThrottlingError')],
    ['left over what it was asked', new Unavailable('DynamoDB left keys of a batch unread')],
    ['does not answer in time', Object.assign(new Error('no answer'), { name: 'TimeoutError' })],
    ['hangs up', Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' })],
  ])('%s', (_, error) => {
    expect(isUnavailable(error)).toBe(true);
  });

  test('cannot be reached', async () => {
    const error = await new Promise((resolve) => connect(1, '127.0.0.1').once('error', resolve));
    expect(isUnavailable(error)).toBe(true);
  });

  test.each([
    ['a lost race', new ConditionalCheckFailedException(metadata)],
    ['a transaction that lost one', cancelledFor('ConditionalCheckFailed', 'None')],
    ['a right that is missing', Object.assign(new Error('no'), { name: 'AccessDeniedException', $fault: 'client' })],
    ['a bug', new TypeError('undefined is not a function')],
    ['no error at all', 'ThrottlingException'],
  ])('is none for %s', (_, error) => {
    expect(isUnavailable(error)).toBe(false);
  });
});

function cancelledFor(...codes: readonly string[]): TransactionCanceledException {
  return new TransactionCanceledException({ ...metadata, CancellationReasons: codes.map((Code) => ({ Code })) });
}
