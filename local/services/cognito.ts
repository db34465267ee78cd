import { createHash, createPrivateKey, createSign, randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { AwsReply, LocalService } from '../front-door/contract';
import { isRecord, parseRecord, recordOf, textOf } from '../front-door/json';
import type { Principals } from '../front-door/principals';
import { AwsFault } from '../front-door/wire';
import { freePort, startEngine, type Engine } from './child';
import { openRecordLog, openStateFile, type Home } from './state';

export interface UserPoolWish {
  /** Kept as the pool's id, e.g. `eu-central-1_Countinghouse`. */
  readonly userPoolId: string;
  readonly clientName: string;
  /** Trigger name of cognito-local to function name: `{ PreSignUp: 'countinghouse-dev-pre-sign-up' }`. */
  readonly triggers: Readonly<Record<string, string>>;
  /** Members of CreateUserPoolClient beside names and pool: validities, flows. */
  readonly client?: Readonly<Record<string, unknown>>;
}

export interface CognitoService extends LocalService {
  /** Starts the engine with these triggers and makes pool and client unless they exist. */
  createUserPool(
    wish: UserPoolWish,
  ): Promise<{ readonly userPoolId: string; readonly userPoolClientId: string; readonly issuer: string }>;
  /** Key set of a pool, for `GET /<pool>/.well-known/jwks.json`. */
  keySet(): object;
}

/**
 * Cognito user pools by cognito-local, as a child process. Its tokens lack `origin_jti`, and have a new `auth_time` after each
 * refresh; Cognito puts in both and keeps them over refreshes [cognito/latest/developerguide/amazon-cognito-user-pools-using-the-id-token.html]; the service adds it
 * and signs again with the engine's (public, local) key.
 *
 * Triggers are called in the pool's name: where the function's policy does not let it, the operation fails
 * [cognito/latest/developerguide/cognito-user-pools-working-with-lambda-triggers.html].
 */
export function newCognito(home: Home, principals: Pick<Principals, 'issueForService'>): CognitoService {
  const folder = join(home.stateDir, 'cognito');
  mkdirSync(folder, { recursive: true });
  const library = dirname(createRequire(join(process.cwd(), 'package.json')).resolve('cognito-local'));
  const privateKey = createPrivateKey(
    textOf(parseRecord(readFileSync(join(library, 'keys', 'cognitoLocal.private.json')))['pem']) ?? '',
  );
  const publicKey = parseRecord(readFileSync(join(library, 'keys', 'cognitoLocal.public.json')))['jwk'];
  const clients = openStateFile(home.stateDir, 'cognito', 'clients.json');
  const sessionLog = openRecordLog(home.stateDir, 'cognito', 'sessions.jsonl');
  const sessions = new Map<string, SignInFacts>();
  for (const record of sessionLog.readAll()) {
    sessions.set(textOf(record['refreshToken']) ?? '', {
      originJti: textOf(record['originJti']) ?? '',
      authTime: Number(record['authTime'] ?? 0),
    });
  }
  let engine: Engine | undefined;
  let engineUrl: string | undefined;

  const start = async (userPoolId: string, triggers: Readonly<Record<string, string>>): Promise<void> => {
    const poolArn = `arn:aws:cognito-idp:${home.region}:${home.accountId}:userpool/${userPoolId}`;
    const { accessKeyId, secretAccessKey } = principals.issueForService('cognito-idp.amazonaws.com', poolArn);
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    openStateFile(folder, '.cognito', 'config.json').write({
      LambdaClient: {
        endpoint: home.url(),
        region: home.region,
        credentials: { accessKeyId, secretAccessKey },
      },
      TriggerFunctions: triggers,
      TokenConfig: { IssuerDomain: home.url() },
      UserPoolDefaults: { UsernameAttributes: ['email'] },
      ServerConfig: { port, hostname: '127.0.0.1' },
    });
    engine = await startEngine(process.execPath, [join(library, 'bin', 'start.js')], {
      cwd: folder,
      pidFile: join(folder, 'engine.pid'),
      env: {
        PATH: process.env['PATH'],
        PORT: String(port),
        HOST: '127.0.0.1',
        AWS_SDK_JS_SUPPRESS_MAINTENANCE_MODE_MESSAGE: '1',
      },
      ready: () =>
        fetch(`${url}/health`).then(
          (response) => response.ok,
          () => false,
        ),
    });
    engineUrl = url;
  };

  const forward = async (action: string, body: string | Buffer): Promise<AwsReply> => {
    if (engineUrl === undefined) {
      throw new AwsFault('ResourceNotFoundException', 'There is no user pool yet.');
    }
    const response = await fetch(engineUrl, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `AWSCognitoIdentityProviderService.${action}`,
      },
      body: new Uint8Array(Buffer.from(body)),
    });
    const answer = Buffer.from(await response.arrayBuffer());
    return { status: response.status, headers: { 'content-type': 'application/x-amz-json-1.1' }, body: answer };
  };

  const ask = async (action: string, body: object): Promise<Readonly<Record<string, unknown>>> => {
    const reply = await forward(action, JSON.stringify(body));
    if (reply.status !== 200) {
      throw new Error(`${action}: ${reply.body.toString()}`);
    }
    return parseRecord(reply.body);
  };

  /** The session of a token and when it began: new at sign-in, found again by the refresh token that renews it. */
  const signInOf = (refreshToken: string | undefined, presented: string | undefined): SignInFacts => {
    const known = presented === undefined ? undefined : sessions.get(digest(presented));
    const facts = known ?? { originJti: randomUUID(), authTime: Math.floor(Date.now() / 1_000) };
    if (refreshToken !== undefined && known === undefined) {
      sessions.set(digest(refreshToken), facts);
      sessionLog.append({ refreshToken: digest(refreshToken), ...facts });
    }
    return facts;
  };

  const withSignIn = (token: string, { originJti, authTime }: SignInFacts): string => {
    const [header = '', payload = ''] = token.split('.');
    const claims = { ...parseRecord(Buffer.from(payload, 'base64url')), origin_jti: originJti, auth_time: authTime };
    const unsigned = `${header}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`;
    return `${unsigned}.${createSign('RSA-SHA256').update(unsigned).sign(privateKey, 'base64url')}`;
  };

  return {
    name: 'cognito-idp',
    async handle(call) {
      const reply = await forward(call.action, call.body);
      const answer = parseRecord(reply.body);
      const tokens = answer['AuthenticationResult'];
      if (reply.status !== 200 || !isRecord(tokens)) {
        return reply;
      }
      const presented = textOf(recordOf(parseRecord(call.body)['AuthParameters'])['REFRESH_TOKEN']);
      const facts = signInOf(textOf(tokens['RefreshToken']), presented);
      const signed: Record<string, unknown> = { TokenType: 'Bearer', ExpiresIn: 3600, ...tokens };
      for (const name of ['IdToken', 'AccessToken']) {
        const token = textOf(tokens[name]);
        if (token !== undefined) {
          signed[name] = withSignIn(token, facts);
        }
      }
      return { ...reply, body: Buffer.from(JSON.stringify({ ...answer, AuthenticationResult: signed })) };
    },
    async createUserPool({ userPoolId, clientName, triggers, client }) {
      await engine?.stop();
      // The engine takes every file of its folder for a pool of that id, and fills in its defaults.
      const pool = openStateFile(folder, '.cognito', 'db', `${userPoolId}.json`);
      if (Object.keys(pool.read()).length === 0) {
        pool.write({});
      }
      await start(userPoolId, triggers);
      const known = clients.read();
      const id = `${userPoolId}/${clientName}`;
      let userPoolClientId = textOf(known[id]);
      if (userPoolClientId === undefined) {
        const made = await ask('CreateUserPoolClient', {
          UserPoolId: userPoolId,
          ClientName: clientName,
          TokenValidityUnits: { AccessToken: 'hours', IdToken: 'hours', RefreshToken: 'days' },
          AccessTokenValidity: 1,
          IdTokenValidity: 1,
          RefreshTokenValidity: 30,
          ...client,
        });
        userPoolClientId = textOf(recordOf(made['UserPoolClient'])['ClientId']) ?? '';
        clients.write({ ...known, [id]: userPoolClientId });
      }
      return { userPoolId, userPoolClientId, issuer: `${home.url()}/${userPoolId}` };
    },
    keySet: () => ({ keys: [publicKey] }),
    async close() {
      await engine?.stop();
    },
  };
}

/** What stays the same over refreshes. */
interface SignInFacts {
  readonly originJti: string;
  /** Seconds since 1970. */
  readonly authTime: number;
}

function digest(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}
