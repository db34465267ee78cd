import { CognitoIdentityProviderClient, SignUpCommand } from '@aws-sdk/client-cognito-identity-provider';

import { newCognitoAddresses } from '../../lambdas/adapters/cognito/cognito-addresses';
import { newCognitoDirectory } from '../../lambdas/adapters/cognito/cognito-directory';
import { accountId, region, startTestCloud, triggerPolicy, type TestCloud } from '../local/cloud';

const userPoolId = `${region}_Local1234`;

describe('the directory in Cognito', () => {
  let cloud: TestCloud;
  let client: CognitoIdentityProviderClient;
  let clientId: string;
  let verify = true;
  beforeAll(async () => {
    cloud = await startTestCloud({
      invoke: (_, payload) => {
        const event = JSON.parse(payload.toString()) as object;
        const response = { autoConfirmUser: verify, autoVerifyEmail: verify };
        return Promise.resolve({ statusCode: 200, payload: JSON.stringify({ ...event, response }) });
      },
    });
    const triggerArn = `arn:aws:lambda:${region}:${accountId}:function:pre-sign-up`;
    const poolArn = `arn:aws:cognito-idp:${region}:${accountId}:userpool/${userPoolId}`;
    cloud.resourcePolicies.set(triggerArn, triggerPolicy(triggerArn, poolArn));
    ({ userPoolClientId: clientId } = await cloud.door.services.cognito.createUserPool({
      userPoolId,
      clientName: 'console',
      triggers: { PreSignUp: 'pre-sign-up' },
      client: { ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'] },
    }));
    client = new CognitoIdentityProviderClient(cloud.client());
  });
  afterAll(async () => {
    client.destroy();
    await cloud.close();
  });
  const signUp = async (email: string, verified = true) => {
    verify = verified;
    const { UserSub } = await client.send(
      new SignUpCommand({
        ClientId: clientId,
        Username: email,
        Password: 'Correct-horse-1',
        UserAttributes: [{ Name: 'email', Value: email }],
      }),
    );
    return UserSub;
  };
  const directory = () => newCognitoDirectory({ client, userPoolId });

  it('finds the confirmed user by e-mail address, whatever the case', async () => {
    const sub = await signUp('ada@example.com');
    await signUp('ada@example.com.evil.example');
    expect(await directory().findUserByEmail('ada@example.com')).toBe(sub);
  });

  it('does not find one who never confirmed the address, nor one who is not there', async () => {
    await signUp('eve@example.com', false);
    expect(await directory().findUserByEmail('eve@example.com')).toBeUndefined();
    expect(await directory().findUserByEmail('nobody@example.com')).toBeUndefined();
  });

  it('cannot be led astray by quotation marks in an address', async () => {
    const filters: (string | undefined)[] = [];
    client.middlewareStack.add(
      (next, context) => async (args) => {
        if (context.commandName === 'ListUsersCommand') filters.push((args.input as { Filter?: string }).Filter);
        return next(args);
      },
      { step: 'initialize', name: 'filters' },
    );
    expect(
      await directory()
        .findUserByEmail('x" or email ^= "a')
        .catch(() => undefined),
    ).toBeUndefined();
    expect(filters).toEqual(['email = "x\\" or email ^= \\"a"']);
    client.middlewareStack.remove('filters');
  });

  it('finds the verified address of a subject id, and none of one who never verified it or is not there', async () => {
    const { addressOf } = newCognitoAddresses({ client, userPoolId });
    const sub = await signUp('grace@example.com');
    expect(await addressOf(sub!)).toBe('grace@example.com');
    const unverified = await signUp('mallory@example.com', false);
    expect(await addressOf(unverified!)).toBeUndefined();
    expect(await addressOf('11111111-2222-4333-8444-555555555555')).toBeUndefined();
  });
});
