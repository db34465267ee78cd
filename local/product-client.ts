import { asObject, asString, isObject, parseJson, type Json, type JsonObject } from './assembly/json';
import type { LocalCloud } from './local-cloud';

export interface Person {
  readonly email: string;
  readonly password: string;
}

/** One sign-in: what a step-up belongs to. */
export interface Session {
  readonly idToken: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** The parsed body; an empty object when there is none. */
  readonly body: JsonObject;
  /** Id of the invocation behind the answer: the key of the AWS calls it made. */
  readonly invocationId: string;
}

export interface Request {
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A user of the product: signs up and in at the user pool, calls the REST API. Any status is an answer, not an error. */
export interface ProductClient {
  signUp(person: Person): Promise<void>;
  signIn(person: Person): Promise<Session>;
  call(session: Session | undefined, method: string, path: string, request?: Request): Promise<Answer>;
}

export function newProductClient(
  cloud: Pick<LocalCloud, 'apiUrl' | 'awsEndpoint' | 'userPoolClientId'>,
): ProductClient {
  const cognito = async (operation: string, input: object): Promise<JsonObject> => {
    const response = await fetch(cloud.awsEndpoint, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `AWSCognitoIdentityProviderService.${operation}`,
      },
      body: JSON.stringify({ ClientId: cloud.userPoolClientId, ...input }),
    });
    const answer = parseJson(await response.text());
    if (!response.ok) throw new Error(`${operation}: ${JSON.stringify(answer)}`);
    return asObject(answer, operation);
  };
  return {
    async signUp({ email, password }) {
      const attributes = [{ Name: 'email', Value: email }];
      await cognito('SignUp', { Username: email, Password: password, UserAttributes: attributes });
    },
    async signIn({ email, password }) {
      const parameters = { USERNAME: email, PASSWORD: password };
      const answer = await cognito('InitiateAuth', { AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters: parameters });
      const result = asObject(answer['AuthenticationResult'], 'AuthenticationResult');
      return { idToken: asString(result['IdToken'], 'IdToken') };
    },
    async call(session, method, path, { body, headers = {} } = {}) {
      const response = await fetch(cloud.apiUrl + path, {
        method,
        headers: {
          ...(session === undefined ? {} : { authorization: session.idToken }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      const parsed: Json = text === '' ? {} : parseJson(text);
      const invocationId = invocationIdOf(response.headers);
      return { status: response.status, headers: response.headers, body: isObject(parsed) ? parsed : {}, invocationId };
    },
  };
}

/** The trace id of an answer is the id of the invocation, written as X-Ray writes ids. */
export function invocationIdOf(headers: Headers): string {
  const trace = /Root=1-([0-9a-f]{8})-([0-9a-f]{24})/.exec(headers.get('x-amzn-trace-id') ?? '');
  const hex = `${trace?.[1] ?? ''}${trace?.[2] ?? ''}`;
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
