import { RegoEngine, TemplateFile } from '@aws/cloudformation-validate';
import { Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks, NIST80053R5Checks, ServerlessChecks } from 'cdk-nag';

import type { Stage } from '../../lib/config/stage-config';
import { stageConfigFor } from '../../lib/config/stage-config';
import { synthesizeApp } from './synthesized-app';

const apps = { dev: synthesizeApp(stageConfigFor('dev')), prod: synthesizeApp(stageConfigFor('prod')) };
const synthesize = (stage: Stage) => apps[stage];

describe.each(['dev', 'prod'] as const)('the templates of %s', (stage) => {
  it.each([
    ['AWS Solutions', AwsSolutionsChecks],
    ['Serverless', ServerlessChecks],
    ['NIST 800-53 R5', NIST80053R5Checks],
  ])('leave no finding of %s open', (_name, Pack) => {
    const { app } = synthesize(stage);
    expect(new Pack(app).validateScope(app).violations).toEqual([]);
  });

  it('are valid CloudFormation', () => {
    const engine = new RegoEngine();
    try {
      const errors = synthesize(stage).templateFiles.flatMap((file) =>
        engine
          .validateStandard(new TemplateFile(file), { severityLevel: 'ERROR' })
          .diagnostics.map(({ ruleId, message }) => `${file}: ${ruleId} ${message}`),
      );
      expect(errors).toEqual([]);
    } finally {
      engine.free();
    }
  });

  it('accept each finding on one construct below its stack, with a reason that says something', () => {
    const accepted = synthesize(stage)
      .app.node.findAll()
      .flatMap((construct) =>
        construct.node.metadata
          .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
          .flatMap(({ data }) => Object.entries(data as Record<string, unknown>))
          .map(([rule, said]) => ({ depth: construct.node.scopes.length, rule, said: JSON.stringify(said) })),
      );
    expect(accepted.length).toBeGreaterThan(0);
    for (const { depth, rule, said } of accepted) {
      // The app is at depth 1, a stack at depth 2.
      expect({ rule, scoped: depth > 2, reasoned: said.length > 40 }).toEqual({ rule, scoped: true, reasoned: true });
    }
  });

  it('hold nothing but plain resources: no custom resources, no nested stacks, no helper functions of the CDK', () => {
    const { resources, ofType } = synthesize(stage);
    const types = resources.map(({ Type }) => Type);
    expect(types.filter((type) => /^(Custom::|AWS::CloudFormation::|AWS::CDK::)/.test(type))).toEqual([]);
    const runtimes = ofType('AWS::Lambda::Function').map((lambda) => lambda.Properties?.['Runtime']);
    expect(new Set(runtimes)).toEqual(new Set(['nodejs24.x']));
  });
});

it('would show a finding that nobody accepted', () => {
  const { app } = synthesize('dev');
  const constructs = app.node.findAll();
  for (const { node } of constructs) Object.defineProperty(node, 'metadata', { value: [], configurable: true });
  try {
    expect(new AwsSolutionsChecks(app).validateScope(app).violations.length).toBeGreaterThan(5);
  } finally {
    for (const { node } of constructs) Reflect.deleteProperty(node, 'metadata');
  }
});
