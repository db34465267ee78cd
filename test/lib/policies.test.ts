import { functionNames, serviceFunctionNames } from '../../lambdas/env';
import { routes, type Route } from '../../lambdas/routes';
import type { FunctionSpec, GrantTargetName } from '../../lib/config/function-spec';
import { functions } from '../../lib/config/functions';
import { functionNameOf, tenantRoleNameOf } from '../../lib/config/names';
import {
  asList,
  at,
  identityPolicies,
  nameOf,
  refersTo,
  type Statement,
  statementsAt,
  synthesize,
  textAt,
  the,
} from './synthesized';

const readsAndAppends = [
  'dynamodb:PutItem',
  'dynamodb:ConditionCheckItem',
  'dynamodb:GetItem',
  'dynamodb:BatchGetItem',
  'dynamodb:Query',
  'dynamodb:Scan',
];

const readsStream = [
  'dynamodb:DescribeStream',
  'dynamodb:GetRecords',
  'dynamodb:GetShardIterator',
  'dynamodb:ListStreams',
];

const specOf = (name: keyof typeof functions): FunctionSpec => functions[name];
const tenantPlane = functionNames.filter((name) => specOf(name).tenant !== undefined);

describe.each(['dev', 'prod'] as const)('policies of %s', (stage) => {
  const product = synthesize(stage);
  const { config, ofType } = product;
  const journal = the(ofType('AWS::DynamoDB::Table'), 'TableName', `countinghouse-${stage}-journal`);
  const roles = ofType('AWS::IAM::Role');
  const roleNamed = (name: string) => the(roles, 'RoleName', name);
  const policies = identityPolicies(product);
  const allowed = policies.flatMap(({ policy, statements }) =>
    statements.filter(({ Effect }) => Effect === 'Allow').map((statement) => ({ policy: nameOf(policy), statement })),
  );

  it('allow nothing on the journal but reading it and adding to it', () => {
    const onJournal = allowed.flatMap(({ policy, statement }) =>
      asList(statement.Resource)
        .filter((resource) => refersTo(resource, journal))
        .map((resource) => ({ policy, statement, resource: JSON.stringify(resource) })),
    );
    expect(onJournal.length).toBeGreaterThan(10);
    for (const { policy, statement, resource } of onJournal) {
      const fitting = resource.includes('StreamArn') ? readsStream : readsAndAppends;
      const others = asList(statement.Action).filter((action) => !fitting.includes(action));
      expect({ policy, others }).toEqual({ policy, others: [] });
    }
  });

  it('name every action in full', () => {
    const wildcards = allowed.flatMap(({ policy, statement }) =>
      asList(statement.Action)
        .filter((action) => action.includes('*'))
        .map((action) => `${policy}: ${action}`),
    );
    expect(wildcards).toEqual([]);
  });

  it('name every resource, except where none can be named', () => {
    const wide = allowed.flatMap(({ statement }) =>
      asList(statement.Resource)
        .map(wildcardsIn)
        .filter((wildcard) => wildcard !== '')
        .map((wildcard) => `${asList(statement.Action).join(' ')} on ${wildcard}`),
    );
    const connections = `:secret:countinghouse/${stage}/tenants/\${aws:PrincipalTag/tenant}/*`;
    expect(new Set(wide)).toEqual(
      new Set([
        // X-Ray has no resources.
        'xray:PutTelemetryRecords xray:PutTraceSegments on *',
        // Objects of the audit log.
        's3:GetObject s3:PutObject on /*',
        // The ledger reads them, and can write none.
        's3:GetObject on /*',
        // The connections of the session's tenant.
        `secretsmanager:GetSecretValue on ${connections}`,
        `secretsmanager:CreateSecret secretsmanager:GetSecretValue secretsmanager:PutSecretValue secretsmanager:TagResource on ${connections}`,
      ]),
    );
  });

  it('are never written into a role, nor taken from AWS but for services of AWS', () => {
    expect(ofType('AWS::IAM::Policy').map(nameOf)).toEqual([]);
    for (const role of roles) {
      expect(at(role, 'Policies')).toBeUndefined();
      if (JSON.stringify(at(role, 'ManagedPolicyArns')).includes('iam::aws:policy')) {
        const principals = statementsAt(role, 'AssumeRolePolicyDocument').map(({ Principal }) => Principal);
        expect(JSON.stringify(principals)).toMatch(/"(backup|apigateway)\.amazonaws\.com"/);
      }
    }
  });

  it('fit into what IAM allows a policy: 6144 characters', () => {
    for (const { policy } of policies) {
      const characters = JSON.stringify(at(policy, 'PolicyDocument')).length;
      expect({ policy: nameOf(policy), fits: characters < 6144 }).toEqual({ policy: nameOf(policy), fits: true });
    }
  });

  it('are of one role for each function, which only Lambda assumes', () => {
    const lambdas = ofType('AWS::Lambda::Function');
    const used = lambdas.map((lambda) => {
      const role = roleNamed(textAt(lambda, 'FunctionName'));
      expect(refersTo(at(lambda, 'Role'), role)).toBe(true);
      expect(statementsAt(role, 'AssumeRolePolicyDocument')).toEqual([
        { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'lambda.amazonaws.com' } },
      ]);
      return role.id;
    });
    expect(new Set(used).size).toBe(lambdas.length);
  });

  it('hold every tenant role to the keys and the secrets of its session tag', () => {
    for (const name of tenantPlane) {
      const role = roleNamed(tenantRoleNameOf(config, name));
      const own = policies.filter(({ policy }) => JSON.stringify(at(role, 'ManagedPolicyArns')).includes(policy.id));
      expect(own).toHaveLength(1);
      const loose = own.flatMap(({ statements }) => statements).filter((statement) => !isHeldToTenant(statement));
      expect({ name, loose }).toEqual({ name, loose: [] });
    }
  });

  it('let a tenant role be assumed by its own function alone, with the tag tenant and no other', () => {
    for (const name of tenantPlane) {
      const role = roleNamed(tenantRoleNameOf(config, name));
      const execution = roleNamed(functionNameOf(config, name));
      expect(statementsAt(role, 'AssumeRolePolicyDocument')).toEqual([
        {
          Effect: 'Allow',
          Action: ['sts:AssumeRole', 'sts:TagSession'],
          Principal: { AWS: { 'Fn::GetAtt': [execution.id, 'Arn'] } },
          Condition: {
            Null: { 'aws:RequestTag/tenant': 'false' },
            'ForAllValues:StringEquals': { 'aws:TagKeys': ['tenant'] },
            // Not a wildcard, not another path, not nothing.
            StringLike: { 'aws:RequestTag/tenant': 'ten_????????????????????' },
          },
        },
      ]);
    }
  });

  it('use keys only through the service that needs them, but for the keys that functions call themselves', () => {
    const direct = allowed.filter(
      ({ statement }) =>
        asList(statement.Action).some((action) => action.startsWith('kms:')) &&
        statement.Condition?.['StringEquals']?.['kms:ViaService'] === undefined,
    );
    expect(direct.length).toBeGreaterThan(0);
    for (const { statement } of direct)
      expect(JSON.stringify(statement.Resource)).toMatch(/KeysSealing|KeysToken|KeysAddress/);
  });

  it('seal and open nothing but under the encryption context of what the function is for', () => {
    const onSealingKey = allowed.filter(({ statement }) => JSON.stringify(statement.Resource).includes('KeysSealing'));
    expect(onSealingKey.length).toBeGreaterThan(3);
    for (const { policy, statement } of onSealingKey) {
      const names = Object.keys(statement.Condition?.['StringEquals'] ?? {});
      expect({ policy, names }).toEqual({
        policy,
        names: expect.arrayContaining([expect.stringMatching(/^kms:EncryptionContext:(tenant|purpose)$/)]),
      });
    }
  });

  it('let the notifier alone make invitation tokens, and members check them', () => {
    const users = (key: string) =>
      allowed
        .filter(({ statement }) => JSON.stringify(statement.Resource).includes(key))
        .flatMap(({ policy, statement }) =>
          asList(statement.Action).map((action) => `${/(\w+)Grants/.exec(policy)?.[1]} ${action}`),
        )
        .sort();
    expect(users('KeysToken')).toEqual(['Notifier kms:GenerateMac', 'members kms:VerifyMac']);
    expect(users('KeysAddress')).toEqual([
      'members kms:VerifyMac',
      'membersTenant kms:GenerateMac',
      'tenants kms:GenerateMac',
    ]);
  });

  it('let step-ups and counters of second factors be written by the functions of second factors alone', () => {
    const reaches = ({ statement }: (typeof allowed)[number], key: string): boolean => {
      const table = the(ofType('AWS::DynamoDB::Table'), 'TableName', `countinghouse-${stage}-coordination`);
      if (!asList(statement.Resource).some((resource) => refersTo(resource, table))) return false;
      if (!asList(statement.Action).some((action) => /^dynamodb:(Put|Update|Delete)Item$/.test(action))) return false;
      const keys = leadingKeysOf(statement.Condition);
      return keys.length === 0 || keys.some((pattern) => asPattern(pattern).test(key));
    };
    for (const key of ['P#step-up#user-1', 'P#mfa-counter#user-1']) {
      const writers = allowed.filter((each) => reaches(each, key)).map(({ policy }) => policy);
      expect({ key, writers: [...new Set(writers.map((name) => /(\w+)Grants/.exec(name)?.[1]))].sort() }).toEqual({
        key,
        writers: ['PlatformAdmins', 'me', 'mfaresets'],
      });
    }
  });

  it('let each slot of the gate be written by the function that decides on it, and by the projector', () => {
    const views = the(ofType('AWS::DynamoDB::Table'), 'TableName', `countinghouse-${stage}-views`);
    const reaches = ({ statement }: (typeof allowed)[number], slot: string): boolean => {
      if (!asList(statement.Resource).some((resource) => refersTo(resource, views))) return false;
      if (!asList(statement.Action).some((action) => /^dynamodb:(Put|Update|Delete)Item$/.test(action))) return false;
      const fits = (name: string, value: string, given: readonly string[]): boolean =>
        given.length === 0
          ? statement.Condition?.['Null']?.[name] === undefined
          : given.some((pattern) => asPattern(pattern).test(value));
      return (
        // `${aws:PrincipalTag/tenant}` is put in front of a tenant role's keys.
        ['T#ten#gate#gate', 'T#${aws:PrincipalTag/tenant}#gate#gate'].some((key) =>
          fits('dynamodb:LeadingKeys', key, leadingKeysOf(statement.Condition)),
        ) && fits('dynamodb:Attributes', `slot:${slot}`, attributesOf(statement.Condition))
      );
    };
    const writers = (slot: string) => [
      ...new Set(allowed.filter((each) => reaches(each, slot)).map(({ policy }) => /(\w+)Grants/.exec(policy)?.[1])),
    ];
    expect({
      tenant: writers('tenant').sort(),
      policy: writers('policy').sort(),
      connection: writers('connection#con_1').sort(),
      other: writers('other').sort(),
    }).toEqual({
      tenant: ['Projector', 'RebuildViews', 'tenants'],
      policy: ['Projector', 'RebuildViews', 'securitypolicyTenant', 'tenants'],
      connection: ['Projector', 'RebuildViews', 'connectionsTenant'],
      other: ['Projector', 'RebuildViews'],
    });
  });

  it('allow nothing to everybody', () => {
    const open = product.resources
      .flatMap((resource) => [...statementsAt(resource, 'PolicyDocument'), ...statementsAt(resource, 'KeyPolicy')])
      .filter(({ Effect, Principal }) => Effect === 'Allow' && JSON.stringify(Principal ?? null).includes('"*"'));
    expect(open).toEqual([]);
  });
});

