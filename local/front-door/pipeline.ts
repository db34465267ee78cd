import type { IncomingMessage, ServerResponse } from 'node:http';
import { answerLambda } from '../services/lambda';
import type { Home } from '../services/state';
import { answerSts } from '../services/sts';
import { missingGrant, refusal, type Authorizer, type Decision, type Requester } from './authorizer';
import type { AwsCall, AwsReply, FaultRule } from './contract';
import type { CallCounter } from './counting';
import type { Denials } from './denials';
import type { Faults } from './faults';
import type { FrontDoor, FrontDoorOptions, LocalServices } from './front-door';
import { dynamodbGrants } from './grants/dynamodb';
import type { Grant, GrantsOf, ResourceFacts } from './grants/grant';
import { s3Grants } from './grants/s3';
import {
  cognitoGrants,
  kmsGrants,
  lambdaGrants,
  secretsGrants,
  snsGrants,
  sqsGrants,
  stsGrants,
  unsignedCognitoOperations,
} from './grants/services';
import { operationOf } from './operations';
import type { KeyHolder, Principals } from './principals';
import { resourceNameOf } from './resource-names';
import { parseAuthorization, signatureMatches } from './signature';
import { accessDenied, AwsFault, errorCodeOf, faultReply, internalError, throttled } from './wire';
import type { WrittenTexts } from './written';

interface PipelineParts {
  readonly home: Home;
  readonly options: FrontDoorOptions;
  readonly principals: Principals;
  readonly services: LocalServices;
  readonly faults: Faults;
  readonly deny: Denials;
  readonly counter: CallCounter;
  readonly written: WrittenTexts;
  readonly authorizer: Authorizer;
  /** Current invocation by the worker's access key. */
  readonly invocations: ReadonlyMap<string, string>;
}

const grantsByService: Readonly<Record<string, GrantsOf>> = {
  dynamodb: dynamodbGrants,
  s3: s3Grants,
  sqs: sqsGrants,
  sns: snsGrants,
  kms: kmsGrants,
  secretsmanager: secretsGrants,
  sts: stsGrants,
  lambda: lambdaGrants,
  'cognito-idp': cognitoGrants,
};

/** How long a lost call hangs before its connection is reset, when the fault names no time. */
const hangMs = 150;

export interface Pipeline {
  (request: IncomingMessage, response: ServerResponse, body: Buffer): Promise<void>;
  readonly isAllowed: FrontDoor['isAllowed'];
}

