import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { accountId, allow, policy, region, roleArn, startTestCloud, type TestCloud } from '../cloud';

const functionArn = `arn:aws:lambda:${region}:${accountId}:function:target`;

describe('policies without a call', () => {
  let cloud: TestCloud;
  const invoked: string[] = [];

  beforeAll(async () => {
    cloud = await startTestCloud({
      invoke: (arn, payload, type) => {
        invoked.push(`${arn} ${type} ${payload.toString()}`);
        return Promise.resolve(
          payload.toString() === '"throw"'
            ? { statusCode: 200, payload: '{"errorMessage":"thrown"}', functionError: 'Unhandled' }
            : { statusCode: type === 'Event' ? 202 : 200, payload: '"done"' },
        );
      },
    });
  });
  afterAll(() => cloud.close());

  it("answers for a role, and takes a denial of the function's grant into account", async () => {
    const resource = `arn:aws:logs:${region}:${accountId}:log-group:/aws/lambda/writer:log-stream:today`;
    cloud.roles.set('writer', { policy: policy(allow('logs:PutLogEvents', resource)) });
    const question = { roleArn: roleArn('writer'), functionName: 'writer', action: 'logs:PutLogEvents', resource };
    expect(await cloud.door.isAllowed(question)).toEqual({ allowed: true, message: '' });
    const { id } = cloud.door.deny.add({ functionName: 'writer', action: 'logs:*' });
    expect(await cloud.door.isAllowed(question)).toMatchObject({ allowed: false });
    cloud.door.deny.remove(id);
    expect(await cloud.door.isAllowed({ ...question, action: 'logs:CreateLogStream' })).toEqual({
      allowed: false,
      message:
        `User: arn:aws:sts::${accountId}:assumed-role/writer/writer is not authorized to perform: logs:CreateLogStream ` +
        `on resource: ${resource} because no identity-based policy allows the logs:CreateLogStream action`,
    });
  });

  // lambda/latest/dg/access-control-resource-based.html
  it("answers for a service by the function's resource policy and its source", async () => {
    const api = `arn:aws:execute-api:${region}:${accountId}:api/*`;
    cloud.resourcePolicies.set(
      functionArn,
      policy({
        Effect: 'Allow',
        Principal: { Service: 'apigateway.amazonaws.com' },
        Action: 'lambda:InvokeFunction',
        Resource: functionArn,
        Condition: { ArnLike: { 'AWS:SourceArn': api } },
      }),
    );
    const from = (sourceArn: string) =>
      cloud.door.isAllowed({
        servicePrincipal: 'apigateway.amazonaws.com',
        sourceArn,
        action: 'lambda:InvokeFunction',
        resource: functionArn,
      });
    expect(await from(api.replace('*', 'dev/GET/v1'))).toMatchObject({ allowed: true });
    expect(await from(api.replace('api/*', 'other/dev/GET/v1'))).toMatchObject({ allowed: false });
  });

  it('says so when a policy names an action that AWS does not have', async () => {
    cloud.roles.set('typo', { policy: policy(allow('dynamodb:PutItems', '*')) });
    const question = { roleArn: roleArn('typo'), action: 'dynamodb:PutItems', resource: '*' };
    await expect(cloud.door.isAllowed(question)).rejects.toThrow('invalid.action');
  });

  // lambda/latest/api/API_Invoke.html
  it('invokes a function by name for a role that may', async () => {
    cloud.roles.set('caller', { policy: policy(allow('lambda:InvokeFunction', functionArn)) });
    const lambda = new LambdaClient(cloud.worker('caller', 'caller'));
    const call = (payload: string) =>
      lambda.send(new InvokeCommand({ FunctionName: 'target', Payload: Buffer.from(payload) }));
    const done = await call('{"a":1}');
    expect(Buffer.from(done.Payload ?? []).toString()).toBe('"done"');
    expect(invoked).toEqual([`${functionArn} RequestResponse {"a":1}`]);
    expect(await call('"throw"')).toMatchObject({ FunctionError: 'Unhandled', StatusCode: 200 });
    const queued = await lambda.send(new InvokeCommand({ FunctionName: 'target', InvocationType: 'Event' }));
    expect(queued.StatusCode).toBe(202);
    await expect(lambda.send(new InvokeCommand({ FunctionName: 'other' }))).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining('lambda:InvokeFunction'),
    });
  });
});
