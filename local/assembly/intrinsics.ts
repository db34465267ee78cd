import { asBoolean, asList, asNumber, asObject, asString, isList, isObject, type Json, type JsonObject } from './json';

/** What a template may refer to, answered by the assembly that holds it. */
export interface ReferenceSource {
  /** Value of `Ref`: a parameter, a pseudo-parameter or a resource of this stack. */
  ref(logicalId: string): Json | undefined;
  getAtt(logicalId: string, attribute: string): Json;
  importValue(exportName: string): Json;
  mapping(name: string): JsonObject;
  condition(name: string): Json | undefined;
}

/** What `AWS::NoValue` resolves to: the property, or the list entry, is taken out. */
const noValue = undefined;

/**
 * Resolves the intrinsic functions of a CloudFormation template (AWS CloudFormation User Guide, intrinsic function
 * reference). A function that is not known here is an error: a silently kept `Fn::…` would deploy something else.
 */
export function resolve(value: Json | undefined, source: ReferenceSource): Json | undefined {
  if (value === undefined || value === null || typeof value !== 'object') return value;
  if (isList(value)) return value.map((item) => resolve(item, source)).filter((item) => item !== noValue);
  if (!isObject(value)) return value;

  const keys = Object.keys(value);
  const [name] = keys;
  if (keys.length === 1 && name !== undefined && isIntrinsic(name)) return call(name, value[name], source);

  const resolved: Record<string, Json> = {};
  for (const [key, item] of Object.entries(value)) {
    const result = resolve(item, source);
    if (result !== noValue) resolved[key] = result;
  }
  return resolved;
}

function isIntrinsic(name: string): boolean {
  return name === 'Ref' || name.startsWith('Fn::') || name === 'Condition';
}

function call(name: string, argument: Json | undefined, source: ReferenceSource): Json | undefined {
  const args = (count: number): readonly Json[] => {
    const list = asList(argument, name);
    if (list.length !== count) throw new Error(`${name} takes ${count} arguments, found ${JSON.stringify(argument)}`);
    return list;
  };
  switch (name) {
    case 'Ref': {
      const logicalId = asString(argument, 'Ref');
      return logicalId === 'AWS::NoValue' ? noValue : source.ref(logicalId);
    }
    case 'Fn::GetAtt': {
      const parts = isList(argument)
        ? argument.map((part) => text(part, source, name))
        : asString(argument, name).split('.');
      const [logicalId, ...attribute] = parts;
      return source.getAtt(asString(logicalId, name), attribute.join('.'));
    }
    case 'Fn::Join': {
      const [delimiter, list] = args(2);
      return asList(resolve(list, source), 'Fn::Join')
        .map((item) => scalar(item, 'Fn::Join'))
        .join(asString(delimiter, name));
    }
    case 'Fn::Sub':
      return substitute(argument, source);
    case 'Fn::Select': {
      const [index, list] = args(2);
      const items = asList(resolve(list, source), 'Fn::Select');
      const item = items[asNumber(resolve(index, source), 'Fn::Select index')];
      if (item === undefined)
        throw new Error(`Fn::Select: no element ${JSON.stringify(index)} in ${JSON.stringify(items)}`);
      return item;
    }
    case 'Fn::Split': {
      const [delimiter, whole] = args(2);
      return text(whole, source, name).split(asString(delimiter, name));
    }
    case 'Fn::If': {
      const [condition, then, otherwise] = args(3);
      return resolve(holds({ Condition: asString(condition, name) }, source) ? then : otherwise, source);
    }
    case 'Fn::ImportValue':
      return source.importValue(text(argument, source, name));
    case 'Fn::FindInMap': {
      const [map, first, second] = args(3).map((part) => text(part, source, name));
      const level = asObject(source.mapping(map ?? '')[first ?? ''], `mapping ${map}.${first}`);
      const found = level[second ?? ''];
      if (found === undefined) throw new Error(`Fn::FindInMap: ${map}.${first}.${second} does not exist`);
      return found;
    }
    case 'Fn::Base64':
      return Buffer.from(text(argument, source, name)).toString('base64');
    case 'Fn::Equals':
    case 'Fn::And':
    case 'Fn::Or':
    case 'Fn::Not':
    case 'Condition':
      // `Condition` is also an ordinary key of policy statements, whose value is an object.
      if (name === 'Condition' && typeof argument !== 'string') return { Condition: resolve(argument, source) ?? {} };
      return holds({ [name]: argument }, source);
    default:
      throw new Error(`Intrinsic function ${name} is not supported by the local cloud`);
  }
}

/** Evaluates a condition expression of the `Conditions` section or of `Fn::If`. */
export function holds(expression: JsonObject, source: ReferenceSource): boolean {
  const [name = ''] = Object.keys(expression);
  const argument = expression[name];
  const operands = (): boolean[] => asList(argument, name).map((item) => holds(asObject(item, name), source));
  switch (name) {
    case 'Condition': {
      const definition = source.condition(asString(argument, name));
      if (definition === undefined) throw new Error(`Condition ${JSON.stringify(argument)} is not defined`);
      return holds(asObject(definition, name), source);
    }
    case 'Fn::Equals': {
      const [left, right] = asList(argument, name).map((item) => JSON.stringify(resolve(item, source)));
      return left === right;
    }
    case 'Fn::And':
      return operands().every(Boolean);
    case 'Fn::Or':
      return operands().some(Boolean);
    case 'Fn::Not':
      return !operands()[0];
    default:
      return asBoolean(resolve(expression, source), name);
  }
}

/** `${Name}`, `${Name.Attribute}`, `${!Literal}`; the list form brings variables of its own. */
function substitute(argument: Json | undefined, source: ReferenceSource): string {
  const [template, variables] = isList(argument) ? argument : [argument, {}];
  const own = asObject(variables, 'Fn::Sub');
  return asString(template, 'Fn::Sub').replace(/\$\{(!?)([^}]+)\}/g, (_whole, literal: string, name: string) => {
    if (literal === '!') return `\${${name}}`;
    if (own[name] !== undefined) return text(own[name], source, 'Fn::Sub');
    const [logicalId = '', ...attribute] = name.trim().split('.');
    return scalar(
      attribute.length === 0 ? source.ref(logicalId) : source.getAtt(logicalId, attribute.join('.')),
      'Fn::Sub',
    );
  });
}

function text(value: Json | undefined, source: ReferenceSource, what: string): string {
  return scalar(resolve(value, source), what);
}

function scalar(value: Json | undefined, what: string): string {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return asString(value, what);
}
