import * as z from 'zod';

import { isBlockWithin, isCidr } from '../../kernel/addresses';

/** One value of a policy: what it may be, what it is unless somebody says otherwise, and which of two values is the stricter. */
export interface Field<T> {
  /** Type and hard bounds: nobody can set it beyond them, the platform neither. */
  readonly schema: z.ZodType<T>;
  readonly initial: T;
  /** The stricter of the two; what is as strict as both where neither is the stricter. */
  tighten(floor: T, own: T): T;
  /** What tightening means, for people: "lower", "true", … */
  readonly tighter: string;
  /** Nothing goes by it yet, for what it governs is not there. It can be set, and is kept and shown; the API says so. */
  readonly isUnread?: true;
  /** It counts where no tenant is known, so no tenant can set it. */
  readonly isPlatformsAlone?: true;
}

/** A table of fields: a policy has the same shape. */
export interface Fields {
  readonly [name: string]: Field<unknown> | Fields;
}

/** The policy of a table. */
export type ValuesOf<T> = T extends Field<infer V> ? V : { readonly [K in keyof T]: ValuesOf<T[K]> };

/** What somebody has set of it. */
export type SetOf<T> = T extends Field<infer V> ? V : { readonly [K in keyof T]?: SetOf<T[K]> | undefined };

/** A field ahead of what it governs. The mark goes when something reads it; a test holds the two together. */
export function unread<T>(field: Field<T>): Field<T> {
  const schema = field.schema.meta({ description: 'Kept and shown; nothing enforces it yet' });
  return { ...field, schema, isUnread: true };
}

/** A field that only the platform sets. */
export function platformsAlone<T>(field: Field<T>): Field<T> {
  const schema = field.schema.meta({ description: 'Of the platform alone: no tenant sets it' });
  return { ...field, schema, isPlatformsAlone: true };
}

/** A switch: on is stricter. */
export function flag(initial: boolean): Field<boolean> {
  return { schema: z.boolean(), initial, tighten: (floor, own) => floor || own, tighter: 'true' };
}

interface Bounds {
  readonly initial: number;
  readonly min: number;
  readonly max: number;
}

/** A whole number of which less is stricter. */
export function atMost({ initial, min, max }: Bounds): Field<number> {
  const schema = z.int().min(min).max(max);
  return { schema, initial, tighten: (floor, own) => Math.min(floor, own), tighter: 'lower' };
}

/** A whole number of which more is stricter. */
export function atLeast({ initial, min, max }: Bounds): Field<number> {
  const schema = z.int().min(min).max(max);
  return { schema, initial, tighten: (floor, own) => Math.max(floor, own), tighter: 'higher' };
}

/** Origins that browsers may call from; null: all of the stage. Fewer are stricter. */
export function origins(): Field<readonly string[] | null> {
  const origin = z
    .string()
    .max(200)
    .refine((text) => URL.canParse(text) && new URL(text).origin === text, { error: 'an origin, without a path' });
  return {
    schema: z.array(origin).min(1).max(20).refine(areDistinct, { error: 'each once' }).nullable(),
    initial: null,
    tighten: (floor, own) => {
      if (floor === null || own === null) return floor ?? own;
      return own.filter((each) => floor.includes(each));
    },
    tighter: 'fewer',
  };
}

/** A source that no request can have: "this host on this network" [RFC 1122 section 3.2.1.3]. */
const nowhere: readonly string[] = ['0.0.0.0/32'];

/** CIDR blocks that people may come from; none: from anywhere. Fewer addresses are stricter. */
export function addresses(): Field<readonly string[]> {
  const block = z.string().max(50).refine(isCidr, { error: 'a CIDR block, e.g. 203.0.113.0/24' });
  return {
    schema: z.array(block).max(50).refine(areDistinct, { error: 'each once' }),
    initial: [],
    tighten: (floor, own) => {
      if (floor.length === 0 || own.length === 0) return own.length === 0 ? floor : own;
      // Two blocks are one within the other, or have nothing in common.
      const common = [
        ...own.filter((each) => floor.some((outer) => isBlockWithin(each, outer))),
        ...floor.filter((each) => own.some((outer) => isBlockWithin(each, outer) && !isBlockWithin(outer, each))),
      ];
      const distinct = [...new Set(common)];
      return distinct.length === 0 ? nowhere : distinct;
    },
    tighter: 'fewer addresses',
  };
}

