import { newValkeyClient } from '../../lambdas/adapters/valkey/valkey-client';
import { newValkeyRateLimiter } from '../../lambdas/adapters/valkey/valkey-rate-limiter';
import { valkeyToken } from '../../lambdas/adapters/valkey/valkey-token';
import { money } from '../contracts/rate-limiter-contract';
import { aClock } from '../support/a-commit';

const name = 'countinghouse-prod-limits';

test('a token is the request that the signer of the AWS SDK makes of the same', () => {
  const credentials = {
    accessKeyId: 'AKIDEXAMPLE',
    secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
    sessionToken: 'AQoD/+Yz=token',
  };
  const now = new Date('2026-11-22T12:00:00.000Z');
  const token = new URL(`http://${valkeyToken({ cache: name, user: name, region: 'eu-central-1' }, credentials, now)}`);
  expect([token.host, token.pathname]).toEqual([name, '/']);
  // SignatureV4.presign of @smithy/signature-v4 5, with service elasticache and 900 seconds.
  expect(Object.fromEntries(token.searchParams)).toEqual({
    Action: 'connect',
    ResourceType: 'ServerlessCache',
    User: name,
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': 'AKIDEXAMPLE/20261122/eu-central-1/elasticache/aws4_request',
    'X-Amz-Date': '20261122T120000Z',
    'X-Amz-Expires': '900',
    'X-Amz-Security-Token': 'AQoD/+Yz=token',
    'X-Amz-SignedHeaders': 'host',
    'X-Amz-Signature': '30cdddc106d1752ae25c56e654fd4307912e1ec3170724650a2021260d090e1a',
  });
});

test.each([false, true])('a server that does not answer is a failed store, as a cluster: %p', async (cluster) => {
  // The discard port, where nobody listens.
  const client = newValkeyClient({ host: '127.0.0.1', port: 9, tls: false, cluster });
  const limiter = newValkeyRateLimiter({ client, clock: aClock() });
  await expect(limiter.take('a', money)).rejects.toThrow();
  client.close();
});

test.each([[null], [['1', '2']], [{}]])('an answer that is none is a failed store: %j', async (answer) => {
  const limiter = newValkeyRateLimiter({ client: { evaluate: async () => answer }, clock: aClock() });
  await expect(limiter.take('a', money)).rejects.toThrow(/^(answer|count) is no/);
});