/** One call from the wire to its answer: who, what, may they, the service, the faults on the way, the count. */
export function newPipeline(parts: PipelineParts): Pipeline {
  const { home, services, principals } = parts;
  const facts = factsOf(home, services);

  const decide = async (requester: Requester, functionName: string | undefined, grant: Grant): Promise<Decision> => {
    if (parts.deny.takesAway(functionName, grant)) {
      const who = requester.kind === 'session' ? requester.holder.sessionArn : requester.service;
      return { allowed: false, message: refusal(who, grant, missingGrant(grant.action)) };
    }
    return parts.authorizer.decide(requester, grant);
  };

  const authorize = async (call: AwsCall, holder: KeyHolder): Promise<void> => {
    const { principal, service } = holder;
    // Nothing in the account is closed to the operator, but a bucket whose policy denies something to everyone.
    if (principal.kind === 'admin' && service === undefined && call.service !== 's3') {
      return;
    }
    const requester: Requester =
      service === undefined
        ? { kind: 'session', holder }
        : { kind: 'service', service: service.name, sourceArn: service.sourceArn };
    const grants = (await grantsByService[call.service]?.(call, facts)) ?? [];
    for (const grant of grants) {
      // What a service may do to a function is a grant of that function's own policy.
      const functionName = service === undefined ? principal.functionName : grant.resource.split(':function:')[1];
      const decision = await decide(requester, functionName, grant);
      if (!decision.allowed) {
        throw accessDenied(call.service, decision.message);
      }
    }
  };

  const serve = async (call: AwsCall, holder: KeyHolder): Promise<AwsReply> => {
    switch (call.service) {
      case 'dynamodb':
        return services.dynamodb.handle(call);
      case 'sqs':
        return services.sqs.handle(call);
      case 'sns':
        return services.sns.handle(call);
      case 's3':
        return services.s3.handle(call);
      case 'kms':
        return services.kms.handle(call);
      case 'secretsmanager':
        return services.secrets.handle(call);
      case 'cognito-idp':
        return services.cognito.handle(call);
      case 'sts':
        return answerSts(call.action, new URLSearchParams(call.body.toString()), holder, principals, home);
      case 'lambda':
        return answerLambda(call, parts.options.invoke, home);
      default:
        throw new AwsFault('UnknownOperationException', `There is no local ${call.service}.`, 404);
    }
  };

  /** The answer, or undefined when the caller gets none. */
  const answer = async (
    call: AwsCall,
    holder: KeyHolder,
    fault: FaultRule | undefined,
    kill: () => void,
  ): Promise<AwsReply | undefined> => {
    try {
      switch (fault?.kind) {
        case 'throttle':
          throw throttled(call.service);
        case 'error':
          throw internalError(call.service);
        case 'kill-before':
          kill();
          return undefined;
        case 'timeout-before':
          await wait(fault.delayMs ?? hangMs);
          return undefined;
        default:
          break;
      }
      await authorize(call, holder);
      const reply = await serve(call, holder);
      switch (fault?.kind) {
        case 'kill-after':
          kill();
          return undefined;
        case 'timeout-after':
          await wait(fault.delayMs ?? hangMs);
          return undefined;
        case 'delay':
          await wait(fault.delayMs ?? hangMs);
          return reply;
        default:
          return reply;
      }
    } catch (error) {
      if (error instanceof AwsFault) {
        return faultReply(call.service, error);
      }
      // A defect of the local cloud, not of the caller: said aloud, since the SDK would retry it in silence.
      console.error(`local ${call.service} ${call.action}:`, error);
      const message = error instanceof Error ? error.message : String(error);
      return faultReply(call.service, new AwsFault('InternalFailure', message, 500));
    }
  };

  const handle = async (request: IncomingMessage, response: ServerResponse, body: Buffer): Promise<void> => {
    const startedMs = performance.now();
    const atMs = Date.now();
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(request.headers)) {
      headers[name] = Array.isArray(value) ? value.join(',') : (value ?? '');
    }
    const method = request.method ?? 'GET';
    const url = request.url ?? '/';
    const signed = parseAuthorization(headers['authorization']);
    const operation = operationOf(method, url, headers, body, signed?.service);
    const service = operation?.service ?? signed?.service ?? 'unknown';
    const holder = signed === undefined ? undefined : principals.holderOf(signed.accessKeyId);
    const unsigned =
      signed === undefined && service === 'cognito-idp' && unsignedCognitoOperations.has(operation?.action ?? '');
    if (operation === undefined || (holder === undefined && !unsigned)) {
      write(response, faultReply(service, notSigned(service, signed !== undefined)));
      return;
    }
    if (
      signed !== undefined &&
      holder !== undefined &&
      !signatureMatches({ method, url, headers, body }, signed, holder.secretAccessKey)
    ) {
      write(response, faultReply(service, badSignature(service)));
      return;
    }

    const caller = holder ?? anonymous;
    const hungUp = new AbortController();
    response.once('close', () => {
      if (!response.writableFinished) {
        hungUp.abort();
      }
    });
    const call: AwsCall = {
      ...operation,
      principal: caller.principal,
      method,
      url,
      headers,
      body,
      signal: hungUp.signal,
    };
    const invocationId = parts.invocations.get(caller.workerKeyId);
    const fault = parts.faults.next(call);
    const { functionName } = caller.principal;
    const reply = await answer(call, caller, fault, () => {
      if (functionName !== undefined) {
        parts.options.onWorkerKill(functionName, invocationId);
      }
    });
    const resource = resourceNameOf(call);
    const units =
      reply === undefined || call.service !== 'dynamodb'
        ? { readUnits: 0, writeUnits: 0 }
        : services.dynamodb.unitsOf(reply);
    parts.counter.record({
      atMs,
      startedMs,
      endedMs: performance.now(),
      invocationId,
      functionName,
      service: call.service,
      action: call.action,
      resource,
      status: reply?.status ?? 0,
      errorCode: reply === undefined ? 'ConnectionReset' : errorCodeOf(reply),
      ...units,
      requestBytes: body.length,
      responseBytes: reply?.body.length ?? 0,
      faultInjected: fault?.kind,
    });
    if (caller.principal.kind === 'role' && reply !== undefined) {
      parts.written.addCall(call, reply, resource);
    }
    if (reply === undefined) {
      request.socket.destroy();
    } else {
      write(response, reply);
    }
  };

  const isAllowed: FrontDoor['isAllowed'] = (question) => {
    const grant: Grant = { action: question.action, resource: question.resource, context: question.context ?? {} };
    if (question.roleArn === undefined) {
      const { servicePrincipal: service = 'lambda.amazonaws.com', sourceArn } = question;
      return decide(
        { kind: 'service', service, ...(sourceArn === undefined ? {} : { sourceArn }) },
        question.functionName,
        grant,
      );
    }
    const { roleArn, functionName } = question;
    const sessionArn = `arn:aws:sts::${home.accountId}:assumed-role/${roleArn.slice(roleArn.lastIndexOf('/') + 1)}/${functionName ?? 'local'}`;
    const principal = { kind: 'role' as const, roleArn, sessionTags: {} };
    return decide({ kind: 'session', holder: { principal, sessionArn } }, functionName, grant);
  };
  return Object.assign(handle, { isAllowed });
}