function areDistinct(list: readonly string[]): boolean {
  return new Set(list).size === list.length;
}

/** A field and where it stands: `rateLimits.money.burst`. */
export interface Leaf {
  readonly path: string;
  readonly field: Field<unknown>;
}

export function leavesOf(table: Fields, under = ''): readonly Leaf[] {
  return Object.entries(table).flatMap(([name, entry]) =>
    isField(entry) ? [{ path: `${under}${name}`, field: entry }] : leavesOf(entry, `${under}${name}.`),
  );
}

/** A value for every field, in the shape of the table. */
export function valuesOf<const T extends Fields>(table: T, valueOf: (leaf: Leaf) => unknown): ValuesOf<T>;
export function valuesOf(table: Fields, valueOf: (leaf: Leaf) => unknown): unknown {
  return shaped(table, valueOf);
}

/** The same with anything in the place of the values: where each comes from, for one. */
export function shapeOf<const T extends Fields, V>(table: T, valueOf: (leaf: Leaf) => V): ShapeOf<T, V>;
export function shapeOf(table: Fields, valueOf: (leaf: Leaf) => unknown): unknown {
  return shaped(table, valueOf);
}

export type ShapeOf<T, V> = T extends Field<infer _> ? V : { readonly [K in keyof T]: ShapeOf<T[K], V> };

function shaped(table: Fields, valueOf: (leaf: Leaf) => unknown, under = ''): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(table).map(([name, entry]) => {
      const path = `${under}${name}`;
      return [name, isField(entry) ? valueOf({ path, field: entry }) : shaped(entry, valueOf, `${path}.`)];
    }),
  );
}

/**
 * The schema of an object in the shape of the table; `of` makes that of each value, or leaves it out. Unknown names are refused, and
 * so is what is left out.
 */
export function schemaOf(table: Fields, of: (leaf: Leaf) => z.ZodType | undefined, under = ''): z.ZodObject {
  return z.strictObject(
    Object.fromEntries(
      Object.entries(table).flatMap(([name, entry]) => {
        const path = `${under}${name}`;
        if (isField(entry)) {
          const schema = of({ path, field: entry });
          return schema === undefined ? [] : [[name, schema]];
        }
        const inner = schemaOf(entry, of, `${path}.`);
        const schemas = Object.values(inner.shape);
        return schemas.length === 0 ? [] : [[name, schemas.every(isOptional) ? inner.optional() : inner]];
      }),
    ),
  );
}

function isOptional(schema: z.core.$ZodType): boolean {
  return schema._zod.optin === 'optional';
}

/** What an object in the shape of the table says, by path; what it leaves out is not there. */
export function entriesOf(table: Fields, object: unknown): ReadonlyMap<string, unknown> {
  const found = new Map<string, unknown>();
  for (const { path } of leavesOf(table)) {
    const value = at(object, path);
    if (value !== undefined) found.set(path, value);
  }
  return found;
}

/** The reverse: an object in the shape of the table, of the values that there are. */
export function objectOf(
  table: Fields,
  values: ReadonlyMap<string, unknown>,
  under = '',
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(table).flatMap(([name, entry]) => {
      const path = `${under}${name}`;
      if (isField(entry)) return values.has(path) ? [[name, values.get(path)]] : [];
      const inner = objectOf(entry, values, `${path}.`);
      return Object.keys(inner).length === 0 ? [] : [[name, inner]];
    }),
  );
}

/** The value at a path of an object in the shape of a table. */
export function at(object: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((value, name) => {
    if (value === null || typeof value !== 'object') return undefined;
    const found: unknown = Object.entries(value).find(([each]) => each === name)?.[1];
    return found;
  }, object);
}

function isField(entry: Field<unknown> | Fields): entry is Field<unknown> {
  return typeof entry.tighten === 'function';
}