describe('grants', () => {
  it('are each given with a reason', () => {
    for (const name of functionNames) {
      for (const { on, why } of [...specOf(name).own, ...(specOf(name).tenant ?? [])]) {
        expect({ name, on, why }).toEqual({ name, on, why: expect.stringMatching(/.{10,}/) });
      }
    }
  });

  it.each(serviceFunctionNames)('let %s read step-ups and first commits exactly where its routes need them', (name) => {
    const own = routes.filter((route) => route.function === name);
    const { tenant = [], own: grants } = specOf(name);
    const readsStepUp = grants.some(({ keys, why }) => keys?.includes('P#step-up#*') && why.startsWith('reads'));
    // Where people may act in a tenant, or for the platform, the policy may ask for a second factor at sign-in.
    const asks = ({ stepUp, principal }: Route): boolean =>
      stepUp !== null || principal === 'tenant-member' || principal === 'platform-admin';
    expect(readsStepUp).toBe(own.some(asks));
    const readsFirstCommits = tenant.some(
      ({ on, actions }) => on === 'journal' && actions.includes('dynamodb:BatchGetItem'),
    );
    expect(readsFirstCommits).toBe(
      own.some(({ creates, principal }) => creates !== null && principal === 'tenant-member'),
    );
  });

  it.each(serviceFunctionNames)(
    'let %s read API keys and note their use exactly where its routes take keys',
    (name) => {
      const takesKeys = routes.some((route) => route.function === name && route.apiKeys);
      const { tenant = [] } = specOf(name);
      const admissions = tenant.filter(
        ({ actions, keys }) => actions.includes('dynamodb:BatchGetItem') && keys?.includes('member#*'),
      );
      if (takesKeys) expect(admissions.length).toBeGreaterThan(0);
      // The function that makes keys reads them as what it has created.
      if (name !== 'api-keys') {
        for (const { keys } of admissions)
          expect({ name, reads: keys?.includes('api-key#*') }).toEqual({ name, reads: takesKeys });
      }
      const notes = tenant.filter(
        ({ actions, keys }) => actions.includes('dynamodb:UpdateItem') && keys?.includes('api-key-use#*'),
      );
      expect(notes.map(({ on }) => on)).toEqual(takesKeys ? ['coordination'] : []);
      // Nobody but the function that makes keys writes one.
      const writes = tenant.filter(
        ({ actions, keys }) => actions.includes('dynamodb:PutItem') && keys?.includes('api-key#*'),
      );
      expect(writes.length > 0).toBe(name === 'api-keys');
    },
  );

  it('of the tenant plane reach tables through the tenant role only, but for what the chain keeps with the platform', () => {
    for (const name of tenantPlane) {
      for (const { on, keys } of specOf(name).own.filter(({ actions }) =>
        actions.some((each) => /^dynamodb:/.test(each)),
      )) {
        const ofTable: Partial<Record<GrantTargetName, RegExp>> = {
          coordination: /^P#(limit|step-up)#\*$/,
          journal: /^P#observation#\*$/,
          views: /^P#(security-policy#platform|mfa#\*)$/,
          // An invitation holds as long as the Super Admin who sent it is one.
          ...(name === 'members' ? { views: /^P#(security-policy#platform|mfa#\*|platform-admin#\*)$/ } : {}),
          // Second factors lie with the platform: whoever resets a member's decides there, and changes them there.
          ...(name === 'mfa-resets' ? ofResets : {}),
          // It finds the payments of all tenants that are due, by their ids alone.
          ...(name === 'payment-sweeper' ? { 'views/byTime': /^P#open-payment#\*$/ } : {}),
        };
        const expected = expect.stringMatching(ofTable[on] ?? 'no such table');
        expect({ name, on, keys }).toEqual({ name, on, keys: [expected] });
      }
    }
  });
});

/** What the function that resets second factors reaches of the platform's rows. */
const ofResets = {
  coordination: /^P#(limit|step-up|mfa-counter)#\*$/,
  journal: /^P#(observation|mfa)#\*$/,
  views: /^P#(security-policy#platform|mfa#\*|platform-admin#\*)$/,
  'views/byTime': /^P#membership#\*$/,
};

/** The parts of a resource that hold a wildcard, joined; empty where all is named. */
const wildcardsIn = (resource: unknown): string =>
  [...JSON.stringify(resource).matchAll(/"([^"]*\*[^"]*)"/g)].map(([, text]) => text).join('');

/** Patterns that every key, or attribute, of a request must fit into one of. */
function patternsOf(name: string, condition: Statement['Condition']): readonly string[] {
  const patterns: unknown = condition?.['ForAllValues:StringLike']?.[name];
  return Array.isArray(patterns) ? patterns.map(String) : [];
}

const leadingKeysOf = (condition: Statement['Condition']) => patternsOf('dynamodb:LeadingKeys', condition);
const attributesOf = (condition: Statement['Condition']) => patternsOf('dynamodb:Attributes', condition);

/** A pattern of IAM: `*` for any text, `?` for any character. */
function asPattern(pattern: string): RegExp {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`);
}

function isHeldToTenant({ Action, Condition, Resource }: Statement): boolean {
  const actions = asList(Action);
  if (actions.some((action) => action.startsWith('dynamodb:'))) {
    const keys = leadingKeysOf(Condition);
    return (
      keys.length > 0 &&
      keys.every((key) => /^T#\$\{aws:PrincipalTag\/tenant\}#[a-z]/.test(key)) &&
      Condition?.['Null']?.['dynamodb:LeadingKeys'] === 'false'
    );
  }
  if (actions.some((action) => action.startsWith('secretsmanager:'))) {
    return JSON.stringify(Resource).includes('/tenants/${aws:PrincipalTag/tenant}/*');
  }
  // Neither keys nor queues have rows: a key's use is bound by its encryption context, a message says whose it is.
  return actions.every((action) => action.startsWith('kms:') || action === 'sqs:SendMessage');
}
