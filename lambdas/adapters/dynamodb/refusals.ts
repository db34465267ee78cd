import {
  ConditionalCheckFailedException,
  TransactionCanceledException,
  TransactionConflictException,
} from '@aws-sdk/client-dynamodb';

/** The item that made a condition fail, when it was asked for and there is one. */
export interface FailedCondition {
  readonly item: unknown;
}

/** The refusal of a conditional write; undefined for any other error. */
export function failedCondition(error: unknown): FailedCondition | undefined {
  return error instanceof ConditionalCheckFailedException ? { item: error.Item } : undefined;
}

/** Whether a transaction held the item just then. Nothing was written. */
export function isConflict(error: unknown): boolean {
  return error instanceof TransactionConflictException;
}

/** Why a transaction wrote nothing, one reason an action in their order; undefined for any other error. */
export function cancellation(error: unknown): readonly { readonly code: string; readonly item: unknown }[] | undefined {
  if (!(error instanceof TransactionCanceledException)) return undefined;
  return (error.CancellationReasons ?? []).map(({ Code, Item }) => ({ code: Code ?? 'None', item: Item }));
}
