import type { PasskeyVerifier, RegistrationResponse } from '../../domain/mfa';
import { passkeyAlgorithms } from '../../domain/mfa';

/**
 * Ceremonies of Web Authentication, checked by SimpleWebAuthn. `consoleUrl` is where people sign in: its origin is the only one that
 * may ask, and its host the site that passkeys belong to.
 *
 * The library refuses by throwing. Everything it is given comes from the caller, so whatever it throws is a refusal. It is loaded
 * when it is first needed, since most requests of this function never do.
 */
export function newPasskeyVerifier(consoleUrl: string): PasskeyVerifier {
  const { origin, hostname } = new URL(consoleUrl);
  const expected = (challenge: string) => ({
    expectedChallenge: challenge,
    expectedOrigin: origin,
    expectedRPID: hostname,
    requireUserVerification: true,
  });

  return {
    site: hostname,

    registration: async (response, challenge) => {
      const { verifyRegistrationResponse } = await import('@simplewebauthn/server');
      try {
        if (!(await isUnattested(response))) return undefined;
        const { verified, registrationInfo } = await verifyRegistrationResponse({
          ...expected(challenge),
          response: {
            ...response,
            response: {
              clientDataJSON: response.response.clientDataJSON,
              attestationObject: response.response.attestationObject,
            },
            clientExtensionResults: {},
          },
          supportedAlgorithmIDs: [...passkeyAlgorithms],
        });
        if (!verified || registrationInfo.credential.id !== response.id) return undefined;
        const { id, publicKey, counter } = registrationInfo.credential;
        return { credentialId: id, publicKey: Buffer.from(publicKey).toString('base64url'), counter };
      } catch {
        return undefined;
      }
    },

    assertion: async (response, challenge, { credentialId, publicKey }) => {
      const { verifyAuthenticationResponse } = await import('@simplewebauthn/server');
      const { clientDataJSON, authenticatorData, signature } = response.response;
      try {
        const { verified, authenticationInfo } = await verifyAuthenticationResponse({
          ...expected(challenge),
          response: {
            ...response,
            response: { clientDataJSON, authenticatorData, signature },
            clientExtensionResults: {},
          },
          // Counters are judged by the caller, who keeps them: zero says nothing of earlier ones.
          credential: { id: credentialId, publicKey: new Uint8Array(Buffer.from(publicKey, 'base64url')), counter: 0 },
        });
        return verified ? { counter: authenticationInfo.newCounter } : undefined;
      } catch {
        return undefined;
      }
    },
  };
}

/**
 * We ask for no attestation, so a browser sends none, or one that the authenticator's own key has signed. Anything else is refused
 * before it is looked at: it would say who made the authenticator, which nobody here asks, and checking certificates goes out to
 * the network for revocation lists.
 */
async function isUnattested({ response }: RegistrationResponse): Promise<boolean> {
  const { decodeAttestationObject } = await import('@simplewebauthn/server/helpers');
  const attestation = decodeAttestationObject(new Uint8Array(Buffer.from(response.attestationObject, 'base64url')));
  const format = attestation.get('fmt');
  return format === 'none' || (format === 'packed' && attestation.get('attStmt').get('x5c') === undefined);
}
