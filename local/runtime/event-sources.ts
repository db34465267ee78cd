import type { Assembly, Resource } from '../assembly/assembly';
import { functionNameOf } from '../assembly/identities';
import {
  asBoolean,
  asList,
  asNumber,
  asObject,
  asString,
  isObject,
  listOf,
  optional,
  parseJson,
  type Json,
  type JsonObject,
} from '../assembly/json';
import type { FrontDoor } from '../front-door/front-door';
import type { Activity } from './activity';
import { newAwsClient, type AwsClient } from './aws-client';
import type { Checkpoints } from './sources/checkpoints';
import type { EventSource } from './sources/event-source';
import { newQueueSource } from './sources/queue-source';
import type { Schedule } from './sources/schedules';
import { newStreamSource } from './sources/stream-source';
import type { FunctionRuntime } from './worker/function-runtime';

export interface SourceParts {
  readonly assembly: Assembly;
  readonly frontDoor: FrontDoor;
  readonly activity: Activity;
  readonly checkpoints: Checkpoints;
  functionNamed(name: string): FunctionRuntime;
  onIteratorAge(functionName: string, ageMs: number): void;
}

/** Client with the rights of a role, for what AWS does in its name. */
export function clientOf(
  parts: Pick<SourceParts, 'assembly' | 'frontDoor'>,
  functionName: string,
  roleArn: string,
): AwsClient {
  return newAwsClient(
    parts.frontDoor.url,
    parts.assembly.place.region,
    parts.frontDoor.registerFunction(functionName, roleArn),
  );
}

export function queueUrlOf(assembly: Assembly, arn: string | undefined): string | undefined {
  if (arn === undefined) return undefined;
  const queue = assembly.ofType('AWS::SQS::Queue').find((candidate) => candidate.attribute('Arn') === arn);
  if (queue === undefined)
    throw new Error(`${arn} is not a queue of the assembly; other destinations are not supported by the local cloud`);
  return queue.ref;
}

/** The event source mappings of the templates. */
export function newEventSources(parts: SourceParts): EventSource[] {
  return parts.assembly
    .ofType('AWS::Lambda::EventSourceMapping')
    .filter((mapping) => mapping.property('Enabled') !== false)
    .map((mapping) => {
      const arn = asString(mapping.property('EventSourceArn'), `${mapping.id}.EventSourceArn`);
      if (arn.includes(':sqs:')) return queueSource(parts, mapping, arn);
      if (arn.includes(':dynamodb:')) return streamSource(parts, mapping, arn);
      throw new Error(`${mapping.id}: events of ${arn} are not supported by the local cloud`);
    });
}

function queueSource(parts: SourceParts, mapping: Resource, queueArn: string): EventSource {
  const runtime = functionOf(parts, mapping);
  const { functionName, roleArn } = runtime.settings;
  const scaling = optional(mapping.property('ScalingConfig'), asObject, mapping.id);
  const wanted = optional(scaling?.['MaximumConcurrency'], asNumber, mapping.id) ?? runtime.settings.concurrency;
  const queueName = queueArn.split(':').at(-1) ?? '';
  const depth = () => {
    const found = parts.frontDoor.services.sqs.depth(queueName);
    const next = found?.nextVisibleAtMs;
    return {
      visible: found?.visible ?? 0,
      nextVisibleInMs: next === undefined ? undefined : next - parts.frontDoor.clock.nowMs(),
    };
  };
  return newQueueSource(
    {
      functionName,
      queueArn,
      queueUrl: queueUrlOf(parts.assembly, queueArn) ?? '',
      batchSize: optional(mapping.property('BatchSize'), asNumber, mapping.id) ?? 10,
      windowMs: (optional(mapping.property('MaximumBatchingWindowInSeconds'), asNumber, mapping.id) ?? 0) * 1000,
      maxConcurrency: Math.min(wanted, runtime.settings.concurrency),
      reportsFailures: reportsFailures(mapping),
      filters: filtersOf(mapping),
    },
    clientOf(parts, functionName, roleArn),
    depth,
    (event) => runtime.invoke(JSON.stringify(event)),
    parts.activity,
  );
}

