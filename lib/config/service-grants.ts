import type { EnvName, FunctionSpec, Grant } from './function-spec';
import {
  cursorSecret,
  limiterCells,
  platformObservations,
  platformPolicy,
  secondFactor,
  stepUpState,
} from './function-spec';

export const planeEnv: readonly EnvName[] = ['journalTable', 'viewsTable', 'coordinationTable', 'allowedOrigins'];
export const tenantEnv: readonly EnvName[] = [...planeEnv, 'tenantRoleArn'];

/** API Gateway gives up after 29 s, so a function behind it gives up before and can still answer. */
export const service = { invokedBy: 'api', memoryMb: 1024, timeoutSeconds: 25 } as const;

/** What every function of the tenants' plane that has lists may do in its own name. */
export const listing: readonly Grant[] = [
  limiterCells,
  platformPolicy,
  stepUpState,
  secondFactor,
  platformObservations,
  cursorSecret,
];

/**
 * Rights on tables of the functions of the tenant plane: the membership, the gate, and entities of the function's own kinds. They
 * have them for one tenant at a time. `created` is the kind that its routes create.
 *
 * One BatchGetItem goes to two tables; both grants name the keys of both, so that it does not matter whether IAM is asked about each
 * table's keys or about all of the call.
 */
const admissionKeys = ['member#*', 'gate#gate'];

export const access = (created?: string): Grant => ({
  on: 'views',
  actions: ['dynamodb:BatchGetItem'],
  keys: created === undefined ? admissionKeys : [...admissionKeys, `${created}#*`],
  why: "reads the caller's membership and the gate",
});

export const firstCommit = (created: string): Grant => ({
  on: 'journal',
  actions: ['dynamodb:BatchGetItem'],
  keys: [...admissionKeys, `${created}#*`],
  why: 'finds, beside the membership, what an Idempotency-Key has created before',
});

export const streams = (...kinds: readonly string[]): readonly Grant[] => [
  {
    on: 'journal',
    actions: ['dynamodb:Query', 'dynamodb:PutItem'],
    keys: kinds.map((kind) => `${kind}#*`),
    why: 'folds the streams it decides on, appends commits',
  },
  observes,
];

export const observes: Grant = {
  on: 'journal',
  actions: ['dynamodb:PutItem'],
  keys: ['observation#*'],
  why: 'remembers what was refused, and who read the log',
};

export const lists = (kind: string): Grant => ({
  on: 'views/byTime',
  actions: ['dynamodb:Query'],
  keys: [kind],
  why: 'lists entities, newest first',
});

/** Where a route accepts API keys: the record of the caller may be a key's, and its use is noted. */
const notesKeyUses: Grant = {
  on: 'coordination',
  actions: ['dynamodb:UpdateItem'],
  keys: ['api-key-use#*'],
  why: 'notes when an API key was last used',
};

export function withKeys(spec: FunctionSpec): FunctionSpec {
  const tenant = (spec.tenant ?? []).map((grant) =>
    grant.actions.includes('dynamodb:BatchGetItem')
      ? { ...grant, keys: [...(grant.keys ?? []), 'api-key#*'], why: `${grant.why}, or the API key` }
      : grant,
  );
  return { ...spec, tenant: [...tenant, notesKeyUses] };
}

/** Where a route is classified as expensive. */
const takesPlaces: Grant = {
  on: 'coordination',
  actions: ['dynamodb:UpdateItem'],
  keys: ['slots#*'],
  why: "takes one of the tenant's places for requests that read much, and gives it back",
};

export const withPlaces = (spec: FunctionSpec): FunctionSpec => ({
  ...spec,
  tenant: [...(spec.tenant ?? []), takesPlaces],
});
