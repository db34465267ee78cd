import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Stage, StageConfig } from '../../lib/config/stage-config';
import { stageConfigFor } from '../../lib/config/stage-config';

/** A resource of a template, with the stack and the logical id it has there. */
export interface Resource {
  stack: string;
  id: string;
  Type: string;
  Properties?: Readonly<Record<string, unknown>>;
  DeletionPolicy?: string;
  UpdateReplacePolicy?: string;
}

export interface Synthesized {
  config: StageConfig;
  templateFiles: readonly string[];
  resources: readonly Resource[];
  /** By the names of the stacks: whether AWS refuses to delete it. */
  isProtected: Readonly<Record<string, boolean>>;
  ofType(type: string): readonly Resource[];
}

interface Manifest {
  artifacts: Record<string, { type: string; properties?: { templateFile?: string; terminationProtection?: boolean } }>;
}

interface Template {
  Resources: Record<string, Omit<Resource, 'id' | 'stack'>>;
}

/** The root of the project. */
const root = join(__dirname, '..', '..');

/** What the app wrote. */
export function readAssembly(directory: string, config: StageConfig): Synthesized {
  const { artifacts } = JSON.parse(readFileSync(join(directory, 'manifest.json'), 'utf8')) as Manifest;
  const stacks = Object.entries(artifacts).filter(([, { type }]) => type === 'aws:cloudformation:stack');
  const fileOf = (id: string): string => join(directory, artifacts[id]?.properties?.templateFile ?? '');
  const resources = stacks.flatMap(([stack]) =>
    Object.entries((JSON.parse(readFileSync(fileOf(stack), 'utf8')) as Template).Resources).map(([id, resource]) => ({
      ...resource,
      stack,
      id,
    })),
  );
  return {
    config,
    templateFiles: stacks.map(([stack]) => fileOf(stack)),
    resources,
    isProtected: Object.fromEntries(
      stacks.map(([stack, { properties }]) => [stack, properties?.terminationProtection === true]),
    ),
    ofType: (type) => resources.filter((resource) => resource.Type === type),
  };
}

const synthesized = new Map<Stage, Synthesized>();

/** The templates of a stage: those that `npm test` has made before its tests, or else made anew. */
export function synthesize(stage: Stage): Synthesized {
  const given = process.env[`COUNTINGHOUSE_${stage.toUpperCase()}_TEMPLATES`];
  const known = synthesized.get(stage) ?? readAssembly(given ?? runApp(stage), stageConfigFor(stage));
  synthesized.set(stage, known);
  return known;
}

/** The context by which the product is synthesized, by the feature flags of cdk.json and without bundling any code. */
export function contextOf(stage: Stage): Record<string, unknown> {
  const { context } = JSON.parse(readFileSync(join(root, 'cdk.json'), 'utf8')) as { context: Record<string, unknown> };
  return { ...context, stage, 'aws:cdk:bundling-stacks': [] };
}

function runApp(stage: Stage): string {
  const directory = mkdtempSync(join(tmpdir(), `countinghouse-${stage}-`));
  execFileSync(process.execPath, ['--import', 'tsx', join('bin', 'countinghouse.ts')], {
    cwd: root,
    env: { ...process.env, CDK_OUTDIR: directory, CDK_CONTEXT_JSON: JSON.stringify(contextOf(stage)) },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return directory;
}

/** Where a resource stands, for messages: `audit/Sweep…`. */
export const nameOf = (resource: Resource): string => `${resource.stack}/${resource.id}`;

/** A property by its path, e.g. `RedrivePolicy.deadLetterTargetArn` or `Rules.0.Name`; undefined where there is none. */
export function at(resource: Resource, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (value, name) =>
        typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined,
      resource.Properties,
    );
}

/** A property that must be a text. */
export function textAt(resource: Resource, path: string): string {
  const value = at(resource, path);
  if (typeof value !== 'string') throw new Error(`${nameOf(resource)}: ${path} is no text`);
  return value;
}

/** A property that is a list of objects; an empty list where there is none. */
export const listAt = (resource: Resource, path: string): readonly Record<string, unknown>[] =>
  (at(resource, path) ?? []) as readonly Record<string, unknown>[];

/** The only resource of a type for which a property has a value. */
export function the(resources: readonly Resource[], path: string, value: unknown): Resource {
  const found = resources.filter((resource) => at(resource, path) === value);
  expect(found).toHaveLength(1);
  return found[0]!;
}

/** Whether a reference is to that resource, by its logical id in the same template or by its export in another. */
export function refersTo(reference: unknown, resource: Resource): boolean {
  const printed = JSON.stringify(reference ?? null);
  const here = /"(?:Ref|Fn::GetAtt)":\[?"([^"]+)"/.exec(printed)?.[1];
  if (here !== undefined) return here === resource.id;
  const imported = /ExportsOutput(?:Ref|FnGetAtt)(\w+)/.exec(printed)?.[1];
  return imported?.startsWith(resource.id) ?? false;
}

export interface Statement {
  Effect: 'Allow' | 'Deny';
  Action: string | string[];
  Resource: unknown;
  Condition?: Record<string, Record<string, unknown>>;
  Principal?: unknown;
}

export const asList = <T>(value: T | T[]): T[] => (Array.isArray(value) ? value : [value]);

/** Statements of a policy document; none where the document is a text. */
export const statementsAt = (resource: Resource, path: string): readonly Statement[] =>
  (at(resource, `${path}.Statement`) ?? []) as readonly Statement[];

/** The policies of roles: each policy's resource, and its statements. */
export const identityPolicies = ({ ofType }: Synthesized): { policy: Resource; statements: readonly Statement[] }[] =>
  ['AWS::IAM::ManagedPolicy', 'AWS::IAM::Policy'].flatMap((type) =>
    ofType(type).map((policy) => ({ policy, statements: statementsAt(policy, 'PolicyDocument') })),
  );
