import type { Assembly, Resource } from '../assembly/assembly';
import { asNumber, asObject, asString, isObject, optional, stringMap } from '../assembly/json';
import type { FunctionSettings } from './worker/function-runtime';

/** What a function of the template needs to run here. */
export function readFunctions(
  assembly: Assembly,
  concurrency: number,
  apiAddresses: ReadonlyMap<string, string>,
): FunctionSettings[] {
  return assembly
    .ofType('AWS::Lambda::Function')
    .map((lambda) => readFunction(assembly, lambda, concurrency, apiAddresses));
}

function readFunction(
  assembly: Assembly,
  lambda: Resource,
  concurrency: number,
  apiAddresses: ReadonlyMap<string, string>,
): FunctionSettings {
  const runtime = optional(lambda.property('Runtime'), asString, lambda.id) ?? '';
  if (!runtime.startsWith('nodejs'))
    throw new Error(`${lambda.id}: runtime ${runtime} is not supported by the local cloud`);
  const environment = optional(lambda.property('Environment'), asObject, lambda.id)?.['Variables'];
  const reserved = optional(lambda.property('ReservedConcurrentExecutions'), asNumber, lambda.id);
  const logging = lambda.property('LoggingConfig');
  return {
    functionName: lambda.ref,
    functionArn: lambda.attribute('Arn'),
    roleArn: asString(lambda.property('Role'), `${lambda.id}.Role`),
    taskRoot: assembly.codeDirectory(lambda),
    handler: asString(lambda.property('Handler'), `${lambda.id}.Handler`),
    memoryMb: optional(lambda.property('MemorySize'), asNumber, lambda.id) ?? 128,
    timeoutMs: (optional(lambda.property('Timeout'), asNumber, lambda.id) ?? 3) * 1000,
    logGroupName:
      (isObject(logging) ? optional(logging['LogGroup'], asString, lambda.id) : undefined) ??
      `/aws/lambda/${lambda.ref}`,
    environment: withLocalAddresses(stringMap(environment, `${lambda.id}.Environment`), apiAddresses),
    concurrency: Math.max(1, Math.min(concurrency, reserved ?? concurrency)),
  };
}

/** An address of the REST API in AWS, put together by the template, becomes its address here. */
function withLocalAddresses(
  environment: Readonly<Record<string, string>>,
  addresses: ReadonlyMap<string, string>,
): Record<string, string> {
  const entries = Object.entries(environment).map(([name, value]): [string, string] => {
    const replaced = [...addresses].reduce((current, [remote, local]) => current.replaceAll(remote, local), value);
    return [name, replaced];
  });
  return Object.fromEntries(entries);
}
