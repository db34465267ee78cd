import { controlPrefix } from '../../local/front-door/contract';
import type { ApiClient, CloudDescription } from './local-cloud';

/** What JSON holds, read by tests without ceremony. */
export type Parsed = ReturnType<typeof JSON.parse>;

export interface Person {
  readonly email: string;
  readonly password: string;
}

export interface Session {
  readonly idToken: string;
  readonly accessToken: string;
  readonly refreshToken: string;
}

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Parsed body, or undefined if it is not JSON. */
  readonly body: Parsed;
  /** Id of the Lambda invocation behind the answer; the key of the calls it made. */
  readonly invocationId: string;
}

/** Calls the control endpoints of a cloud (local/front-door/contract.ts). */
export function newControlClient(awsEndpoint: () => string) {
  return async (method: string, path: string, body?: object): Promise<Parsed> => {
    const response = await fetch(`${awsEndpoint()}${controlPrefix}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${controlPrefix}${path}: ${response.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  };
}

/** Signs people in at the user pool and calls the REST API as them. */
export function newPersonClient(description: () => CloudDescription) {
  const sessions = new Map<string, Promise<Session>>();

  const cognito = async (operation: string, input: object): Promise<Parsed> => {
    const response = await fetch(description().awsEndpoint, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `AWSCognitoIdentityProviderService.${operation}`,
      },
      body: JSON.stringify({ ClientId: description().userPoolClientId, ...input }),
    });
    const answer = JSON.parse(await response.text());
    if (!response.ok) throw new Error(`${operation}: ${JSON.stringify(answer)}`);
    return answer;
  };

  const signIn = async ({ email, password }: Person): Promise<Session> => {
    const answer = await cognito('InitiateAuth', {
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: email, PASSWORD: password },
    });
    return {
      idToken: answer.AuthenticationResult.IdToken,
      accessToken: answer.AuthenticationResult.AccessToken,
      refreshToken: answer.AuthenticationResult.RefreshToken,
    };
  };

  /** One session per person for the whole test file: a session is what a step-up belongs to. */
  const sessionOf = (who: Person | Session): Promise<Session> => {
    if ('idToken' in who) return Promise.resolve(who);
    const key = `${description().apiUrl} ${who.email}`;
    const session = sessions.get(key) ?? signIn(who);
    sessions.set(key, session);
    return session;
  };

  const api = (who?: Person | Session): ApiClient => {
    const request: ApiClient['request'] = async (method, path, body, headers = {}) => {
      const authorization = who === undefined ? {} : { authorization: (await sessionOf(who)).idToken };
      const content = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) };
      const url = path.startsWith('http') ? path : description().apiUrl + path;
      const response = await fetch(url, {
        method,
        headers: {
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...authorization,
          ...headers,
        },
        ...content,
      });
      return answerOf(response);
    };
    return {
      request,
      get: (path, headers) => request('GET', path, undefined, headers),
      post: (path, body, headers) => request('POST', path, body, headers),
      patch: (path, body, headers) => request('PATCH', path, body, headers),
      delete: (path, headers) => request('DELETE', path, undefined, headers),
    };
  };

  return {
    api,
    signIn,
    async signUp({ email, password }: Person): Promise<{ userSub: string; confirmed: boolean }> {
      const answer = await cognito('SignUp', {
        Username: email,
        Password: password,
        UserAttributes: [{ Name: 'email', Value: email }],
      });
      return { userSub: answer.UserSub, confirmed: answer.UserConfirmed };
    },
    async refresh(session: Session): Promise<Session> {
      const answer = await cognito('InitiateAuth', {
        AuthFlow: 'REFRESH_TOKEN_AUTH',
        AuthParameters: { REFRESH_TOKEN: session.refreshToken },
      });
      return {
        ...session,
        idToken: answer.AuthenticationResult.IdToken,
        accessToken: answer.AuthenticationResult.AccessToken,
      };
    },
  };
}

async function answerOf(response: Response): Promise<ApiAnswer> {
  const text = await response.text();
  // The trace id of an answer is the id of the invocation, written as X-Ray writes ids.
  const [, seconds = '', rest = ''] =
    /Root=1-([0-9a-f]{8})-([0-9a-f]{24})/.exec(response.headers.get('x-amzn-trace-id') ?? '') ?? [];
  const hex = seconds + rest;
  const invocationId = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join(
    '-',
  );
  let body: Parsed;
  try {
    body = JSON.parse(text);
  } catch {
    body = undefined;
  }
  return { status: response.status, headers: response.headers, text, body, invocationId };
}
