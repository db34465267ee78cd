import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { App } from 'aws-cdk-lib';

import type { Stage, StageConfig } from '../../lib/config/stage-config';
import { stageConfigFor } from '../../lib/config/stage-config';
import { addProduct } from '../../lib/stacks/product';

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
  app: App;
  config: StageConfig;
  templateFiles: readonly string[];
  resources: readonly Resource[];
  ofType(type: string): readonly Resource[];
}

interface Template {
  Resources: Record<string, Omit<Resource, 'id' | 'stack'>>;
}

const root = join(__dirname, '..', '..');

const synthesized = new Map<Stage, Synthesized>();

/** The templates of a stage, by the feature flags of cdk.json and without bundling any code. */
export function synthesize(stage: Stage): Synthesized {
  const known = synthesized.get(stage);
  if (known !== undefined) return known;
  const result = synthesizeConfig(stageConfigFor(stage));
  synthesized.set(stage, result);
  return result;
}

/** The same of a stage that is set up in another way. */
export function synthesizeConfig(config: StageConfig): Synthesized {
  const { stage } = config;
  const { context } = JSON.parse(readFileSync(join(root, 'cdk.json'), 'utf8')) as { context: Record<string, unknown> };
  const app = new App({
    outdir: mkdtempSync(join(tmpdir(), `countinghouse-${stage}-`)),
    analyticsReporting: false,
    context: { ...context, stage, 'aws:cdk:bundling-stacks': [] },
  });
  addProduct(app, config);
  const { stacks } = app.synth();
  const resources = stacks.flatMap((stack) =>
    Object.entries((stack.template as Template).Resources).map(([id, resource]) => ({
      ...resource,
      stack: stack.id,
      id,
    })),
  );
  return {
    app,
    config,
    templateFiles: stacks.map((stack) => stack.templateFullPath),
    resources,
    ofType: (type) => resources.filter((resource) => resource.Type === type),
  };
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
