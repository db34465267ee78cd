import { commitToItem, observationToItem } from '../../lambdas/adapters/dynamodb/commit-codec';
import type { Commit, Observation } from '../../lambdas/kernel/journal';

/** A batch of the journal's stream as Lambda hands it over; sequence numbers count from 1. */
export function aStreamEvent(...changes: readonly (Commit | Observation | object)[]): {
  Records: { eventName: string; dynamodb: { SequenceNumber: string } }[];
} {
  return {
    Records: changes.map((change, index) => {
      const record = 'eventName' in change ? (change as { eventName: string; dynamodb: object }) : inserted(change);
      return { ...record, dynamodb: { ...record.dynamodb, SequenceNumber: String(index + 1) } };
    }),
  };
}

/** The record of an item that someone changed or removed. */
export function aForeignChange(eventName: 'MODIFY' | 'REMOVE', commit: Commit): object {
  const { pk, sk } = commitToItem(commit);
  return { eventName, dynamodb: { Keys: { pk, sk }, NewImage: commitToItem(commit) } };
}

/** The record of an item that the product did not write. */
export function anInsertedItem(item: Record<string, { S: string }>): object {
  return { eventName: 'INSERT', dynamodb: { Keys: { pk: item.pk, sk: item.sk }, NewImage: item } };
}

function inserted(change: object): { eventName: string; dynamodb: object } {
  const item = 'stream' in change ? commitToItem(change as Commit) : observationToItem(change as Observation);
  return { eventName: 'INSERT', dynamodb: { Keys: { pk: item.pk, sk: item.sk }, NewImage: item } };
}
