import type { AttributeValue } from '@aws-sdk/client-dynamodb';

import { compare, holds, updated } from './expressions';
import type { Attributes } from './expressions';

/** One conditional change of one item, in the form of a transaction's action. */
export interface Action {
  readonly type: 'Put' | 'Update' | 'Delete' | 'ConditionCheck';
  readonly TableName: string;
  readonly Item?: Attributes | undefined;
  readonly Key?: Attributes | undefined;
  readonly ConditionExpression?: string | undefined;
  readonly UpdateExpression?: string | undefined;
  readonly ExpressionAttributeNames?: Record<string, string> | undefined;
  readonly ExpressionAttributeValues?: Attributes | undefined;
}

/** What is told of each change, after it stands: the oracle looks, and the journal's stream is made of it. */
export type OnChange = (table: string, before: Attributes | undefined, after: Attributes | undefined) => void;

interface Row {
  readonly pk: string;
  readonly sk: string;
  readonly item: Attributes;
}

/** Tables of items by partition and sort key. Every change is whole and at once; items are never changed in place. */
export class Tables {
  private readonly tables = new Map<string, Map<string, Map<string, Row>>>();
  /** Transactions by their token, as DynamoDB remembers them for ten minutes. */
  private readonly tokens = new Map<string, number>();

  constructor(
    private readonly onChange: OnChange,
    private readonly nowMs: () => number,
  ) {}

  get(table: string, key: Attributes): Attributes | undefined {
    const { pk, sk } = keyOf(key);
    return this.tables.get(table)?.get(pk)?.get(sk)?.item;
  }

  /** The old item when the condition does not hold, and nothing changed; otherwise the item before and after. */
  change(
    action: Action,
  ):
    | { readonly done: true; readonly before: Attributes | undefined; readonly after: Attributes | undefined }
    | { readonly done: false; readonly before: Attributes | undefined } {
    const before = this.get(action.TableName, action.Item ?? action.Key ?? {});
    if (!this.mayChange(action, before)) return { done: false, before };
    const after = afterOf(action, before);
    if (action.type !== 'ConditionCheck') this.store(action, before, after);
    return { done: true, before, after };
  }

  /** All actions or none. The items of those whose condition failed stand at their places; undefined when all was done. */
  transact(
    actions: readonly Action[],
    token: string | undefined,
  ): readonly ({ item: Attributes | undefined } | undefined)[] | undefined {
    const known = token === undefined ? undefined : this.tokens.get(token);
    if (known !== undefined && this.nowMs() - known < 600_000) return undefined;
    const failures = actions.map((action) => {
      const before = this.get(action.TableName, action.Item ?? action.Key ?? {});
      return this.mayChange(action, before) ? undefined : { item: before };
    });
    if (failures.some((failure) => failure !== undefined)) return failures;
    for (const action of actions) this.change(action);
    if (token !== undefined) this.tokens.set(token, this.nowMs());
    return undefined;
  }

  /** The items of a partition in the order of their sort keys. */
  partition(table: string, pk: string): readonly Attributes[] {
    return inOrder(this.tables.get(table)?.get(pk)?.values() ?? []);
  }

  /** Every item: partitions in the order in which they came to be, items within one by sort key. */
  all(table: string): readonly Attributes[] {
    return [...(this.tables.get(table)?.values() ?? [])].flatMap((rows) => inOrder(rows.values()));
  }

  private mayChange(action: Action, before: Attributes | undefined): boolean {
    const { ConditionExpression: condition, ExpressionAttributeNames, ExpressionAttributeValues } = action;
    if (condition === undefined) return true;
    return holds(condition, before, { names: ExpressionAttributeNames ?? {}, values: ExpressionAttributeValues ?? {} });
  }

  private store(action: Action, before: Attributes | undefined, after: Attributes | undefined): void {
    const { pk, sk } = keyOf(after ?? action.Key ?? {});
    const table = this.tables.get(action.TableName) ?? new Map<string, Map<string, Row>>();
    this.tables.set(action.TableName, table);
    const rows = table.get(pk) ?? new Map<string, Row>();
    table.set(pk, rows);
    if (after === undefined) rows.delete(sk);
    else rows.set(sk, { pk, sk, item: after });
    this.onChange(action.TableName, before, after);
  }
}

export function keyOf(item: Attributes): { readonly pk: string; readonly sk: string } {
  const { pk, sk } = item;
  if (pk?.S === undefined || sk?.S === undefined) throw new Error('an item without its key');
  return { pk: pk.S, sk: sk.S };
}

function afterOf(action: Action, before: Attributes | undefined): Attributes | undefined {
  switch (action.type) {
    case 'Put':
      return action.Item;
    case 'Update': {
      const { pk, sk } = keyOf(action.Key ?? {});
      const bare: Record<string, AttributeValue> = { pk: { S: pk }, sk: { S: sk } };
      return updated(action.UpdateExpression ?? '', before ?? bare, {
        names: action.ExpressionAttributeNames ?? {},
        values: action.ExpressionAttributeValues ?? {},
      });
    }
    case 'Delete':
      return undefined;
    case 'ConditionCheck':
      return before;
  }
}

function inOrder(rows: Iterable<Row>): readonly Attributes[] {
  return [...rows].map(({ item }) => item).sort((a, b) => compare(a.sk, b.sk) ?? 0);
}
