import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { env, functionNames } from '../../lambdas/env';
import { routes } from '../../lambdas/routes';
import { serverEntrance } from '../../lambdas/routes/route';
import type { FunctionSpec } from '../../lib/config/function-spec';
import { functions } from '../../lib/config/functions';
import { functionNameOf } from '../../lib/config/names';
import { at, nameOf, refersTo, type Resource, synthesize, textAt, the } from './synthesized';

describe.each(['dev', 'prod'] as const)('functions of %s', (stage) => {
  const { config, ofType } = synthesize(stage);
  const lambdas = ofType('AWS::Lambda::Function');
  const queues = ofType('AWS::SQS::Queue');
  const mappings = ofType('AWS::Lambda::EventSourceMapping');
  const alarms = ofType('AWS::CloudWatch::Alarm');
  const deployed = functionNames.filter((name) => config.sandbox || !name.startsWith('sandbox-'));
  const behind = (reference: unknown): Resource => lambdas.find((lambda) => refersTo(reference, lambda))!;
  const queueBehind = (reference: unknown): Resource | undefined => queues.find((queue) => refersTo(reference, queue));

  it('are all there, as configured, each with a log group of its own', () => {
    expect(lambdas.map((lambda) => textAt(lambda, 'FunctionName')).sort()).toEqual(
      deployed.map((name) => functionNameOf(config, name)).sort(),
    );
    for (const name of deployed) {
      const lambda = the(lambdas, 'FunctionName', functionNameOf(config, name));
      expect(lambda.Properties).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        Handler: 'index.handler',
        MemorySize: functions[name].memoryMb,
        Timeout: functions[name].timeoutSeconds,
        TracingConfig: { Mode: 'Active' },
      });
      const group = ofType('AWS::Logs::LogGroup').find((each) => refersTo(at(lambda, 'LoggingConfig.LogGroup'), each));
      expect(textAt(group!, 'LogGroupName')).toBe(`/aws/lambda/countinghouse-${stage}-${name}`);
    }
  });

  it('are given the variables of their specification, under the names of lambdas/env.ts', () => {
    for (const name of deployed) {
      const spec: FunctionSpec = functions[name];
      const expected = spec.env.filter((each) => config.sandbox || each !== 'sandboxUrl').map((each) => env[each]);
      const lambda = the(lambdas, 'FunctionName', functionNameOf(config, name));
      expect([name, ...Object.keys(at(lambda, 'Environment.Variables') ?? {}).sort()]).toEqual([
        name,
        ...[...expected, 'POWERTOOLS_METRICS_NAMESPACE', 'POWERTOOLS_SERVICE_NAME'].sort(),
      ]);
    }
  });

  it('have a dead-letter queue behind every queue, unless it is where failures end and an alarm watches it', () => {
    const consumed = queues.filter((queue) => at(queue, 'RedrivePolicy') !== undefined);
    const ends = queues.filter((queue) => at(queue, 'RedrivePolicy') === undefined);
    expect(consumed.length).toBeGreaterThan(0);
    for (const queue of consumed) {
      expect(ends).toContain(queueBehind(at(queue, 'RedrivePolicy.deadLetterTargetArn')));
      expect(mappings.filter((mapping) => refersTo(at(mapping, 'EventSourceArn'), queue))).toHaveLength(1);
    }
    for (const queue of ends) {
      const name = textAt(queue, 'QueueName');
      expect(name).toMatch(/-(dlq|failures)$/);
      expect(at(queue, 'MessageRetentionPeriod')).toBe(14 * 24 * 3600);
      const watching = alarms.filter((alarm) => at(alarm, 'Dimensions.0.Value') === name);
      expect(watching.map((alarm) => at(alarm, 'MetricName'))).toEqual(['ApproximateNumberOfMessagesVisible']);
    }
  });

  it('put every failed stream record somewhere', () => {
    const streams = mappings.filter((mapping) => at(mapping, 'StartingPosition') !== undefined);
    expect(streams.map((mapping) => textAt(behind(at(mapping, 'FunctionName')), 'FunctionName')).sort()).toEqual([
      functionNameOf(config, 'audit-sequencer'),
      functionNameOf(config, 'projector'),
    ]);
    for (const mapping of streams) {
      expect(queueBehind(at(mapping, 'DestinationConfig.OnFailure.Destination'))).toBeDefined();
      expect(at(mapping, 'BisectBatchOnFunctionError')).toBe(true);
      expect(at(mapping, 'MaximumRetryAttempts')).toBeGreaterThan(0);
    }
  });

  it('put every failed asynchronous invocation somewhere', () => {
    const schedules = ofType('AWS::Scheduler::Schedule');
    expect(schedules.length).toBeGreaterThan(0);
    for (const schedule of schedules) {
      expect(queueBehind(at(schedule, 'Target.DeadLetterConfig.Arn'))).toBeDefined();
      expect(queueBehind(at(behind(at(schedule, 'Target.Arn')), 'DeadLetterConfig.TargetArn'))).toBeDefined();
    }
  });

  it('have messages hidden for six times as long as they may run, and report failures one by one', () => {
    for (const mapping of mappings) {
      expect([nameOf(mapping), at(mapping, 'FunctionResponseTypes')]).toEqual([
        nameOf(mapping),
        ['ReportBatchItemFailures'],
      ]);
    }
    const ofQueues = mappings.filter((mapping) => at(mapping, 'StartingPosition') === undefined);
    expect(ofQueues.length).toBeGreaterThan(0);
    for (const mapping of ofQueues) {
      const timeoutSeconds = Number(at(behind(at(mapping, 'FunctionName')), 'Timeout'));
      const hiddenSeconds = at(queueBehind(at(mapping, 'EventSourceArn'))!, 'VisibilityTimeout');
      expect(timeoutSeconds).toBeGreaterThan(0);
      expect(hiddenSeconds).toBeGreaterThanOrEqual(6 * timeoutSeconds);
    }
  });

  it('are led to no fake of a provider, and trust no roots but those that everybody trusts', () => {
    const lambdas = ofType('AWS::Lambda::Function');
    expect(lambdas.length).toBeGreaterThan(0);
    for (const lambda of lambdas) {
      const variables = Object.keys(Object(at(lambda, 'Environment.Variables')));
      expect(variables).not.toContain(env.providerEndpoints);
      expect(variables).not.toContain(env.providerRoots);
    }
  });

  it('are open to the world only where providers call them', () => {
    const urls = ofType('AWS::Lambda::Url').map((url) => behind(at(url, 'TargetFunctionArn')));
    expect(urls.map((lambda) => textAt(lambda, 'FunctionName')).sort()).toEqual(
      (config.sandbox ? (['sandbox-provider', 'webhook-ingest'] as const) : (['webhook-ingest'] as const)).map((name) =>
        functionNameOf(config, name),
      ),
    );
    const open = ofType('AWS::Lambda::Permission').filter((permission) => at(permission, 'Principal') === '*');
    for (const permission of open) expect(urls).toContain(behind(at(permission, 'FunctionName')));
  });
});

