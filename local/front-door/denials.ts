import { randomUUID } from 'node:crypto';
import type { Grant } from './grants/grant';

/** One grant taken away from a function, as if its template did not have it. */
export interface Denial {
  readonly id: string;
  readonly functionName: string;
  /** IAM action, wildcards allowed: `dynamodb:PutItem`, `kms:GenerateDataKey*`. */
  readonly action: string;
  /** ARN, wildcards allowed; every resource when absent. */
  readonly resource?: string;
}

export interface Denials {
  add(denial: Omit<Denial, 'id'>): Denial;
  remove(id?: string): void;
  list(): readonly Denial[];
  takesAway(functionName: string | undefined, grant: Grant): boolean;
}

export function newDenials(): Denials {
  let denials: readonly Denial[] = [];
  return {
    add(denial) {
      const added = { id: randomUUID(), ...denial };
      denials = [...denials, added];
      return added;
    },
    remove(id) {
      denials = id === undefined ? [] : denials.filter((denial) => denial.id !== id);
    },
    list: () => denials,
    takesAway: (functionName, grant) =>
      functionName !== undefined &&
      denials.some(
        (denial) =>
          denial.functionName === functionName &&
          matchesPattern(denial.action.toLowerCase(), grant.action.toLowerCase()) &&
          (denial.resource === undefined || matchesPattern(denial.resource, grant.resource)),
      ),
  };
}

/** Whether a value matches an IAM pattern of `*` and `?`. */
export function matchesPattern(pattern: string, value: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(value);
}
