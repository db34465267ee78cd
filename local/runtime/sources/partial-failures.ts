import { isList, isObject, parseJson } from '../../assembly/json';
import type { Invocation } from '../worker/function-runtime';

/**
 * Which items of a batch failed. With `ReportBatchItemFailures` an answer without failures is success, and one that cannot
 * be understood fails the whole batch (AWS Lambda Developer Guide, "Reporting batch item failures").
 */
export function failedItems(
  invocation: Invocation,
  identifiers: readonly string[],
  reportsFailures: boolean,
): ReadonlySet<string> {
  if (invocation.failure !== undefined) return new Set(identifiers);
  if (!reportsFailures) return new Set();
  const answer = parseJson(invocation.payload);
  if (!isObject(answer)) return new Set(answer === null || answer === '' ? [] : identifiers);
  const failures = answer['batchItemFailures'];
  if (failures === undefined || failures === null) return new Set();
  if (!isList(failures)) return new Set(identifiers);
  const failed = failures.map((failure) => (isObject(failure) ? failure['itemIdentifier'] : undefined));
  const known = failed.filter(
    (identifier): identifier is string => typeof identifier === 'string' && identifiers.includes(identifier),
  );
  return new Set(known.length === failed.length ? known : identifiers);
}
