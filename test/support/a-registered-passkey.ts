import { must, type SignedIn } from './people';
import { SoftAuthenticator } from './soft-authenticator';

/** Where the console of the stage is, to which passkeys belong. */
export const consoleSite = { site: 'localhost', origin: 'http://localhost:5173' };

/** A passkey that somebody has registered by the whole ceremony, in a session that has stepped up, and what holds it. */
export async function aRegisteredPasskey({
  api,
}: SignedIn): Promise<{ readonly id: string; readonly authenticator: SoftAuthenticator }> {
  const authenticator = new SoftAuthenticator();
  const { challenge } = must(await api.post('/v1/me/mfa/passkeys/options'), 200);
  const credential = authenticator.register({ challenge, ...consoleSite });
  const { id } = must(await api.post('/v1/me/mfa/passkeys', { name: 'Laptop', credential }), 201);
  return { id, authenticator };
}
