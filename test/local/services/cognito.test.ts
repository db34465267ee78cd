import {
  CognitoIdentityProviderClient,
  InitiateAuthCommand,
  ListUsersCommand,
  SignUpCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { JwtVerifier } from 'aws-jwt-verify';
import { accountId, allow, policy, region, startTestCloud, triggerPolicy, type TestCloud } from '../cloud';

const userPoolId = `${region}_Local1234`;
const password = 'Correct-horse-1';
const poolArn = `arn:aws:cognito-idp:${region}:${accountId}:userpool/${userPoolId}`;
const triggerArn = `arn:aws:lambda:${region}:${accountId}:function:pre-sign-up`;

const triggerPolicyFor = (sourceArn: string): object => triggerPolicy(triggerArn, sourceArn);

const ownPoolOnly = triggerPolicyFor(poolArn);

describe('Cognito', () => {
  let cloud: TestCloud;
  let userPoolClientId: string;
  const invoked: { functionArn: string; event: unknown }[] = [];

  const start = async () => {
    ({ userPoolClientId } = await cloud.door.services.cognito.createUserPool({
      userPoolId,
      clientName: 'console',
      triggers: { PreSignUp: 'pre-sign-up' },
      client: { ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'] },
    }));
  };
  const client = () => new CognitoIdentityProviderClient(cloud.client());
  const signIn = () =>
    client().send(
      new InitiateAuthCommand({
        ClientId: userPoolClientId,
        AuthFlow: 'USER_PASSWORD_AUTH',
        AuthParameters: { USERNAME: 'owner@example.com', PASSWORD: password },
      }),
    );
  const refresh = (token: string | undefined) =>
    client().send(
      new InitiateAuthCommand({
        ClientId: userPoolClientId,
        AuthFlow: 'REFRESH_TOKEN_AUTH',
        AuthParameters: { REFRESH_TOKEN: token ?? '' },
      }),
    );
  const claimsOf = async (token: string | undefined) => {
    const issuer = `${cloud.door.url}/${userPoolId}`;
    const verifier = JwtVerifier.create({
      issuer,
      audience: userPoolClientId,
      jwksUri: `${issuer}/.well-known/jwks.json`,
    });
    const keys = (await (await fetch(`${issuer}/.well-known/jwks.json`)).json()) as Parameters<
      typeof verifier.cacheJwks
    >[0];
    verifier.cacheJwks(keys);
    return verifier.verify(token ?? '', { graceSeconds: 60 });
  };

  beforeAll(async () => {
    cloud = await startTestCloud({
      invoke: (functionArn, payload) => {
        const event = JSON.parse(payload.toString()) as { response: object };
        invoked.push({ functionArn, event });
        const answered = { ...event, response: { autoConfirmUser: true, autoVerifyEmail: true } };
        return Promise.resolve({ statusCode: 200, payload: JSON.stringify(answered) });
      },
    });
    cloud.resourcePolicies.set(triggerArn, ownPoolOnly);
    await start();
  });
  afterAll(() => cloud.close());

  // cognito/latest/developerguide/cognito-user-pools-working-with-lambda-triggers.html
  it('signs nobody up when the trigger does not let the pool call it', async () => {
    const signUp = () =>
      client().send(new SignUpCommand({ ClientId: userPoolClientId, Username: 'x@example.com', Password: password }));
    const otherPool = triggerPolicyFor(`${poolArn}x`);
    cloud.resourcePolicies.set(triggerArn, otherPool);
    cloud.door.policiesChanged();
    await expect(signUp()).rejects.toMatchObject({ name: expect.any(String) });
    cloud.resourcePolicies.set(triggerArn, ownPoolOnly);
    cloud.door.policiesChanged();
    expect(invoked).toEqual([]);
    expect(cloud.door.calls().map(({ action, errorCode }) => [action, errorCode])).toContainEqual([
      'Invoke',
      'AccessDeniedException',
    ]);
  });

  // cognito/latest/developerguide/user-pool-lambda-pre-sign-up.html
  it('signs a user up through the trigger function, without a signature', async () => {
    const { UserConfirmed, UserSub } = await client().send(
      new SignUpCommand({
        ClientId: userPoolClientId,
        Username: 'owner@example.com',
        Password: password,
        UserAttributes: [{ Name: 'email', Value: 'owner@example.com' }],
      }),
    );
    expect(UserConfirmed).toBe(true);
    expect(UserSub).toMatch(/^[0-9a-f-]{36}$/);
    expect(invoked).toMatchObject([
      {
        functionArn: expect.stringMatching(/:function:pre-sign-up$/),
        event: { triggerSource: 'PreSignUp_SignUp', userPoolId },
      },
    ]);
  });

  // cognito/latest/developerguide/amazon-cognito-user-pools-using-the-id-token.html
  it('gives ID tokens with the claims of Cognito, whose session lasts over refreshes and not over sign-ins', async () => {
    const { AuthenticationResult: first } = await signIn();
    const claims = await claimsOf(first?.IdToken);
    expect(claims).toMatchObject({
      email: 'owner@example.com',
      email_verified: true,
      token_use: 'id',
      auth_time: expect.any(Number),
      origin_jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    const { AuthenticationResult: renewed } = await refresh(first?.RefreshToken);
    expect(await claimsOf(renewed?.IdToken)).toMatchObject({
      origin_jti: claims['origin_jti'],
      auth_time: claims['auth_time'],
    });
    const { AuthenticationResult: second } = await signIn();
    expect((await claimsOf(second?.IdToken))['origin_jti']).not.toBe(claims['origin_jti']);
  });

  it('asks the policies for administrative operations', async () => {
    cloud.roles.set('lists', { policy: policy(allow('cognito-idp:ListUsers', poolArn)) });
    cloud.roles.set('nothing', { policy: policy(allow('s3:GetObject', '*')) });
    const listAs = (role: string) =>
      new CognitoIdentityProviderClient(cloud.worker(role, role)).send(
        new ListUsersCommand({ UserPoolId: userPoolId }),
      );
    expect((await listAs('lists')).Users).toHaveLength(1);
    await expect(listAs('nothing')).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });

  it('keeps users, client and sessions over a restart', async () => {
    const { AuthenticationResult: before } = await signIn();
    const originJti = (await claimsOf(before?.IdToken))['origin_jti'];
    const clientIdBefore = userPoolClientId;
    await cloud.restart();
    await start();
    expect(userPoolClientId).toBe(clientIdBefore);
    const { AuthenticationResult: after } = await refresh(before?.RefreshToken);
    expect((await claimsOf(after?.IdToken))['origin_jti']).toBe(originJti);
  });
});
