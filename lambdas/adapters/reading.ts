/** Narrow readers of data that comes from outside: each gives the field in its type or throws with the field's name. */

export type Fields = Readonly<Record<string, unknown>>;

export class MalformedData extends Error {
  override readonly name = 'MalformedData';
}

export function fieldsOf(value: unknown, what: string): Fields {
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw new MalformedData(`${what} is no object`);
  return { ...value };
}

export function textOf(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value !== 'string') throw new MalformedData(`${name} is no text`);
  return value;
}

export function optionalTextOf(fields: Fields, name: string): string | undefined {
  return fields[name] === undefined ? undefined : textOf(fields, name);
}

export function integerOf(fields: Fields, name: string): number {
  const value = fields[name];
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw new MalformedData(`${name} is no integer`);
  return value;
}

export function listOf(fields: Fields, name: string): readonly unknown[] {
  const value = fields[name];
  if (!Array.isArray(value)) throw new MalformedData(`${name} is no list`);
  return value.map((item: unknown) => item);
}

export function optionOf<const T extends string>(fields: Fields, name: string, options: readonly T[]): T {
  const found = options.find((option) => option === fields[name]);
  if (found === undefined) throw new MalformedData(`${name} is none of those known`);
  return found;
}
