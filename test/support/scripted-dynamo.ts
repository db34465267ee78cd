import { ConditionalCheckFailedException, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';

import { fromItem, toItem } from '../../lambdas/adapters/dynamodb/attribute-values';

type Fields = Record<string, unknown>;

/** What of a command is evaluated here. */
export interface Write {
  /** A bug: the item that made the condition fail is not told. */
  readonly forgets?: boolean;
  readonly Key?: unknown;
  readonly Item?: unknown;
  readonly UpdateExpression?: string | undefined;
  readonly ConditionExpression?: string | undefined;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues?: unknown;
  readonly TransactItems?: readonly { readonly Put?: Write; readonly ConditionCheck?: Write }[] | undefined;
}

const key = z.object({ pk: z.string(), sk: z.string() });

/**
 * A store that evaluates conditional updates, puts and transactions as DynamoDB does, one at a time, of the expressions that leases and
 * guarded appends use; any other throws. `mutate` changes what an adapter asks for: a bug that somebody might write.
 */
export class ScriptedDynamo {
  private readonly items = new Map<string, Fields>();

  constructor(private readonly mutate: (input: Write) => Write | 'delete' = (input) => input) {}

  /** Applies one command at once; throws what DynamoDB answers to a condition that fails. */
  apply(input: Write): object {
    const mutated = this.mutate(input);
    const changed = mutated === 'delete' ? input : mutated;
    if (changed.TransactItems !== undefined) return this.transact(changed.TransactItems);
    if (!this.holds(changed)) throw failed(changed.forgets === true ? undefined : this.itemAt(changed));
    if (mutated === 'delete') {
      this.items.delete(placeOf(input));
      return {};
    }
    if (changed.Item !== undefined) {
      this.items.set(placeOf(changed), fromItem(changed.Item));
      return {};
    }
    const next = update(changed, this.itemAt(changed) ?? key.parse(fromItem(changed.Key)));
    this.items.set(placeOf(changed), next);
    return { Attributes: toItem(next) };
  }

  /** A client whose sends are carried by `send`, which decides when, and whether, a command reaches the store. */
  client(send: (apply: () => object) => Promise<object>): DynamoDBClient {
    return {
      send: (command: { input: Write }) => send(() => this.apply(command.input)),
    } as unknown as DynamoDBClient;
  }

  private transact(actions: NonNullable<Write['TransactItems']>): object {
    const parts = actions.map(({ Put, ConditionCheck }) => Put ?? ConditionCheck ?? {});
    const reasons = parts.map((part) => (this.holds(part) ? { Code: 'None' } : { Code: 'ConditionalCheckFailed' }));
    if (reasons.some(({ Code }) => Code !== 'None')) {
      throw new TransactionCanceledException({
        message: 'cancelled',
        $metadata: {},
        CancellationReasons: reasons.map((reason, index) => {
          const item = this.itemAt(parts[index]!);
          return item === undefined || reason.Code === 'None' ? reason : { ...reason, Item: toItem(item) };
        }),
      });
    }
    for (const { Put } of actions) if (Put !== undefined) this.items.set(placeOf(Put), fromItem(Put.Item));
    return {};
  }

  private itemAt(input: Write): Fields | undefined {
    return this.items.get(placeOf(input));
  }

  private holds(input: Write): boolean {
    const { ConditionExpression } = input;
    if (ConditionExpression === undefined) return true;
    const item = this.itemAt(input) ?? {};
    return ConditionExpression.split(' OR ').some((any) =>
      any.split(' AND ').every((term) => isTrue(term.trim(), item, input)),
    );
  }
}

function placeOf({ Key, Item }: Write): string {
  const { pk, sk } = key.parse(fromItem(Key ?? Item));
  return `${pk}/${sk}`;
}

function isTrue(term: string, item: Fields, input: Write): boolean {
  const exists = /^attribute_(not_)?exists\((\S+)\)$/.exec(term);
  if (exists !== null) return (item[nameOf(exists[2]!, input)] === undefined) === (exists[1] !== undefined);
  const compared = /^(\S+) (=|<=) (:\S+)$/.exec(term);
  if (compared === null) throw new Error(`no such condition here: ${term}`);
  const left = item[nameOf(compared[1]!, input)];
  const right = valueOf(compared[3]!, input);
  if (left === undefined) return false;
  return compared[2] === '=' ? left === right : Number(left) <= Number(right);
}

function update(input: Write, item: Fields): Fields {
  const removed = /^REMOVE (.+)$/.exec(input.UpdateExpression ?? '')?.[1];
  const gone = new Set(removed?.split(', ').map((name) => nameOf(name, input)));
  const next: Fields = Object.fromEntries(Object.entries(item).filter(([name]) => !gone.has(name)));
  const set = /^SET (.+)$/.exec(input.UpdateExpression ?? '')?.[1];
  for (const clause of set?.split(/, (?=\S+ = )/) ?? []) {
    const [, target = '', expression = ''] = /^(\S+) = (.+)$/.exec(clause) ?? [];
    const value = expression.split(' + ').map((operand) => operandOf(operand, item, input));
    next[nameOf(target, input)] =
      value.length === 1 ? value[0] : value.reduce<number>((sum, each) => sum + Number(each), 0);
  }
  if (removed === undefined && set === undefined) throw new Error('no such update here');
  return next;
}

function operandOf(operand: string, item: Fields, input: Write): unknown {
  const [, name, fallback] = /^if_not_exists\((\S+), (\S+)\)$/.exec(operand) ?? [];
  if (name !== undefined && fallback !== undefined) return item[nameOf(name, input)] ?? valueOf(fallback, input);
  return operand.startsWith(':') ? valueOf(operand, input) : item[nameOf(operand, input)];
}

function nameOf(name: string, { ExpressionAttributeNames = {} }: Write): string {
  return ExpressionAttributeNames[name] ?? name;
}

function valueOf(name: string, { ExpressionAttributeValues }: Write): unknown {
  const value = fromItem(ExpressionAttributeValues)[name];
  if (value === undefined) throw new Error(`no value ${name}`);
  return value;
}

function failed(item: Fields | undefined): ConditionalCheckFailedException {
  return new ConditionalCheckFailedException({
    message: 'the condition failed',
    $metadata: {},
    ...(item === undefined ? {} : { Item: toItem(item) }),
  });
}
