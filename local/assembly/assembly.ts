import { identify, type Identity, type Placement, type Recorded } from './identities';
import { holds, resolve, type ReferenceSource } from './intrinsics';
import { asObject, asString, isObject, optional, type Json, type JsonObject } from './json';
import { readAssembly, type StackArtifact } from './manifest';
import { deployedTypes, ignoredTypes } from './resource-types';

/** One resource of one stack. Properties resolve when they are read, so that ids given by an engine can come first. */
export interface Resource {
  /** `<stack>/<logical id>`: stable over runs, unique over the assembly. */
  readonly id: string;
  readonly stackName: string;
  readonly logicalId: string;
  readonly type: string;
  readonly ref: string;
  attribute(name: string): string;
  property(name: string): Json | undefined;
  properties(): JsonObject;
}

export interface IgnoredResource {
  readonly id: string;
  readonly type: string;
  readonly reason: string;
}

export interface Assembly {
  readonly place: Placement;
  readonly resources: readonly Resource[];
  readonly ignored: readonly IgnoredResource[];
  ofType(...types: readonly string[]): readonly Resource[];
  byId(id: string): Resource | undefined;
  /** Notes what an engine gave to a resource on creation; references resolve to it from then on. */
  record(id: string, recorded: Recorded): void;
  /** Value of one output of a stack. */
  output(stackName: string, name: string): Json;
  /** Directory of the code of a function. */
  codeDirectory(lambda: Resource): string;
}

interface LoadedStack {
  readonly artifact: StackArtifact;
  readonly source: ReferenceSource;
}

/** Loads a cloud assembly: every resource of every stack, with concrete ARNs, URLs and names at the given place. */
export function loadAssembly(
  directory: string,
  place: Placement,
  recorded: ReadonlyMap<string, Recorded> = new Map(),
): Assembly {
  const known = new Map(recorded);
  const stacks = new Map<string, LoadedStack>();
  const byId = new Map<string, Resource>();
  const ignored: IgnoredResource[] = [];
  const unknown: string[] = [];

  const exported = (name: string): Json => {
    for (const { artifact, source } of stacks.values()) {
      for (const output of Object.values(section(artifact, 'Outputs'))) {
        const entry = asObject(output, 'output');
        const exportName = isObject(entry['Export']) ? resolve(entry['Export']['Name'], source) : undefined;
        if (exportName === name) return resolve(entry['Value'], source) ?? '';
      }
    }
    throw new Error(`Fn::ImportValue: no stack of the assembly exports ${name}`);
  };

  for (const artifact of readAssembly(directory)) {
    const own = new Map<string, Resource>();
    const source = referenceSource(artifact, own, place, exported);
    stacks.set(artifact.stackName, { artifact, source });
    for (const [logicalId, value] of Object.entries(section(artifact, 'Resources'))) {
      const raw = asObject(value, logicalId);
      const type = asString(raw['Type'], `${logicalId}.Type`);
      const condition = optional(raw['Condition'], asString, `${logicalId}.Condition`);
      if (condition !== undefined && !holds({ Condition: condition }, source)) continue;
      const id = `${artifact.stackName}/${logicalId}`;
      const reason = ignoredTypes[type];
      if (reason !== undefined) ignored.push({ id, type, reason });
      else if (!deployedTypes.has(type)) unknown.push(`${id} (${type})`);
      const resource = newResource(id, artifact.stackName, logicalId, type, raw, source, place, known);
      own.set(logicalId, resource);
      if (reason === undefined) byId.set(id, resource);
    }
  }
  if (unknown.length > 0) {
    throw new Error(
      `The local cloud has no meaning for: ${unknown.join(', ')}. Give it one, or list it in local/assembly/resource-types.ts`,
    );
  }

  const resources = [...byId.values()];
  return {
    place,
    resources,
    ignored,
    ofType: (...types) => resources.filter((resource) => types.includes(resource.type)),
    byId: (id) => byId.get(id),
    record: (id, value) => void known.set(id, value),
    output: (stackName, name) => outputOf(stacks, stackName, name),
    codeDirectory: (lambda) => codeDirectory(lambda, stacks),
  };
}

