import { runSimulation, type RequestAnalysis } from '@cloud-copilot/iam-simulate';
import type { PolicySource } from './contract';
import { matchesPattern } from './denials';
import type { Grant } from './grants/grant';
import { listOf, parseRecord, recordOf, textOf } from './json';
import type { KeyHolder } from './principals';

export interface Decision {
  readonly allowed: boolean;
  /** AWS's own sentence for a refused call; empty for an allowed one. */
  readonly message: string;
}

/** Who asks: a session of a role, or an AWS service such as `apigateway.amazonaws.com`. */
export type Requester =
  | { readonly kind: 'session'; readonly holder: Pick<KeyHolder, 'principal' | 'sessionArn'> }
  | { readonly kind: 'service'; readonly service: string; readonly sourceArn?: string };

export interface Authorizer {
  decide(requester: Requester, grant: Grant): Promise<Decision>;
  /** Forgets decisions, e.g. after a new synthesis. */
  forget(): void;
  /** Time spent in simulations, for measurements. */
  readonly spent: { decisions: number; simulations: number; totalMs: number };
}

const cacheLimit = 20_000;

/** The operator may do whatever no resource policy denies. */
const administrator = {
  name: 'AdministratorAccess',
  document: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] },
};

/**
 * Decides by the synthesized policies, as IAM does for principal and resource in one account
 * [IAM/latest/UserGuide/reference_policies_evaluation-logic.html].
 *
 * Calls are taken as made over TLS, since the local endpoint stands for the service's own: `aws:SecureTransport` is true.
 */
export function newAuthorizer(
  policies: PolicySource,
  at: { readonly region: string; readonly accountId: string },
): Authorizer {
  const cache = new Map<string, Promise<Decision>>();
  const spent = { decisions: 0, simulations: 0, totalMs: 0 };

  const simulate = async (requester: Requester, grant: Grant): Promise<Decision> => {
    const startedMs = performance.now();
    const role = requester.kind === 'session' ? requester.holder.principal.roleArn : undefined;
    const tags = requester.kind === 'session' ? requester.holder.principal.sessionTags : {};
    const principal = requester.kind === 'session' ? requester.holder.sessionArn : requester.service;
    const contextVariables: Record<string, string | string[]> = {
      'aws:SecureTransport': 'true',
      'aws:RequestedRegion': at.region,
      'aws:PrincipalAccount': at.accountId,
      'aws:ResourceAccount': at.accountId,
      'aws:PrincipalIsAWSService': requester.kind === 'service' ? 'true' : 'false',
      'aws:ViaAWSService': 'false',
    };
    const isAdmin = requester.kind === 'session' && requester.holder.principal.kind === 'admin';
    if (role !== undefined) {
      contextVariables['aws:PrincipalArn'] = role;
      contextVariables['aws:PrincipalType'] = isAdmin ? 'Account' : 'AssumedRole';
    } else if (requester.kind === 'service' && requester.sourceArn !== undefined) {
      contextVariables['aws:SourceArn'] = requester.sourceArn;
      contextVariables['aws:SourceAccount'] = at.accountId;
    }
    for (const [name, value] of Object.entries(tags)) {
      contextVariables[`aws:PrincipalTag/${name}`] = value;
    }
    for (const [name, value] of Object.entries(grant.context)) {
      contextVariables[simulatedKey(name)] = typeof value === 'string' ? value : [...value];
    }
    const resourcePolicy = resourcePolicyOf(grant, policies, at.accountId);
    const result = await runSimulation(
      {
        request: {
          principal,
          action: grant.action,
          resource: { resource: grant.resource, accountId: at.accountId },
          contextVariables,
        },
        identityPolicies:
          role === undefined
            ? []
            : (isAdmin ? [administrator] : policies.identityPolicies(role)).map(({ name, document }) => ({
                name,
                policy: statementsFor(document, grant.action),
              })),
        serviceControlPolicies: [],
        resourceControlPolicies: [],
        resourcePolicy: resourcePolicy === undefined ? undefined : statementsFor(resourcePolicy, grant.action),
      },
      {},
    );
    spent.simulations += 1;
    spent.totalMs += performance.now() - startedMs;
    if (result.resultType === 'error') {
      throw new Error(`${grant.action} on ${grant.resource} cannot be evaluated: ${JSON.stringify(result.errors)}`);
    }
    const analysis = result.resultType === 'single' ? result.result.analysis : result.results[0]?.analysis;
    const allowed = result.overallResult === 'Allowed';
    return { allowed, message: allowed ? '' : refusal(principal, grant, reasonOf(analysis, grant)) };
  };

  return {
    spent,
    forget: () => {
      cache.clear();
    },
    decide(requester, grant) {
      spent.decisions += 1;
      const who =
        requester.kind === 'session'
          ? [requester.holder.sessionArn, requester.holder.principal.sessionTags]
          : requester;
      const id = JSON.stringify([who, grant.action, grant.resource, grant.context]);
      const known = cache.get(id);
      if (known !== undefined) {
        return known;
      }
      if (cache.size >= cacheLimit) {
        cache.clear();
      }
      const decision = simulate(requester, grant);
      cache.set(id, decision);
      decision.catch(() => cache.delete(id));
      return decision;
    },
  };
}

