import * as z from 'zod';

import type { Head } from '../../kernel/entity';
import type { ViewWrite } from '../../kernel/journal';
import { nextLookupOf } from './lookups';
import { openOperationsOf } from './operations';
import type { Payment } from './payment';

/** The platform's lists of payments with open operations, by when the provider is to be asked about them. */
export const openPaymentKind = 'open-payment';

/** Lists that the payments are spread over, so that all tenants' payments together are not limited by what one partition takes. */
const shards = 8;

/** Payments whose customer has approved, and whose provider waits for us: they do not stand in line behind those who never come. */
const approved = 'approved';

export const openPaymentLists: readonly string[] = [
  approved,
  ...Array.from({ length: shards }, (_, shard) => String(shard)),
];

/** What a list holds of a payment: where it is. All else is in the journal. */
export interface OpenPayment {
  readonly tenant: string;
  readonly paymentId: string;
  /** When the provider is to be asked, ISO 8601. */
  readonly dueAt?: string;
}

const record = z.object({ tenant: z.string(), paymentId: z.string(), dueAt: z.string().exactOptional() });

export function parseOpenPayment(data: unknown): OpenPayment {
  return record.parse(data);
}

/**
 * The place of a payment in the lists. With nothing to ask about it stands in none: the record stays, out of every list, since a
 * record that is gone could be put back by an older projection.
 */
export function openPaymentView(payment: Payment, head: Head): ViewWrite {
  const { tenant, id: paymentId } = payment;
  const at = nextLookupOf(payment);
  return {
    type: 'record',
    entity: { owner: 'platform', kind: openPaymentKind, id: `${tenant}.${paymentId}` },
    version: head.version,
    data: { tenant, paymentId, ...(at === undefined ? {} : { dueAt: at }) },
    ...(at === undefined ? {} : { listed: { at, under: listOf(payment) } }),
  };
}

function listOf(payment: Payment): string {
  if (openOperationsOf(payment).some(({ evidence }) => evidence.approvedAt !== undefined)) return approved;
  return String(payment.id.charCodeAt(payment.id.length - 1) % shards);
}
