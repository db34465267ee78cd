import { isList, isObject, listOf, asString, parseJson, textOf, type Json, type JsonObject } from '../../assembly/json';
import type { Datum } from './metric-store';

/**
 * The metrics in one log line of the CloudWatch embedded metric format (CloudWatch User Guide, "Specification:
 * embedded metric format"); none if the line is not one.
 */
export function metricsOfLine(line: string, atMs: number): Datum[] {
  if (!line.includes('"_aws"')) return [];
  const root = parsedObject(line);
  const directives = isObject(root?.['_aws']) ? root['_aws']['CloudWatchMetrics'] : undefined;
  if (root === undefined || !isList(directives)) return [];
  return directives.filter(isObject).flatMap((directive) => dataOf(directive, root, atMs));
}

function dataOf(directive: JsonObject, root: JsonObject, atMs: number): Datum[] {
  const namespace = asString(directive['Namespace'], 'EMF Namespace');
  const sets = isList(directive['Dimensions']) ? directive['Dimensions'] : [];
  // Each set of dimension names makes a series of its own; no set at all makes one without dimensions.
  const dimensionSets = (sets.length === 0 ? [[]] : sets).map((set) => dimensionsOf(set, root));
  const names = (isList(directive['Metrics']) ? directive['Metrics'] : [])
    .filter(isObject)
    .map((metric) => asString(metric['Name'], 'EMF metric name'));
  return names.flatMap((name) =>
    valuesOf(root[name]).flatMap((value) =>
      dimensionSets.map((dimensions) => ({ namespace, name, dimensions, value, atMs })),
    ),
  );
}

function dimensionsOf(set: Json, root: JsonObject): Record<string, string> {
  const names = listOf(set, asString, 'EMF Dimensions');
  return Object.fromEntries(names.map((name) => [name, textOf(root[name])]));
}

function valuesOf(value: Json | undefined): number[] {
  const values = isList(value) ? value : [value];
  return values.filter((item): item is number => typeof item === 'number');
}

function parsedObject(line: string): JsonObject | undefined {
  const start = line.indexOf('{');
  try {
    const value = parseJson(line.slice(start));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
