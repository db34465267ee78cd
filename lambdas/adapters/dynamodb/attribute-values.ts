import type { AttributeValue } from '@aws-sdk/client-dynamodb';

/** An item on its way to DynamoDB. */
export type Item = Record<string, AttributeValue>;

/** JSON as DynamoDB keeps it. Undefined fields are left out, as JSON does; anything that JSON cannot hold throws. */
export function toAttribute(value: unknown): AttributeValue {
  if (value === null) return { NULL: true };
  switch (typeof value) {
    case 'string':
      return { S: value };
    case 'boolean':
      return { BOOL: value };
    case 'number':
      if (!Number.isFinite(value)) throw new TypeError('only finite numbers can be stored');
      return { N: String(value) };
    case 'object':
      if (Array.isArray(value)) return { L: value.map((item: unknown) => toAttribute(item)) };
      return { M: toItem(value) };
    default:
      throw new TypeError(`a ${typeof value} cannot be stored`);
  }
}

/** The fields of an object as attributes. */
export function toItem(fields: object): Item {
  // Not by assignment: a field called __proto__ is data like any other.
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([, value]: [string, unknown]) => value !== undefined)
      .map(([name, value]: [string, unknown]) => [name, toAttribute(value)]),
  );
}

/** The value of an attribute, whether from an answer or from a stream record. Sets and binaries are not ours and throw. */
export function fromAttribute(attribute: unknown): unknown {
  if (attribute === null || typeof attribute !== 'object') throw new TypeError('not an attribute value');
  if ('S' in attribute) return attribute.S;
  if ('N' in attribute) return Number(attribute.N);
  if ('BOOL' in attribute) return attribute.BOOL;
  if ('NULL' in attribute) return null;
  if ('L' in attribute && Array.isArray(attribute.L)) return attribute.L.map((item: unknown) => fromAttribute(item));
  if ('M' in attribute) return fromItem(attribute.M);
  throw new TypeError(`not an attribute of ours: ${Object.keys(attribute).join(', ')}`);
}

/** An item as a plain object. */
export function fromItem(item: unknown): Record<string, unknown> {
  if (item === null || typeof item !== 'object') throw new TypeError('not an item');
  return Object.fromEntries(
    Object.entries(item).map(([name, attribute]: [string, unknown]) => [name, fromAttribute(attribute)]),
  );
}