function streamSource(parts: SourceParts, mapping: Resource, streamArn: string): EventSource {
  const runtime = functionOf(parts, mapping);
  const { functionName, functionArn, roleArn } = runtime.settings;
  const position = asString(mapping.property('StartingPosition'), `${mapping.id}.StartingPosition`);
  if (position !== 'TRIM_HORIZON' && position !== 'LATEST')
    throw new Error(`${mapping.id}: starting position ${position} is not supported by the local cloud`);
  const number = (name: string, fallback: number): number =>
    optional(mapping.property(name), asNumber, `${mapping.id}.${name}`) ?? fallback;
  const maxAgeSeconds = number('MaximumRecordAgeInSeconds', -1);
  return newStreamSource(
    {
      id: mapping.id,
      functionName,
      functionArn,
      streamArn,
      startingPosition: position,
      batchSize: number('BatchSize', 100),
      bisects: optional(mapping.property('BisectBatchOnFunctionError'), asBoolean, mapping.id) ?? false,
      maxRetries: number('MaximumRetryAttempts', -1),
      maxAgeMs: maxAgeSeconds < 0 ? -1 : maxAgeSeconds * 1000,
      parallelization: number('ParallelizationFactor', 1),
      partitionKey: partitionKeyOf(parts.assembly, streamArn),
      reportsFailures: reportsFailures(mapping),
      filters: filtersOf(mapping),
      failureQueueUrl: queueUrlOf(parts.assembly, destinationOf(mapping.property('DestinationConfig'), 'OnFailure')),
    },
    clientOf(parts, functionName, roleArn),
    parts.checkpoints,
    (event) => runtime.invoke(JSON.stringify(event)),
    parts.activity,
    (ageMs) => parts.onIteratorAge(functionName, ageMs),
  );
}

function functionOf(parts: SourceParts, mapping: Resource): FunctionRuntime {
  return parts.functionNamed(functionNameOf(asString(mapping.property('FunctionName'), `${mapping.id}.FunctionName`)));
}

function reportsFailures(mapping: Resource): boolean {
  return listOf(mapping.property('FunctionResponseTypes'), asString, mapping.id).includes('ReportBatchItemFailures');
}

function filtersOf(mapping: Resource): JsonObject[] {
  const criteria = optional(mapping.property('FilterCriteria'), asObject, mapping.id);
  const filters = criteria === undefined ? [] : asList(criteria['Filters'] ?? [], `${mapping.id}.Filters`);
  return filters.map((filter) => {
    const pattern = asObject(filter, mapping.id)['Pattern'];
    return asObject(typeof pattern === 'string' ? parseJson(pattern) : pattern, `${mapping.id} pattern`);
  });
}

export function destinationOf(config: Json | undefined, kind: 'OnFailure' | 'OnSuccess'): string | undefined {
  const destination = isObject(config) ? config[kind] : undefined;
  return isObject(destination) ? optional(destination['Destination'], asString, kind) : undefined;
}

function partitionKeyOf(assembly: Assembly, streamArn: string): string {
  const name = /:table\/([^/]+)\//.exec(streamArn)?.[1] ?? '';
  const table = assembly
    .ofType('AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable')
    .find((candidate) => candidate.ref === name);
  const hash = listOf(table?.property('KeySchema'), asObject, streamArn).find((part) => part['KeyType'] === 'HASH');
  return asString(hash?.['AttributeName'], `partition key of ${name}`);
}

/** The schedules of EventBridge Scheduler, and the rules of EventBridge that have a schedule. */
export function readSchedules(parts: Pick<SourceParts, 'assembly' | 'frontDoor'>): Schedule[] {
  const { assembly } = parts;
  const scheduled = assembly.ofType('AWS::Scheduler::Schedule').map((schedule): Schedule => {
    const target = asObject(schedule.property('Target'), `${schedule.id}.Target`);
    return readSchedule(parts, schedule, target);
  });
  const rules = assembly.ofType('AWS::Events::Rule').flatMap((rule) => {
    if (rule.property('ScheduleExpression') === undefined)
      throw new Error(`${rule.id}: rules of events are not supported by the local cloud`);
    return listOf(rule.property('Targets'), asObject, `${rule.id}.Targets`).map((target) =>
      readSchedule(parts, rule, target),
    );
  });
  return [...scheduled, ...rules];
}

function readSchedule(
  parts: Pick<SourceParts, 'assembly' | 'frontDoor'>,
  resource: Resource,
  target: JsonObject,
): Schedule {
  const roleArn = optional(target['RoleArn'], asString, resource.id);
  const deadLetter = optional(target['DeadLetterConfig'], asObject, resource.id);
  const { region } = parts.assembly.place;
  const functionArn = asString(target['Arn'], `${resource.id}.Target.Arn`);
  const rule = {
    servicePrincipal: 'events.amazonaws.com',
    sourceArn: resource.attribute('Arn'),
    action: 'lambda:InvokeFunction',
    resource: functionArn,
  };
  return {
    settings: {
      name: resource.ref,
      expression: asString(resource.property('ScheduleExpression'), `${resource.id}.ScheduleExpression`),
      enabled: resource.property('State') !== 'DISABLED',
      functionArn,
      input: optional(target['Input'], asString, resource.id) ?? '{}',
      deadLetterQueueUrl: queueUrlOf(parts.assembly, optional(deadLetter?.['Arn'], asString, resource.id)),
    },
    ...(roleArn === undefined
      ? {
          client: newAwsClient(parts.frontDoor.url, region, parts.frontDoor.adminCredentials),
          refusal: async () => {
            const decision = await parts.frontDoor.isAllowed(rule);
            return decision.allowed ? undefined : decision.message;
          },
        }
      : { client: clientOf(parts, 'scheduler', roleArn) }),
  };
}