function section(artifact: StackArtifact, name: string): JsonObject {
  const value = artifact.template[name];
  return isObject(value) ? value : {};
}

function newResource(
  id: string,
  stackName: string,
  logicalId: string,
  type: string,
  raw: JsonObject,
  source: ReferenceSource,
  place: Placement,
  recorded: ReadonlyMap<string, Recorded>,
): Resource {
  const rawProperties = isObject(raw['Properties']) ? raw['Properties'] : {};
  const property = (name: string): Json | undefined =>
    within(`${id}.${name}`, () => resolve(rawProperties[name], source));
  const identity = (): Identity =>
    identify(
      {
        stackName,
        logicalId,
        type,
        recorded: recorded.get(id),
        text: (name) => {
          const value = property(name);
          return value === undefined ? undefined : asString(value, `${id}.${name}`);
        },
      },
      place,
    );
  return {
    id,
    stackName,
    logicalId,
    type,
    get ref() {
      return identity().ref;
    },
    attribute: (name) => {
      const value = identity().attributes[name];
      if (value === undefined) throw new Error(`Fn::GetAtt: ${type} ${id} has no known attribute ${name}`);
      return asString(value, `${id}.${name}`);
    },
    property,
    properties: () => {
      const entries = Object.keys(rawProperties).flatMap((name): [string, Json][] => {
        const value = property(name);
        return value === undefined ? [] : [[name, value]];
      });
      return Object.fromEntries(entries);
    },
  };
}

function within<T>(what: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new Error(message.includes(what) ? message : `${what}: ${message}`, { cause: error });
  }
}

function referenceSource(
  artifact: StackArtifact,
  resources: ReadonlyMap<string, Resource>,
  place: Placement,
  importValue: (name: string) => Json,
): ReferenceSource {
  const pseudo: Readonly<Record<string, Json>> = {
    'AWS::AccountId': place.accountId,
    'AWS::Region': place.region,
    'AWS::Partition': 'aws',
    'AWS::URLSuffix': 'amazonaws.com',
    'AWS::StackName': artifact.stackName,
    'AWS::StackId': `arn:aws:cloudformation:${place.region}:${place.accountId}:stack/${artifact.stackName}/local`,
    'AWS::NotificationARNs': [],
  };
  const need = (logicalId: string): Resource => {
    const resource = resources.get(logicalId);
    if (resource === undefined) throw new Error(`${artifact.stackName}: reference to unknown ${logicalId}`);
    return resource;
  };
  return {
    ref: (logicalId) => {
      if (pseudo[logicalId] !== undefined) return pseudo[logicalId];
      const parameter = section(artifact, 'Parameters')[logicalId];
      if (parameter === undefined) return need(logicalId).ref;
      const value = artifact.parameters[logicalId] ?? asObject(parameter, logicalId)['Default'];
      if (value === undefined) throw new Error(`${artifact.stackName}: parameter ${logicalId} has no value`);
      return value;
    },
    getAtt: (logicalId, attribute) => need(logicalId).attribute(attribute),
    importValue,
    mapping: (name) => asObject(section(artifact, 'Mappings')[name], `mapping ${name}`),
    condition: (name) => section(artifact, 'Conditions')[name],
  };
}

function outputOf(stacks: ReadonlyMap<string, LoadedStack>, stackName: string, name: string): Json {
  const stack = stacks.get(stackName);
  const output = stack === undefined ? undefined : section(stack.artifact, 'Outputs')[name];
  if (stack === undefined || output === undefined) throw new Error(`${stackName} has no output ${name}`);
  return resolve(asObject(output, name)['Value'], stack.source) ?? '';
}

function codeDirectory(lambda: Resource, stacks: ReadonlyMap<string, LoadedStack>): string {
  const code = asObject(lambda.property('Code'), `${lambda.id}.Code`);
  const key = asString(code['S3Key'], `${lambda.id}.Code.S3Key (inline code has no bundle to run)`);
  const path = stacks.get(lambda.stackName)?.artifact.assetPath(key);
  if (path === undefined) throw new Error(`${lambda.id}: no asset of the assembly has the key ${key}`);
  return path;
}
