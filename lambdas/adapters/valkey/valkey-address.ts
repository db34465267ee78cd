import { defaultProvider } from '../environment-credentials';
import { MalformedData } from '../reading';
import type { ValkeyAddress } from './valkey-client';
import { valkeyToken } from './valkey-token';

/**
 * The serverless cache behind `valkeys://<name>@<host>:<port>?region=<region>`. The cache and its only user have one name; the
 * user signs in with the credentials of the function's own role.
 */
export function valkeyAddressOf(text: string): ValkeyAddress {
  const { protocol, username: name, hostname: host, port, searchParams } = new URL(text);
  const region = searchParams.get('region');
  if (protocol !== 'valkeys:' || name === '' || port === '' || region === null) {
    throw new MalformedData('the address of the cache is valkeys://<name>@<host>:<port>?region=<region>');
  }
  const credentials = defaultProvider();
  return {
    host,
    port: Number(port),
    tls: true,
    cluster: true,
    login: async () => ({
      username: name,
      password: valkeyToken({ cache: name, user: name, region }, await credentials(), new Date()),
    }),
  };
}
