/**
 * Stands in every bundle for the SDK's chain of credential providers (lib/constructs/bundle.ts). A function has its role's
 * credentials in its environment, where the chain looks first; the rest of it (profiles, SSO, instance metadata, nested STS
 * clients) is a fifth of a bundle and a sixth of its initialisation.
 */
export function defaultProvider(): () => Promise<EnvironmentCredentials> {
  return async () => {
    const {
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_SESSION_TOKEN: token,
    } = process.env;
    if (accessKeyId === undefined || secretAccessKey === undefined) {
      throw new Error('the environment holds no credentials of a role');
    }
    return { accessKeyId, secretAccessKey, ...(token === undefined ? {} : { sessionToken: token }) };
  };
}

interface EnvironmentCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}
