import { createHash } from 'node:crypto';

/** An account is whoever holds its API key: any key of the form opens one, so nobody has to sign up. */
export function accountOf(authorization: string | undefined): string | undefined {
  const key = /^Bearer (sk_sandbox_[A-Za-z0-9]{16,64})$/.exec(authorization ?? '')?.[1];
  // A key that tells by its name that it was revoked lets tests see a refusal.
  if (key === undefined || key.startsWith('sk_sandbox_revoked')) return undefined;
  return createHash('sha256').update(key).digest('hex').slice(0, 24);
}

export function endpointIdOf(url: string): string {
  return createHash('sha256').update(url).digest('hex').slice(0, 16);
}