/** `User: … is not authorized to perform: … on resource: …`, as AWS words it [UserGuide/troubleshoot_access-denied.html]. */
export function refusal(principalArn: string, grant: Pick<Grant, 'action' | 'resource'>, reason: string): string {
  return `User: ${principalArn} is not authorized to perform: ${grant.action} on resource: ${grant.resource} ${reason}`;
}

export function missingGrant(action: string): string {
  return `because no identity-based policy allows the ${action} action`;
}

function reasonOf(analysis: RequestAnalysis | undefined, grant: Grant): string {
  if (analysis?.identityAnalysis?.result === 'ExplicitlyDenied') {
    return 'with an explicit deny in an identity-based policy';
  }
  if (
    analysis?.resourceAnalysis?.result === 'ExplicitlyDenied' ||
    analysis?.resourceAnalysis?.result === 'DeniedForAccount'
  ) {
    return 'with an explicit deny in a resource-based policy';
  }
  return analysis?.identityAnalysis?.result === 'Allowed'
    ? `because no resource-based policy allows the ${grant.action} action`
    : missingGrant(grant.action);
}

/**
 * The simulator knows condition keys from a list, in which two families with free parts are not found:
 * `kms:EncryptionContext:<key>` and `secretsmanager:ResourceTag/<tag>`. Both are renamed, in policies and requests alike, to
 * global keys of the same type and meaning, for which it does know free parts.
 */
const renamedKeys: readonly (readonly [RegExp, string])[] = [
  [/kms:EncryptionContext:/gi, 'aws:RequestTag/kms-encryption-context-'],
  [/secretsmanager:ResourceTag\//gi, 'aws:ResourceTag/'],
];

function simulatedKey(text: string): string {
  return renamedKeys.reduce((renamed, [pattern, replacement]) => renamed.replace(pattern, replacement), text);
}

const reducedPolicies = new WeakMap<object, Map<string, object>>();

/**
 * The policy with only those statements that can concern an action, which decides the same in a fraction of the time:
 * the simulator validates and evaluates every statement it is given, on every call.
 */
function statementsFor(document: object, action: string): object {
  const known = reducedPolicies.get(document) ?? new Map<string, object>();
  reducedPolicies.set(document, known);
  const reduced = known.get(action) ?? reduce(document, action);
  known.set(action, reduced);
  return reduced;
}

function reduce(document: object, action: string): object {
  const renamed = parseRecord(simulatedKey(JSON.stringify(document)));
  const all = Array.isArray(renamed['Statement']) ? listOf(renamed['Statement']) : [renamed['Statement']];
  const statements = all.filter((statement) => {
    const actions = recordOf(statement)['Action'];
    const patterns = Array.isArray(actions) ? listOf(actions) : [actions];
    // A statement with NotAction has no Action and stays.
    return (
      actions === undefined ||
      patterns.some((pattern) => matchesPattern(textOf(pattern)?.toLowerCase() ?? '', action.toLowerCase()))
    );
  });
  return { ...renamed, Statement: statements };
}

/**
 * The resource policy that AWS would consult. A key without one in the templates has KMS's default key policy, which
 * leaves the decision to IAM policies of the account [kms/latest/developerguide/key-policy-default.html].
 */
function resourcePolicyOf(grant: Grant, policies: PolicySource, accountId: string): object | undefined {
  const { action, resource } = grant;
  if (action === 'sts:AssumeRole' || action === 'sts:TagSession') {
    return policies.trustPolicy(resource);
  }
  if (action.startsWith('kms:')) {
    return policies.resourcePolicy(resource) ?? defaultKeyPolicy(accountId);
  }
  const owner = resource.startsWith('arn:aws:s3:::') ? (resource.split('/')[0] ?? resource) : resource;
  return policies.resourcePolicy(owner);
}

function defaultKeyPolicy(accountId: string): object {
  return {
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${accountId}:root` }, Action: 'kms:*', Resource: '*' },
    ],
  };
}
