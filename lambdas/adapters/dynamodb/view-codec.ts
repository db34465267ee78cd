import type { Put, Update } from '@aws-sdk/client-dynamodb';

import type { ViewWrite } from '../../kernel/journal';
import type { ViewRecord, ViewSlots } from '../../kernel/views';
import { fieldsOf, integerOf } from '../reading';
import { fromItem, toAttribute, toItem } from './attribute-values';
import { listPk, listSk, viewKey } from './keys';

/** Slots are attributes of their own, so that each is written without reading the others: `slot:<name>`. */
const slotPrefix = 'slot:';

/** How a stored version yields: within a commit only an older one, when rebuilding also the same one, whose form may have changed. */
export type Yielding = '<' | '<=';

/** A view as the conditional write that stores it: v version · d data, gsi1pk and gsi1sk when listed. */
export function viewToWrite(
  table: string,
  view: ViewWrite,
  yielding: Yielding,
): { readonly Put: Put } | { readonly Update: Update & { UpdateExpression: string } } {
  const key = viewKey(view.entity);
  if (view.type === 'record') {
    const { owner, kind, id } = view.entity;
    const place =
      view.listed === undefined
        ? {}
        : { gsi1pk: listPk(owner, kind, view.listed.under), gsi1sk: listSk(view.listed.at, id) };
    return {
      Put: {
        TableName: table,
        Item: toItem({ ...key, ...place, v: view.version, d: view.data }),
        ConditionExpression: `attribute_not_exists(pk) OR v ${yielding} :v`,
        ExpressionAttributeValues: { ':v': toAttribute(view.version) },
      },
    };
  }
  return {
    Update: {
      TableName: table,
      Key: toItem(key),
      UpdateExpression: 'SET #slot = :slot',
      ConditionExpression: `attribute_not_exists(#slot) OR #slot.v ${yielding} :v`,
      ExpressionAttributeNames: { '#slot': `${slotPrefix}${view.slot}` },
      ExpressionAttributeValues: {
        ':slot': toAttribute({ v: view.version, d: view.data }),
        ':v': toAttribute(view.version),
      },
    },
  };
}

export function parseViewRecord(item: unknown): ViewRecord {
  return parseVersioned(fromItem(item));
}

export function parseSlots(item: unknown): ViewSlots {
  const slots = Object.entries(fromItem(item)).filter(([name]) => name.startsWith(slotPrefix));
  return Object.fromEntries(slots.map(([name, slot]) => [name.slice(slotPrefix.length), parseVersioned(slot)]));
}

function parseVersioned(value: unknown): ViewRecord {
  const fields = fieldsOf(value, 'view');
  return { version: integerOf(fields, 'v'), data: fieldsOf(fields.d, 'view data') };
}
