import type { Assembly } from '../assembly/assembly';
import { functionNameOf } from '../assembly/identities';
import { asString } from '../assembly/json';
import type { PolicySource } from '../front-door/contract';
import type { FrontDoor } from '../front-door/front-door';
import type { Activity } from './activity';
import { startFunctionUrl } from './api/function-url-server';
import type { LocalServer } from './api/http-exchange';
import { newIdTokenVerifier } from './api/id-token';
import type { RestApiModel } from './api/rest-api-model';
import { startRestApi } from './api/rest-api-server';
import type { Functions } from './functions';
import type { MetricFeed } from './metric-feed';

export interface ServerParts {
  readonly assembly: Assembly;
  readonly policies: PolicySource;
  readonly frontDoor: FrontDoor;
  readonly functions: Functions;
  readonly activity: Activity;
  readonly feed: MetricFeed;
  readonly api: RestApiModel | undefined;
  readonly apiPort: number;
  readonly urlPorts: ReadonlyMap<string, number>;
}

/** Starts the REST API and a server for every Function URL; none if one of them cannot start. */
export async function startServers(parts: ServerParts): Promise<LocalServer[]> {
  const { assembly, frontDoor, functions, activity, api } = parts;
  const servers: LocalServer[] = [];
  const written = (source: string, status: number, body: string): void => {
    if (status >= 400) frontDoor.written.add({ kind: 'response', source, text: body });
  };
  try {
    if (api !== undefined) {
      const verify = newIdTokenVerifier(() => frontDoor.services.cognito.keySet());
      servers.push(
        await startRestApi({
          accountId: assembly.place.accountId,
          region: assembly.place.region,
          port: parts.apiPort,
          model: api,
          activity,
          functionNamed: (name) => functions.named(name),
          mayInvoke: async (resource, sourceArn) =>
            (
              await frontDoor.isAllowed({
                servicePrincipal: 'apigateway.amazonaws.com',
                sourceArn,
                action: 'lambda:InvokeFunction',
                resource,
              })
            ).allowed,
          verifyToken: verify,
          onResponse({ route, status, latencyMs, body }) {
            parts.feed.apiResponse(api.name, api.stageName, status, latencyMs);
            written(route, status, body);
          },
        }),
      );
    }
    for (const [functionName, port] of parts.urlPorts) {
      const runtime = functions.named(functionName);
      mustBePublic(parts.policies, runtime.settings.functionArn);
      servers.push(
        await startFunctionUrl({
          port,
          runtime,
          activity,
          onResponse: ({ status, body }) => written(functionName, status, body),
        }),
      );
    }
    return servers;
  } catch (error) {
    await Promise.all(servers.map((server) => server.close()));
    throw error;
  }
}

/** Names of the functions with a Function URL, in a stable order, so that their ports stay the same. */
export function urlFunctions(assembly: Assembly): string[] {
  return assembly
    .ofType('AWS::Lambda::Url')
    .map((url) => {
      if (url.property('AuthType') !== 'NONE')
        throw new Error(`${url.id}: Function URLs with IAM authorization are not supported by the local cloud`);
      return functionNameOf(asString(url.property('TargetFunctionArn'), `${url.id}.TargetFunctionArn`));
    })
    .sort();
}

/** Without this statement in its policy a Function URL answers everyone 403, whatever its own authorization says. */
function mustBePublic(policies: PolicySource, functionArn: string): void {
  const policy = JSON.stringify(policies.resourcePolicy(functionArn) ?? {});
  if (!policy.includes('"lambda:InvokeFunctionUrl"') || !policy.includes('"Principal":"*"')) {
    throw new Error(
      `The Function URL of ${functionArn} lets nobody in: its policy does not allow lambda:InvokeFunctionUrl to everyone`,
    );
  }
}
