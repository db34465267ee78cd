import type { Assembly } from '../assembly/assembly';
import { functionNameOf } from '../assembly/identities';
import { asNumber, asObject, asString, optional } from '../assembly/json';
import type { FrontDoor } from '../front-door/front-door';
import { AwsFault } from '../front-door/wire';
import type { InvocationResult, InvocationType } from '../services/lambda';
import type { Activity } from './activity';
import { clientOf, destinationOf, queueUrlOf } from './event-sources';
import { readFunctions } from './function-settings';
import type { LogStore } from './logs';
import type { MetricFeed } from './metric-feed';
import { newAsyncInvocations } from './sources/async-invocations';
import { newFunctionRuntime, type FunctionRuntime } from './worker/function-runtime';

export interface Functions {
  /** By deployed name, ARN or the last part of the name; throws if there is none. */
  named(name: string): FunctionRuntime;
  invoke(name: string, payload: string, type: InvocationType): Promise<InvocationResult>;
  stop(): Promise<void>;
}

export interface FunctionsParts {
  readonly assembly: Assembly;
  readonly frontDoor: FrontDoor;
  readonly activity: Activity;
  readonly logs: LogStore;
  readonly feed: MetricFeed;
  readonly concurrency: number;
  /** Where mail goes instead of to Resend. */
  readonly mailUrl: string;
  /** Where payment providers are reached instead of at their own hosts. */
  readonly providerEndpoints: Readonly<Record<string, string>>;
  /** What they sign webhooks under, in PEM. */
  readonly providerRoots: string;
  /** Addresses of the REST API in AWS, each with its address here. */
  readonly apiAddresses: ReadonlyMap<string, string>;
  onProblem(text: string): void;
}

/** All functions of the assembly, ready to be invoked; none is started before its first invocation. */
export function newFunctions(parts: FunctionsParts): Functions {
  const { assembly, frontDoor, activity, feed, logs } = parts;
  const runtimes = new Map<string, FunctionRuntime>();
  for (const settings of readFunctions(assembly, parts.concurrency, parts.apiAddresses)) {
    const runtime = newFunctionRuntime(
      settings,
      {
        credentials({ functionName, roleArn }) {
          const credentials = frontDoor.registerFunction(functionName, roleArn);
          return {
            AWS_REGION: assembly.place.region,
            AWS_DEFAULT_REGION: assembly.place.region,
            AWS_ACCESS_KEY_ID: credentials.accessKeyId,
            AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
            AWS_SESSION_TOKEN: credentials.sessionToken ?? '',
            AWS_ENDPOINT_URL: frontDoor.url,
            RESEND_BASE_URL: parts.mailUrl,
            PROVIDER_ENDPOINTS: JSON.stringify(parts.providerEndpoints),
            PROVIDER_ROOTS: parts.providerRoots,
          };
        },
        onInstanceEnd: (accessKeyId) => frontDoor.unregister(accessKeyId),
        onBegin: (accessKeyId, invocationId) => frontDoor.beginInvocation(accessKeyId, invocationId),
        onEnd: (accessKeyId) => frontDoor.endInvocation(accessKeyId),
        onLine: (functionName, invocationId, line) => {
          logs.append(functionName, invocationId, line);
          feed.logLine(line);
        },
        onInvocation(invocation) {
          feed.invocation(invocation);
          if (invocation.failure === undefined) return;
          const { errorType, errorMessage, trace = [] } = invocation.failure;
          // The runtime logs an error that escaped the handler; the platform logs a timeout.
          [`${errorType}: ${errorMessage}`, ...trace.slice(1)].forEach((line) =>
            logs.append(invocation.functionName, invocation.invocationId, line),
          );
        },
      },
      activity,
    );
    runtimes.set(settings.functionName, runtime);
  }

  const named = (name: string): FunctionRuntime => {
    const bare = functionNameOf(name);
    const found =
      runtimes.get(bare) ??
      // Of `projector` and `ledger-projector` the shorter one is meant.
      [...runtimes.values()]
        .filter(({ settings }) => settings.functionName.endsWith(`-${bare}`))
        .sort((a, b) => a.settings.functionName.length - b.settings.functionName.length)[0];
    if (found === undefined) throw new AwsFault('ResourceNotFoundException', `Function not found: ${name}`, 404);
    return found;
  };
  const asyncInvokers = new Map([...runtimes.values()].map((runtime) => [runtime, asyncInvoker(parts, runtime)]));

  return {
    named,
    async invoke(name, payload, type) {
      const runtime = named(name);
      if (type === 'DryRun') return { statusCode: 204, payload: '' };
      const event = payload === '' ? '{}' : payload;
      if (type === 'Event') {
        asyncInvokers.get(runtime)?.(event);
        return { statusCode: 202, payload: '' };
      }
      const invocation = await runtime.invoke(event);
      return {
        statusCode: 200,
        payload: invocation.payload,
        ...(invocation.failure === undefined ? {} : { functionError: 'Unhandled' }),
      };
    },
    async stop() {
      await Promise.all([...runtimes.values()].map((runtime) => runtime.stop()));
    },
  };
}

function asyncInvoker(parts: FunctionsParts, runtime: FunctionRuntime): (payload: string) => void {
  const { assembly } = parts;
  const { functionName, roleArn } = runtime.settings;
  const lambda = assembly.ofType('AWS::Lambda::Function').find((candidate) => candidate.ref === functionName);
  const config = assembly
    .ofType('AWS::Lambda::EventInvokeConfig')
    .find((candidate) => functionNameOf(asString(candidate.property('FunctionName'), candidate.id)) === functionName);
  const deadLetter = optional(lambda?.property('DeadLetterConfig'), asObject, functionName);
  const destinations = config?.property('DestinationConfig');
  const settings = {
    maxRetries: optional(config?.property('MaximumRetryAttempts'), asNumber, functionName) ?? 2,
    deadLetterQueueUrl: queueUrlOf(assembly, optional(deadLetter?.['TargetArn'], asString, functionName)),
    onFailureQueueUrl: queueUrlOf(assembly, destinationOf(destinations, 'OnFailure')),
    onSuccessQueueUrl: queueUrlOf(assembly, destinationOf(destinations, 'OnSuccess')),
  };
  return newAsyncInvocations(runtime, settings, clientOf(parts, functionName, roleArn), parts.activity, (text) =>
    parts.onProblem(text),
  );
}
