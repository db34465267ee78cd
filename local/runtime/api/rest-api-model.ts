import type { Assembly, Resource } from '../../assembly/assembly';
import { functionNameOf } from '../../assembly/identities';
import {
  asNumber,
  asObject,
  asString,
  isObject,
  listOf,
  optional,
  stringMap,
  type JsonObject,
} from '../../assembly/json';
import { readPreflight, type Preflight } from './preflight';

/** A REST API as its template describes it. */
export interface RestApiModel {
  readonly name: string;
  readonly apiId: string;
  readonly deploymentId: string;
  readonly stageName: string;
  readonly binaryMediaTypes: readonly string[];
  readonly methods: readonly ApiMethod[];
  readonly gatewayResponses: readonly GatewayResponse[];
}

export interface ApiMethod {
  readonly httpMethod: string;
  readonly resourceId: string;
  /** `/v1/tenants/{tenantId}`. */
  readonly resourcePath: string;
  readonly integration:
    | { readonly kind: 'lambda'; readonly functionName: string; readonly timeoutMs: number }
    | { readonly kind: 'mock'; readonly preflight: Preflight };
  /** ARNs of the user pools whose ID tokens are accepted; none if anyone may call. */
  readonly userPoolArns: readonly string[] | undefined;
  /** `method.request.querystring.x` and the like, of those that a validator requires. */
  readonly requiredParameters: readonly string[];
  readonly throttle: { readonly ratePerSecond: number; readonly burst: number } | undefined;
}

export interface GatewayResponse {
  readonly responseType: string;
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly templates: Readonly<Record<string, string>>;
}

export function readRestApis(assembly: Assembly): RestApiModel[] {
  return assembly.ofType('AWS::ApiGateway::RestApi').map((api) => readRestApi(assembly, api));
}

function readRestApi(assembly: Assembly, api: Resource): RestApiModel {
  if (api.property('Body') !== undefined)
    throw new Error(`${api.id}: an API of an OpenAPI body is not supported by the local cloud`);
  const own = (type: string): Resource[] =>
    assembly.ofType(type).filter((resource) => resource.property('RestApiId') === api.ref);
  const [stage] = own('AWS::ApiGateway::Stage');
  if (stage === undefined) throw new Error(`${api.id} has no stage`);
  const paths = resourcePaths(api, own('AWS::ApiGateway::Resource'));
  const throttles = readThrottles(stage);
  const methods = own('AWS::ApiGateway::Method').map((method) => readMethod(assembly, method, paths, throttles));
  return {
    name: optional(api.property('Name'), asString, api.id) ?? api.ref,
    apiId: api.ref,
    deploymentId: optional(stage.property('DeploymentId'), asString, stage.id) ?? '',
    stageName: stage.ref,
    binaryMediaTypes: listOf(api.property('BinaryMediaTypes'), asString, `${api.id}.BinaryMediaTypes`),
    methods,
    gatewayResponses: own('AWS::ApiGateway::GatewayResponse').map(readGatewayResponse),
  };
}

function resourcePaths(api: Resource, resources: readonly Resource[]): Map<string, string> {
  const byId = new Map(resources.map((resource) => [resource.ref, resource]));
  const paths = new Map([[api.attribute('RootResourceId'), '']]);
  const pathOf = (id: string): string => {
    const known = paths.get(id);
    if (known !== undefined) return known;
    const resource = byId.get(id);
    if (resource === undefined) throw new Error(`${api.id}: resource ${id} is not in the template`);
    const path = `${pathOf(asString(resource.property('ParentId'), resource.id))}/${asString(resource.property('PathPart'), resource.id)}`;
    paths.set(id, path);
    return path;
  };
  [...byId.keys()].forEach(pathOf);
  return paths;
}

