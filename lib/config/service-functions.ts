import type { ServiceFunctionName } from '../../lambdas/env';
import { routes } from '../../lambdas/routes';
import {
  cursorSecret,
  type FunctionSpec,
  limiterCells,
  platformObservations,
  platformPolicy,
  secondFactor,
  stepUpState,
} from './function-spec';
import { moneyFunctions } from './money-functions';
import {
  access,
  firstCommit,
  listing,
  lists,
  observes,
  planeEnv,
  service,
  streams,
  tenantEnv,
  withKeys,
  withPlaces,
} from './service-grants';

/** The functions behind the REST API: size, environment and every right they have. */
const forPeople: Record<ServiceFunctionName, FunctionSpec> = {
  tenants: {
    ...service,
    env: [...planeEnv, 'cursorSecretArn', 'sealingKeyArn', 'addressKeyArn'],
    own: [
      limiterCells,
      platformPolicy,
      stepUpState,
      secondFactor,
      cursorSecret,
      platformObservations,
      {
        on: 'journal',
        actions: ['dynamodb:Query', 'dynamodb:PutItem'],
        keys: [
          'T#*#tenant#*',
          'T#*#invitation#*',
          'T#*#invited-address#*',
          'T#*#member#*',
          'T#*#owners#*',
          'T#*#security-policy#policy',
          'P#glasses#*',
        ],
        why: 'begins and changes tenants and their Owners, takes back addresses that lock them out, and makes a Super Admin the guest of one',
      },
      {
        on: 'views',
        actions: ['dynamodb:GetItem'],
        keys: ['P#platform-admin#*', 'T#*#member#*'],
        why: 'whether the caller is a Super Admin, and who is an Owner',
      },
      {
        on: 'views',
        actions: ['dynamodb:PutItem'],
        keys: ['T#*#member#*'],
        why: 'writes Owners and guests in the transaction of the commit, so that it holds at once',
      },
      {
        on: 'views',
        actions: ['dynamodb:UpdateItem'],
        keys: ['T#*#gate#gate'],
        attributes: ['slot:tenant', 'slot:policy'],
        why: 'writes gates in the transaction of their commit, so that a suspension, and a policy taken back, hold at once',
      },
      {
        on: 'views/byTime',
        actions: ['dynamodb:Query'],
        keys: ['P#tenant', 'P#platform-admin'],
        why: 'lists tenants and Super Admins',
      },
      {
        on: 'sealing-key',
        actions: ['kms:Encrypt'],
        encryptionContext: { purpose: 'invitation-email' },
        why: "seals an Owner's e-mail address",
      },
      { on: 'address-key', actions: ['kms:GenerateMac'], why: 'hashes e-mail addresses for comparing' },
    ],
  },
  members: {
    ...service,
    env: [...tenantEnv, 'cursorSecretArn', 'sealingKeyArn', 'tokenKeyArn', 'addressKeyArn'],
    own: [
      ...listing,
      {
        on: 'views',
        actions: ['dynamodb:GetItem'],
        keys: ['P#platform-admin#*'],
        why: 'whether the sender of an invitation is a Super Admin still, and who accepts it is none',
      },
      { on: 'token-key', actions: ['kms:VerifyMac'], why: 'checks an invitation token before its tenant is believed' },
      { on: 'address-key', actions: ['kms:VerifyMac'], why: 'whether who accepts has the address that was invited' },
    ],
    tenant: [
      access('invitation'),
      firstCommit('invitation'),
      ...streams('invitation', 'invited-address', 'member', 'owners', 'ownership-transfer'),
      lists('member'),
      lists('invitation'),
      { on: 'views', actions: ['dynamodb:GetItem'], keys: ['gate#gate'], why: 'reads the gate of an invitation' },
      {
        on: 'views',
        actions: ['dynamodb:PutItem'],
        keys: ['member#*'],
        why: 'writes the member in the transaction of the commit, so that it holds at once',
      },
      {
        on: 'sealing-key',
        actions: ['kms:Encrypt'],
        encryptionContext: { tenant: '${aws:PrincipalTag/tenant}', purpose: 'invitation-email' },
        why: "seals the invited person's e-mail address",
      },
      { on: 'address-key', actions: ['kms:GenerateMac'], why: 'hashes e-mail addresses for comparing' },
    ],
  },
  me: {
    ...service,
    env: [...planeEnv, 'sealingKeyArn', 'consoleUrl'],
    own: [
      limiterCells,
      platformPolicy,
      platformObservations,
      stepUpState,
      {
        on: 'coordination',
        actions: ['dynamodb:PutItem'],
        keys: ['P#step-up#*'],
        why: "records the session's step-up",
      },
      {
        on: 'coordination',
        actions: ['dynamodb:PutItem', 'dynamodb:DeleteItem'],
        keys: ['P#passkey-challenge#*'],
        why: 'gives out challenges for passkeys, and takes each back once',
      },
      {
        on: 'coordination',
        actions: ['dynamodb:PutItem'],
        keys: ['P#session-start#*'],
        why: 'claims the record of the first request of a session',
      },
      {
        on: 'coordination',
        actions: ['dynamodb:UpdateItem'],
        keys: ['P#mfa-counter#*'],
        why: 'counts attempts with codes and recovery codes, uses each step once, and keeps the counters of passkeys',
      },
      {
        on: 'journal',
        actions: ['dynamodb:Query', 'dynamodb:PutItem'],
        keys: ['P#mfa#*'],
        why: "the person's second factors",
      },
      {
        on: 'views',
        actions: ['dynamodb:PutItem'],
        keys: ['P#mfa#*'],
        why: 'writes which factors there are in the transaction of the commit, so that it holds at once',
      },
      {
        on: 'views',
        actions: ['dynamodb:GetItem'],
        keys: ['P#platform-admin#*'],
        why: 'whether the person is a Super Admin',
      },
      {
        on: 'views/byTime',
        actions: ['dynamodb:Query'],
        keys: ['P#membership#*'],
        why: 'the tenants the person belongs to',
      },
      {
        on: 'sealing-key',
        actions: ['kms:Encrypt', 'kms:Decrypt'],
        encryptionContext: { tenant: 'platform' },
        why: 'seals and opens the TOTP seed and the hashes of recovery codes',
      },
    ],
  },
  'mfa-resets': {
    ...service,
    env: tenantEnv,
    own: [
      limiterCells,
      platformPolicy,
      stepUpState,
      secondFactor,
      platformObservations,
      {
        on: 'views',
        actions: ['dynamodb:GetItem'],
        keys: ['P#platform-admin#*'],
        why: 'whether the caller, or the person, is a Super Admin',
      },
      {
        on: 'views/byTime',
        actions: ['dynamodb:Query'],
        keys: ['P#membership#*'],
        why: 'whether the person counts in other tenants, where nobody of this one stands above them',
      },
      {
        on: 'journal',
        actions: ['dynamodb:Query', 'dynamodb:PutItem'],
        keys: ['P#mfa#*'],
        why: "takes the person's second factors away",
      },
      {
        on: 'views',
        actions: ['dynamodb:PutItem'],
        keys: ['P#mfa#*'],
        why: 'writes that there are none in the transaction of the commit, so that it holds at once',
      },
      {
        on: 'coordination',
        actions: ['dynamodb:PutItem'],
        keys: ['P#step-up#*'],
        why: "revokes the step-ups of the person's sessions",
      },
      {
        on: 'coordination',
        actions: ['dynamodb:UpdateItem'],
        keys: ['P#mfa-counter#*'],
        why: 'lifts locks on factors that are gone',
      },
    ],
    tenant: [
      access(),
      { on: 'views', actions: ['dynamodb:GetItem'], keys: ['member#*'], why: 'reads whose factors are to be reset' },
      observes,
    ],
  },
  'api-keys': {
    ...service,
    env: [...tenantEnv, 'cursorSecretArn'],
    own: listing,
    tenant: [
      access('api-key'),
      firstCommit('api-key'),
      ...streams('api-key'),
      lists('api-key'),
      {
        on: 'views',
        actions: ['dynamodb:PutItem'],
        keys: ['api-key#*'],
        why: 'writes the key in the transaction of its commit, so that a revocation holds at once',
      },
      {
        on: 'coordination',
        actions: ['dynamodb:BatchGetItem'],
        keys: ['api-key-use#*'],
        why: 'shows when a key was last used',
      },
    ],
  },
  connections: {
    ...service,
    env: [
      ...tenantEnv,
      'cursorSecretArn',
      'connectionSecretPrefix',
      'secretsKeyArn',
      'webhookUrl',
      'sandboxUrl',
      'providerMode',
    ],
    own: listing,
    tenant: [
      access('connection'),
      firstCommit('connection'),
      ...streams('connection'),
      lists('connection'),
      {
        on: 'views',
        actions: ['dynamodb:UpdateItem'],
        keys: ['gate#gate'],
        attributes: ['slot:connection#*'],
        why: 'writes the connection into the gate in the transaction of its commit, so that it holds at once',
      },
      {
        on: 'connection-secrets',
        actions: [
          'secretsmanager:CreateSecret',
          'secretsmanager:TagResource',
          'secretsmanager:PutSecretValue',
          'secretsmanager:GetSecretValue',
        ],
        why: 'keeps the credentials of a connection, and reads them to test it and to change a part of them',
      },
    ],
  },
  ...moneyFunctions,
  'audit-events': {
    ...service,
    env: [...tenantEnv, 'cursorSecretArn'],
    own: listing,
    tenant: [access(), lists('audit-event'), observes],
  },
  'security-policy': {
    ...service,
    env: [...tenantEnv, 'cursorSecretArn'],
    own: listing,
    tenant: [
      access(),
      ...streams('security-policy'),
      {
        on: 'views',
        actions: ['dynamodb:UpdateItem'],
        keys: ['gate#gate'],
        attributes: ['slot:policy'],
        why: 'writes the policy into the gate in the transaction of its commit, so that it holds at once',
      },
    ],
  },
  'platform-policy': {
    ...service,
    env: [...planeEnv, 'cursorSecretArn'],
    own: [
      ...listing,
      {
        on: 'journal',
        actions: ['dynamodb:Query', 'dynamodb:PutItem'],
        keys: ['P#security-policy#platform'],
        why: "reads and changes the platform's policy",
      },
      {
        on: 'views',
        actions: ['dynamodb:GetItem'],
        keys: ['P#platform-admin#*'],
        why: 'whether the caller is a Super Admin',
      },
      {
        on: 'views',
        actions: ['dynamodb:PutItem'],
        keys: ['P#security-policy#platform'],
        why: 'writes the policy in the transaction of its commit',
      },
    ],
  },
  'api-docs': {
    ...service,
    memoryMb: 512,
    env: ['viewsTable', 'coordinationTable', 'allowedOrigins'],
    own: [limiterCells, platformPolicy],
  },
};

/** What a function needs for API keys and for expensive routes follows from the route table, so that no route can lack it. */
const keyed = new Set(routes.filter(({ apiKeys }) => apiKeys).map((route) => route.function));
const expensive = new Set(routes.filter((route) => route.expensive).map((route) => route.function));

function whole(name: ServiceFunctionName): FunctionSpec {
  const spec = keyed.has(name) ? withKeys(forPeople[name]) : forPeople[name];
  return expensive.has(name) ? withPlaces(spec) : spec;
}

export const serviceFunctions: Record<ServiceFunctionName, FunctionSpec> = {
  ...forPeople,
  ...Object.fromEntries([...keyed, ...expensive].map((name) => [name, whole(name)])),
};