const onlyReads: readonly string[] = ['webhook-ingest', 'webhook-processor'];

/** What a handler's config.ts reads: names in `env`, and those of the parts it shares with the other service functions. */
function variablesRead(name: string): readonly string[] {
  const text = readFileSync(join(__dirname, '..', '..', 'lambdas', 'handlers', name, 'config.ts'), 'utf8');
  const plane = ['journalTable', 'viewsTable', 'coordinationTable', 'allowedOrigins'];
  return [
    ...[...text.matchAll(/\benv\.(\w+)/g)].map(([, variable]) => variable!),
    ...(/\.\.\.(planeEnv|tenantPlaneEnv)/.test(text) ? plane : []),
    ...(text.includes('...tenantPlaneEnv') ? ['tenantRoleArn'] : []),
    // The addresses of fakes are set by the local cloud alone, and by no template; who only reads webhooks calls no sandbox.
    ...(text.includes('...providerEndpointsEnv') && !onlyReads.includes(name) ? ['sandboxUrl'] : []),
  ];
}

it.each(functionNames)('%s is given the variables that its config reads, and no other', (name) => {
  expect([...new Set(variablesRead(name))].sort()).toEqual([...functions[name].env].sort());
});

describe.each(['dev', 'prod'] as const)('the API of %s', (stage) => {
  const product = synthesize(stage);
  const { config, ofType } = product;
  const resources = ofType('AWS::ApiGateway::Resource');
  const pathOf = (reference: unknown): string => {
    const resource = resources.find((each) => refersTo(reference, each));
    return resource === undefined ? '' : `${pathOf(at(resource, 'ParentId'))}/${textAt(resource, 'PathPart')}`;
  };
  const methods = ofType('AWS::ApiGateway::Method').map((method) => ({
    method,
    verb: textAt(method, 'HttpMethod'),
    path: pathOf(at(method, 'ResourceId')),
  }));

  const keyed = routes.filter((route) => route.apiKeys);

  it('serves the route table, what API keys may call once more behind the entrance for servers, and nothing else', () => {
    const served = methods.filter(({ verb }) => verb !== 'OPTIONS').map(({ verb, path }) => `${verb} ${path}`);
    const forServers = keyed.map(({ method, path }) => `${method} ${serverEntrance}${path}`);
    expect(forServers.length).toBeGreaterThan(5);
    expect(served.sort()).toEqual([...routes.map(({ method, path }) => `${method} ${path}`), ...forServers].sort());
  });

  it.each(keyed.map((route) => [route.id, route] as const))(
    'lets servers call %s by its function, which alone checks the key',
    (_id, route) => {
      const path = `${serverEntrance}${route.path}`;
      const { method } = methods.find((each) => each.verb === route.method && each.path === path)!;
      const lambda = the(ofType('AWS::Lambda::Function'), 'FunctionName', functionNameOf(config, route.function));
      expect(JSON.stringify(at(method, 'Integration.Uri'))).toContain(`"${lambda.id}"`);
      expect(at(method, 'AuthorizationType')).toBe('NONE');
      expect(at(method, 'ApiKeyRequired')).not.toBe(true);
    },
  );

  it('answers no preflight for servers: a key does not belong into a browser', () => {
    const preflights = methods.filter(({ verb, path }) => verb === 'OPTIONS' && path.startsWith(serverEntrance));
    expect(preflights).toEqual([]);
  });

  it('stays well within what CloudFormation and API Gateway allow', () => {
    // 500 resources a stack [CloudFormation quotas], 300 resources an API [API Gateway quotas]; the API has one of its own, `/`.
    expect(resources.length + 1).toBeLessThan(240);
    const stack = product.resources.filter(({ stack: name }) => name === 'api');
    expect(stack.length).toBeGreaterThan(100);
    expect(stack.length).toBeLessThan(470);
    // The gateway calls a function by one permission for all methods (decision 0075); a Function URL takes two.
    for (const lambda of ofType('AWS::Lambda::Function')) {
      const statements = ofType('AWS::Lambda::Permission').filter((each) => refersTo(at(each, 'FunctionName'), lambda));
      expect(statements.length).toBeLessThanOrEqual(2);
    }
  });

  it.each(routes.map((route) => [route.id, route] as const))(
    'serves %s by its function, to whom the table says',
    (_id, route) => {
      const { method } = methods.find(({ verb, path }) => verb === route.method && path === route.path)!;
      const lambda = the(ofType('AWS::Lambda::Function'), 'FunctionName', functionNameOf(config, route.function));
      expect(JSON.stringify(at(method, 'Integration.Uri'))).toContain(`"${lambda.id}"`);
      expect(at(method, 'AuthorizationType')).toBe(route.principal === 'public' ? 'NONE' : 'COGNITO_USER_POOLS');
      // A method with scopes would want an access token, which carries no e-mail address.
      expect(at(method, 'AuthorizationScopes')).toBeUndefined();
    },
  );

  it('answers preflights itself, on every path and to the origins of the stage', () => {
    const preflights = methods.filter(({ verb }) => verb === 'OPTIONS');
    expect(preflights.map(({ path }) => path).sort()).toEqual([...new Set(routes.map(({ path }) => path))].sort());
    const allowOrigin = 'method.response.header.Access-Control-Allow-Origin';
    for (const { method } of preflights) {
      expect(at(method, 'Integration.Type')).toBe('MOCK');
      const answer = at(method, 'Integration.IntegrationResponses.0') as { ResponseParameters: Record<string, string> };
      expect(answer.ResponseParameters[allowOrigin]).toBe(`'${config.allowedOrigins[0]}'`);
    }
  });

  it('makes its own refusals problems', () => {
    const answers = ofType('AWS::ApiGateway::GatewayResponse');
    const statuses = answers.flatMap((answer) => at(answer, 'StatusCode') ?? []);
    expect(new Set(statuses)).toEqual(new Set(['401', '403', '404', '413', '429']));
    expect(answers.map((answer) => at(answer, 'ResponseType'))).toEqual(
      expect.arrayContaining(['DEFAULT_4XX', 'DEFAULT_5XX', 'UNAUTHORIZED', 'THROTTLED', 'WAF_FILTERED']),
    );
    for (const answer of answers) {
      const headers = at(answer, 'ResponseParameters') as Record<string, string>;
      expect(headers['gatewayresponse.header.Content-Type']).toBe("'application/problem+json'");
      expect(headers['gatewayresponse.header.Access-Control-Allow-Origin']).toBe(`'${config.allowedOrigins[0]}'`);
      const [template] = Object.values(at(answer, 'ResponseTemplates') as Record<string, string>);
      expect(JSON.parse(template!)).toMatchObject({
        type: expect.stringMatching(/^https:\/\/.+\/problems\/[a-z-]+$/),
        requestId: '$context.requestId',
      });
    }
  });

  it('stands behind the firewall and the throttle', () => {
    const [served] = ofType('AWS::ApiGateway::Stage');
    const [association] = ofType('AWS::WAFv2::WebACLAssociation');
    expect(JSON.stringify(at(association!, 'ResourceArn'))).toContain(`"${served!.id}"`);
    expect(at(served!, 'MethodSettings.0')).toMatchObject({
      HttpMethod: '*',
      ResourcePath: '/*',
      ThrottlingRateLimit: config.apiThrottle.ratePerSecond,
      ThrottlingBurstLimit: config.apiThrottle.burst,
    });
    const [acl] = ofType('AWS::WAFv2::WebACL');
    expect([0, 1, 2].map((rule) => at(acl!, `Rules.${rule}.Name`))).toEqual([
      'requests-per-ip',
      'AWSManagedRulesCommonRuleSet',
      'AWSManagedRulesKnownBadInputsRuleSet',
    ]);
  });
});
