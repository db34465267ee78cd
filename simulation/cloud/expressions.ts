import type { AttributeValue } from '@aws-sdk/client-dynamodb';

/**
 * The part of DynamoDB's expressions that the adapters use, exactly: comparisons, AND, OR, NOT, parentheses, attribute_exists,
 * attribute_not_exists, begins_with; SET with + and - and if_not_exists, and REMOVE [DynamoDB: expressions reference]. Anything
 * else throws, so that an adapter that begins to use more is noticed at once.
 */
export type Attributes = Record<string, AttributeValue>;

export interface Bindings {
  readonly names: Readonly<Record<string, string>>;
  readonly values: Readonly<Attributes>;
}

type Token = string;

export function holds(expression: string, item: Attributes | undefined, bindings: Bindings): boolean {
  const reader = new Reader(expression);
  const result = anyOf(reader, item ?? {}, bindings);
  reader.end();
  return result;
}

/** The item after an update expression. Values on the right are those from before the update. */
export function updated(expression: string, item: Attributes, bindings: Bindings): Attributes {
  const reader = new Reader(expression);
  const after: Attributes = { ...item };
  while (!reader.isDone()) {
    const clause = reader.next();
    do {
      const name = nameOf(reader.next(), bindings);
      if (clause === 'SET') {
        reader.expect('=');
        after[name] = sum(reader, item, bindings);
      } else if (clause === 'REMOVE') {
        Reflect.deleteProperty(after, name);
      } else {
        throw new Error(`an update clause that the simulation does not know: ${clause}`);
      }
    } while (reader.takes(','));
  }
  return after;
}

/** Order of two values of one type, as sort keys and comparisons have it; undefined for values that do not compare. */
export function compare(a: AttributeValue | undefined, b: AttributeValue | undefined): number | undefined {
  if (a?.S !== undefined && b?.S !== undefined) return Buffer.compare(Buffer.from(a.S), Buffer.from(b.S));
  if (a?.N !== undefined && b?.N !== undefined) return Number(a.N) - Number(b.N);
  return undefined;
}

function anyOf(reader: Reader, item: Attributes, bindings: Bindings): boolean {
  let result = allOf(reader, item, bindings);
  while (reader.takes('OR')) result = allOf(reader, item, bindings) || result;
  return result;
}

function allOf(reader: Reader, item: Attributes, bindings: Bindings): boolean {
  let result = one(reader, item, bindings);
  while (reader.takes('AND')) result = one(reader, item, bindings) && result;
  return result;
}

function one(reader: Reader, item: Attributes, bindings: Bindings): boolean {
  if (reader.takes('NOT')) return !one(reader, item, bindings);
  if (reader.takes('(')) {
    const result = anyOf(reader, item, bindings);
    reader.expect(')');
    return result;
  }
  const first = reader.next();
  if (first === 'attribute_exists' || first === 'attribute_not_exists') {
    reader.expect('(');
    const found = operand(reader.next(), item, bindings);
    reader.expect(')');
    return (found !== undefined) === (first === 'attribute_exists');
  }
  if (first === 'begins_with') {
    reader.expect('(');
    const text = operand(reader.next(), item, bindings)?.S;
    reader.expect(',');
    const prefix = operand(reader.next(), item, bindings)?.S;
    reader.expect(')');
    return text !== undefined && prefix !== undefined && text.startsWith(prefix);
  }
  return compared(operand(first, item, bindings), reader.next(), operand(reader.next(), item, bindings));
}

function compared(a: AttributeValue | undefined, operator: Token, b: AttributeValue | undefined): boolean {
  if (a === undefined || b === undefined) return operator === '<>';
  const order = compare(a, b);
  switch (operator) {
    case '=':
      return order === undefined ? JSON.stringify(a) === JSON.stringify(b) : order === 0;
    case '<>':
      return order === undefined ? JSON.stringify(a) !== JSON.stringify(b) : order !== 0;
    case '<':
      return order !== undefined && order < 0;
    case '<=':
      return order !== undefined && order <= 0;
    case '>':
      return order !== undefined && order > 0;
    case '>=':
      return order !== undefined && order >= 0;
    default:
      throw new Error(`a comparison that the simulation does not know: ${operator}`);
  }
}

function sum(reader: Reader, item: Attributes, bindings: Bindings): AttributeValue {
  let value = term(reader, item, bindings);
  for (;;) {
    const sign = reader.takes('+') ? 1 : reader.takes('-') ? -1 : 0;
    if (sign === 0) return value;
    const more = term(reader, item, bindings);
    if (value.N === undefined || more.N === undefined) throw new Error('only numbers are added');
    value = { N: String(Number(value.N) + sign * Number(more.N)) };
  }
}

function term(reader: Reader, item: Attributes, bindings: Bindings): AttributeValue {
  const first = reader.next();
  let value: AttributeValue | undefined;
  if (first === 'if_not_exists') {
    reader.expect('(');
    value = operand(reader.next(), item, bindings);
    reader.expect(',');
    const otherwise = operand(reader.next(), item, bindings);
    reader.expect(')');
    value ??= otherwise;
  } else {
    value = operand(first, item, bindings);
  }
  // DynamoDB answers a ValidationException: no adapter relies on it.
  if (value === undefined) throw new Error(`an update reads what is not there: ${first}`);
  return value;
}

function operand(token: Token, item: Attributes, { names, values }: Bindings): AttributeValue | undefined {
  if (token.startsWith(':')) {
    const value = values[token];
    if (value === undefined) throw new Error(`no value ${token}`);
    return value;
  }
  let found: AttributeValue | undefined;
  for (const [depth, part] of token.split('.').entries()) {
    const name = part.startsWith('#') ? names[part] : part;
    if (name === undefined) throw new Error(`no name ${part}`);
    found = depth === 0 ? item[name] : found?.M?.[name];
  }
  return found;
}

function nameOf(token: Token, { names }: Bindings): string {
  const name = token.startsWith('#') ? names[token] : token;
  if (name === undefined || name.includes('.')) throw new Error(`not the name of an attribute: ${token}`);
  return name;
}

class Reader {
  private readonly tokens: readonly Token[];
  private position = 0;

  constructor(private readonly expression: string) {
    this.tokens = tokensOf(expression);
  }

  isDone(): boolean {
    return this.position >= this.tokens.length;
  }

  next(): Token {
    const token = this.tokens[this.position];
    if (token === undefined) throw new Error(`an expression ends too early: ${this.expression}`);
    this.position += 1;
    return token;
  }

  takes(token: Token): boolean {
    if (this.tokens[this.position] !== token) return false;
    this.position += 1;
    return true;
  }

  expect(token: Token): void {
    if (!this.takes(token)) throw new Error(`expected ${token} in ${this.expression}`);
  }

  end(): void {
    if (!this.isDone()) throw new Error(`an expression goes on: ${this.expression}`);
  }
}

/** The adapters have a few dozen expressions, used a million times. */
const known = new Map<string, readonly Token[]>();

function tokensOf(expression: string): readonly Token[] {
  const before = known.get(expression);
  if (before !== undefined) return before;
  const tokens =
    expression.match(/<>|<=|>=|[(),=<>+-]|[:#]?[A-Za-z_][A-Za-z0-9_]*(?:\.#?[A-Za-z_][A-Za-z0-9_]*)*/g) ?? [];
  if (tokens.join('') !== expression.replaceAll(/\s+/g, ''))
    throw new Error(`cannot read the expression ${expression}`);
  known.set(expression, tokens);
  return tokens;
}