/** Who calls Cognito's public operations. */
const anonymous: KeyHolder = {
  principal: { kind: 'admin', roleArn: '', sessionTags: {} },
  secretAccessKey: '',
  sessionArn: 'anonymous',
  workerKeyId: 'anonymous',
};

function factsOf(home: Home, services: LocalServices): ResourceFacts {
  const keyArn = (keyId: string | undefined): string | undefined =>
    keyId === undefined ? undefined : (services.kms.keyArnOf(keyId) ?? keyId);
  return {
    region: home.region,
    accountId: home.accountId,
    encryptionKeyOf(arn) {
      switch (arn.split(':')[2]) {
        case 'dynamodb':
          return keyArn(services.dynamodb.encryptionKeyOf(arn));
        case 'sqs':
          return keyArn(services.sqs.encryptionKeyOf(arn));
        case 'sns':
          return keyArn(services.sns.encryptionKeyOf(arn));
        case 's3':
          return keyArn(services.s3.encryptionKeyOf(arn));
        case 'secretsmanager':
          return keyArn(services.secrets.encryptionKeyOf(arn));
        default:
          return undefined;
      }
    },
    tagsOf: (arn) => services.secrets.tagsOf(arn),
    partitionKeyOf: (tableName, indexName) => services.dynamodb.partitionKeyOf(tableName, indexName),
    streamArnOfIterator: (shardIterator) => services.dynamodb.streamArnOfIterator(shardIterator),
    secretArnOf: (secretId) => services.secrets.arnOf(secretId),
    keyArnOf: (keyId) => services.kms.keyArnOf(keyId),
    keyArnOfCiphertext: (ciphertext) => services.kms.keyArnOfCiphertext(ciphertext),
  };
}

function notSigned(service: string, signed: boolean): AwsFault {
  if (!signed) {
    return new AwsFault('MissingAuthenticationTokenException', 'Missing Authentication Token', 403);
  }
  return service === 's3'
    ? new AwsFault('InvalidAccessKeyId', 'The AWS Access Key Id you provided does not exist in our records.', 403)
    : new AwsFault('UnrecognizedClientException', 'The security token included in the request is invalid.', 403);
}

function badSignature(service: string): AwsFault {
  const code =
    service === 's3' || service === 'sts' || service === 'sns' ? 'SignatureDoesNotMatch' : 'InvalidSignatureException';
  return new AwsFault(code, 'The request signature we calculated does not match the signature you provided.', 403);
}

function write(response: ServerResponse, reply: AwsReply): void {
  if (response.destroyed) {
    return;
  }
  const length = reply.headers['content-length'] ?? String(reply.body.length);
  response.writeHead(reply.status, { ...reply.headers, ...(reply.status === 204 ? {} : { 'content-length': length }) });
  response.end(reply.body);
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