function readMethod(
  assembly: Assembly,
  method: Resource,
  paths: ReadonlyMap<string, string>,
  throttles: Throttles,
): ApiMethod {
  const resourceId = asString(method.property('ResourceId'), `${method.id}.ResourceId`);
  const resourcePath = paths.get(resourceId) || '/';
  const httpMethod = asString(method.property('HttpMethod'), `${method.id}.HttpMethod`);
  if (method.property('RequestModels') !== undefined)
    throw new Error(`${method.id}: request models are not supported by the local cloud; the function validates`);
  return {
    httpMethod,
    resourceId,
    resourcePath,
    integration: readIntegration(asObject(method.property('Integration'), `${method.id}.Integration`), method.id),
    userPoolArns: readAuthorization(assembly, method),
    requiredParameters: Object.entries(optional(method.property('RequestParameters'), asObject, method.id) ?? {})
      .filter(([, required]) => required === true)
      .map(([name]) => name),
    throttle: throttles(resourcePath, httpMethod),
  };
}

function readIntegration(integration: JsonObject, what: string): ApiMethod['integration'] {
  const type = asString(integration['Type'], `${what}.Integration.Type`);
  if (type === 'MOCK') return { kind: 'mock', preflight: readPreflight(integration, what) };
  if (type !== 'AWS_PROXY') throw new Error(`${what}: integration type ${type} is not supported by the local cloud`);
  // arn:aws:apigateway:<region>:lambda:path/2015-03-31/functions/<function arn>/invocations
  const uri = asString(integration['Uri'], `${what}.Integration.Uri`);
  const functionArn = /\/functions\/(.+)\/invocations$/.exec(uri)?.[1];
  if (functionArn === undefined) throw new Error(`${what}: ${uri} is not the address of a function`);
  return {
    kind: 'lambda',
    functionName: functionNameOf(functionArn),
    timeoutMs: optional(integration['TimeoutInMillis'], asNumber, what) ?? 29_000,
  };
}

function readAuthorization(assembly: Assembly, method: Resource): readonly string[] | undefined {
  const type = asString(method.property('AuthorizationType') ?? 'NONE', `${method.id}.AuthorizationType`);
  if (type === 'NONE') return undefined;
  const authorizerId = asString(method.property('AuthorizerId'), `${method.id}.AuthorizerId`);
  const authorizer = assembly.ofType('AWS::ApiGateway::Authorizer').find((candidate) => candidate.ref === authorizerId);
  if (type !== 'COGNITO_USER_POOLS' || authorizer === undefined)
    throw new Error(`${method.id}: authorization ${type} is not supported by the local cloud`);
  if (listOf(method.property('AuthorizationScopes'), asString, method.id).length > 0) {
    throw new Error(`${method.id}: scopes (access tokens) are not supported by the local cloud`);
  }
  return listOf(authorizer.property('ProviderARNs'), asString, `${authorizer.id}.ProviderARNs`);
}

function readGatewayResponse(response: Resource): GatewayResponse {
  const headers = Object.entries(stringMap(response.property('ResponseParameters'), response.id)).map(
    ([name, value]): [string, string] => [name.replace(/^gatewayresponse\.header\./, ''), value],
  );
  return {
    responseType: asString(response.property('ResponseType'), `${response.id}.ResponseType`),
    status: optional(response.property('StatusCode'), asNumber, `${response.id}.StatusCode`),
    headers: Object.fromEntries(headers),
    templates: stringMap(response.property('ResponseTemplates'), `${response.id}.ResponseTemplates`),
  };
}

type Throttles = (resourcePath: string, httpMethod: string) => ApiMethod['throttle'];

/** Method settings: `/*` and `*` are the default of the stage, a path and a method are their own; paths write `/` as `~1`. */
function readThrottles(stage: Resource): Throttles {
  const settings = listOf(stage.property('MethodSettings'), asObject, `${stage.id}.MethodSettings`).filter(isObject);
  const of = (path: string, method: string): ApiMethod['throttle'] => {
    const found = settings.find((setting) => setting['ResourcePath'] === path && setting['HttpMethod'] === method);
    const rate = found?.['ThrottlingRateLimit'];
    const burst = found?.['ThrottlingBurstLimit'];
    if (rate === undefined || burst === undefined) return undefined;
    return { ratePerSecond: asNumber(rate, stage.id), burst: asNumber(burst, stage.id) };
  };
  return (resourcePath, httpMethod) => of(`/${resourcePath.replaceAll('/', '~1')}`, httpMethod) ?? of('/*', '*');
}
