import type { KeyScope } from '../../lambdas/domain/identity';
import type { ApiAnswer, ApiClient, TestCloud } from './local-cloud';
import { must, newKey, type TestTenant } from './people';
import { plant } from './planted';

/** An API key of a tenant, with the secret that its issue has shown. */
export interface IssuedKey {
  readonly id: string;
  readonly secret: string;
}

export interface KeyRequest {
  readonly name?: string;
  readonly scopes?: readonly KeyScope[];
  readonly ipAllowlist?: readonly string[];
  readonly expiresAt?: string;
}

export function keyBody({ name = 'Shop server', scopes = ['payments:read'], ...rest }: KeyRequest = {}) {
  const expiresAt = new Date(Date.now() + 30 * 24 * 60 * 60 * 1000).toISOString();
  return { name, scopes, expiresAt, ...rest };
}

/** A key that the tenant's Owner has issued. */
export async function anApiKey(tenant: TestTenant, request: KeyRequest = {}): Promise<IssuedKey> {
  const issued = must(await tenant.owner.api.post(`${tenant.path}/api-keys`, keyBody(request), newKey()), 201);
  return { id: issued.id, secret: plant('API key', issued.secret) };
}

/** A tenant's server: it calls the entrance for servers, and sends whatever text it has for a key. */
export function asServer(cloud: TestCloud, secret: string): ApiClient {
  const nobody = cloud.api();
  const request = (
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<ApiAnswer> =>
    nobody.request(method, `/server${path}`, body, { authorization: `Bearer ${secret}`, ...headers });
  return {
    request,
    get: (path, headers) => request('GET', path, undefined, headers),
    post: (path, body, headers) => request('POST', path, body, headers),
    patch: (path, body, headers) => request('PATCH', path, body, headers),
    delete: (path, headers) => request('DELETE', path, undefined, headers),
  };
}
