/**
 * CloudWatch metric math, as far as alarms of a template use it: arithmetic, comparisons, AND/OR, IF, FILL, SUM, AVG, MIN,
 * MAX, ABS, CEIL, FLOOR, METRICS(). One value per id, of one period; a period without data is `undefined` and makes every
 * arithmetic with it undefined. An expression beyond that is an error. (CloudWatch User Guide, "Using math expressions".)
 */
export type MathValue = number | undefined;

type Value =
  | { readonly kind: 'one'; readonly value: MathValue }
  | { readonly kind: 'many'; readonly values: readonly MathValue[] };

export function evaluateExpression(expression: string, metrics: ReadonlyMap<string, MathValue>): MathValue {
  const tokens = tokenize(expression);
  let at = 0;
  const peek = (): string | undefined => tokens[at];
  const take = (expected?: string): string => {
    const token = tokens[at];
    if (token === undefined || (expected !== undefined && token !== expected)) {
      throw new Error(
        `Metric math ${JSON.stringify(expression)}: expected ${expected ?? 'more'}, found ${token ?? 'the end'}`,
      );
    }
    at += 1;
    return token;
  };

  const binary = (next: () => Value, operators: readonly string[]) => (): Value => {
    let left = next();
    for (let token = peek(); token !== undefined && operators.includes(token.toUpperCase()); token = peek()) {
      take();
      left = apply(token.toUpperCase(), one(left), one(next()));
    }
    return left;
  };
  const product = binary(unary, ['*', '/', '^']);
  const sum = binary(product, ['+', '-']);
  const comparison = binary(sum, ['<', '>', '<=', '>=', '==', '!=']);
  const whole = binary(comparison, ['&&', '||', 'AND', 'OR']);

  function unary(): Value {
    if (peek() === '-') {
      take();
      const value = one(unary());
      return single(value === undefined ? undefined : -value);
    }
    return primary();
  }

  function primary(): Value {
    const token = take();
    if (token === '(') {
      const value = whole();
      take(')');
      return value;
    }
    if (token === '[') return { kind: 'many', values: list(']').map(one) };
    if (/^[\d.]/.test(token)) return single(Number(token));
    if (peek() === '(') {
      take();
      return callFunction(token.toUpperCase(), list(')'));
    }
    if (!metrics.has(token)) throw new Error(`Metric math ${JSON.stringify(expression)}: there is no metric ${token}`);
    return single(metrics.get(token));
  }

  function list(end: string): Value[] {
    const values: Value[] = [];
    while (peek() !== end) {
      values.push(whole());
      if (peek() !== end) take(',');
    }
    take(end);
    return values;
  }

  function callFunction(name: string, args: readonly Value[]): Value {
    const numbers = (): number[] =>
      args.flatMap((arg) => (arg.kind === 'many' ? arg.values : [arg.value])).filter((value) => value !== undefined);
    const first = args[0]?.kind === 'one' ? args[0].value : undefined;
    switch (name) {
      case 'METRICS':
        return { kind: 'many', values: [...metrics.values()] };
      case 'IF':
        return (first ?? 0) !== 0 ? (args[1] ?? single(undefined)) : (args[2] ?? single(undefined));
      case 'FILL':
        return first === undefined ? (args[1] ?? single(undefined)) : single(first);
      case 'SUM':
        return single(numbers().length === 0 ? undefined : numbers().reduce((total, value) => total + value, 0));
      case 'AVG':
        return single(
          numbers().length === 0 ? undefined : numbers().reduce((total, value) => total + value, 0) / numbers().length,
        );
      case 'MIN':
        return single(numbers().length === 0 ? undefined : Math.min(...numbers()));
      case 'MAX':
        return single(numbers().length === 0 ? undefined : Math.max(...numbers()));
      case 'ABS':
        return single(first === undefined ? undefined : Math.abs(first));
      case 'CEIL':
        return single(first === undefined ? undefined : Math.ceil(first));
      case 'FLOOR':
        return single(first === undefined ? undefined : Math.floor(first));
      default:
        throw new Error(`Metric math function ${name} is not supported by the local cloud`);
    }
  }

  const result = one(whole());
  if (at !== tokens.length)
    throw new Error(`Metric math ${JSON.stringify(expression)}: unexpected ${tokens[at] ?? ''}`);
  return result;
}

function tokenize(expression: string): string[] {
  const tokens = expression.match(/[A-Za-z_][A-Za-z0-9_]*|\d+(?:\.\d+)?|<=|>=|==|!=|&&|\|\||[-+*/^()[\],<>]|\S/g) ?? [];
  return tokens.filter((token) => token.trim() !== '');
}

function single(value: MathValue): Value {
  return { kind: 'one', value };
}

function one(value: Value): MathValue {
  if (value.kind === 'many') throw new Error('Metric math: a list stands where one value is needed');
  return value.value;
}

function apply(operator: string, left: MathValue, right: MathValue): Value {
  if (left === undefined || right === undefined) return single(undefined);
  const truth = (holds: boolean): Value => single(holds ? 1 : 0);
  switch (operator) {
    case '+':
      return single(left + right);
    case '-':
      return single(left - right);
    case '*':
      return single(left * right);
    case '/':
      return single(right === 0 ? undefined : left / right);
    case '^':
      return single(left ** right);
    case '<':
      return truth(left < right);
    case '>':
      return truth(left > right);
    case '<=':
      return truth(left <= right);
    case '>=':
      return truth(left >= right);
    case '==':
      return truth(left === right);
    case '!=':
      return truth(left !== right);
    case '&&':
    case 'AND':
      return truth(left !== 0 && right !== 0);
    default:
      return truth(left !== 0 || right !== 0);
  }
}
