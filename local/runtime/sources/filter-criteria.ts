import { isList, isObject, textOf, type Json, type JsonObject } from '../../assembly/json';

/**
 * Filter patterns of event source mappings (AWS Lambda Developer Guide, "Filter rule syntax"): a record passes if any
 * pattern matches; a pattern matches if every field does; a field lists alternatives.
 */
export function passesFilters(record: Json, patterns: readonly JsonObject[]): boolean {
  return patterns.length === 0 || patterns.some((pattern) => matches(record, pattern));
}

function matches(value: Json | undefined, pattern: JsonObject): boolean {
  return Object.entries(pattern).every(([key, rule]) => {
    if (key === '$or')
      return isList(rule) && rule.some((alternative) => isObject(alternative) && matches(value, alternative));
    const field = isObject(value) ? value[key] : undefined;
    if (isList(rule)) return rule.some((alternative) => matchesOne(field, alternative));
    if (isObject(rule)) return matches(field, rule);
    throw new Error(`Filter pattern: ${key} needs a list or an object, found ${JSON.stringify(rule)}`);
  });
}

function matchesOne(field: Json | undefined, rule: Json): boolean {
  if (isList(field)) return field.some((item) => matchesOne(item, rule));
  if (!isObject(rule)) return field === rule;
  const [[operator, operand] = ['', null]] = Object.entries(rule);
  switch (operator) {
    case 'exists':
      return (field !== undefined) === operand;
    case 'prefix':
      return typeof field === 'string' && typeof operand === 'string' && field.startsWith(operand);
    case 'suffix':
      return typeof field === 'string' && typeof operand === 'string' && field.endsWith(operand);
    case 'equals-ignore-case':
      return typeof field === 'string' && typeof operand === 'string' && field.toLowerCase() === operand.toLowerCase();
    case 'anything-but': {
      const refused = isList(operand) ? operand : [operand ?? null];
      return field !== undefined && !refused.some((item) => matchesOne(field, item));
    }
    case 'numeric':
      return isList(operand) && typeof field === 'number' && withinBounds(field, operand);
    default:
      throw new Error(`Filter pattern: operator ${operator} is not supported by the local cloud`);
  }
}

function withinBounds(value: number, bounds: readonly Json[]): boolean {
  for (let index = 0; index < bounds.length; index += 2) {
    const bound = Number(bounds[index + 1]);
    const holds = {
      '=': value === bound,
      '<': value < bound,
      '<=': value <= bound,
      '>': value > bound,
      '>=': value >= bound,
    }[textOf(bounds[index])];
    if (holds !== true) return false;
  }
  return true;
}
