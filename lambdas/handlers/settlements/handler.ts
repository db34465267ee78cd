import { connectionInGate } from '../../domain/providers';
import {
  acknowledgeSettlement,
  askForLines,
  maxExplanations,
  presentSettlement,
  settleManually,
  settlementEntity,
  settlementLineKind,
  settlementStream,
} from '../../domain/settlements';
import type { AcknowledgeRefusal, AskRefusal, SettleRefusal } from '../../domain/settlements';
import type { CommandRefusal } from '../../kernel/command';
import { fold } from '../../kernel/entity';
import { formatMoney } from '../../kernel/money';
import { pageOf } from '../../middleware/lists';
import type { Problem } from '../../middleware/problem';
import { commandProblem, notFound } from '../../middleware/refusals';
import { newService } from '../../middleware/service';
import type { Endpoints, Service } from '../../middleware/service';
import { settlement, settlementLine, settlementsRoutes } from '../../routes/settlements';
import type { SettlementsDependencies } from './dependencies';
import { bindDependencies } from './dependencies';

/** What providers paid out to a tenant, what people have attested, and the payments it consists of. */
export function newSettlements(deps: SettlementsDependencies): Service {
  const endpoints: Endpoints<typeof settlementsRoutes> = {
    'settlements.create': async ({ tenant, createdId: settlementId, body, context }) => {
      // A disabled connection may still have money to settle.
      const connection = connectionInGate(tenant.gate, body.connectionId);
      if (connection === undefined) return { problem: noConnection };
      const { provider } = connection;
      const ports = { ...deps, journal: deps.forTenant(tenant.id).journal };
      const settled = await settleManually(ports, context, { ...body, tenant: tenant.id, settlementId, provider });
      if (!settled.ok) return { problem: problemOf(settled.error) };
      const { state, version, replayed } = settled.value;
      return { status: 201, body: presentSettlement(state, version), version, replayed };
    },

    'settlements.importLines': async ({ tenant, params, context }) => {
      const ports = { ...deps, journal: deps.forTenant(tenant.id).journal };
      const asked = await askForLines(ports, context, { tenant: tenant.id, settlementId: params.settlementId });
      if (!asked.ok) return { problem: askProblem(asked.error) };
      const { state, version, replayed } = asked.value;
      return { status: 202, body: presentSettlement(state, version), version, replayed };
    },

    'settlements.acknowledge': async ({ tenant, params, body, context, ifMatch }) => {
      const ports = { ...deps, journal: deps.forTenant(tenant.id).journal };
      const looked = await acknowledgeSettlement(ports, context, {
        tenant: tenant.id,
        settlementId: params.settlementId,
        note: body.note,
        ...(ifMatch === undefined ? {} : { ifMatch }),
      });
      if (!looked.ok) return { problem: acknowledgeProblem(looked.error) };
      const { state, version, replayed } = looked.value;
      return { status: 200, body: presentSettlement(state, version), version, replayed };
    },

    'settlements.list': async ({ tenant, query }) =>
      pageOf({
        cursors: await deps.cursors(),
        scope: ['settlements', tenant.id],
        query,
        read: (page) => deps.forTenant(tenant.id).views.list({ tenant: tenant.id }, settlementEntity.kind, page),
        present: ({ data }) => settlement.parse(data),
      }),

    'settlements.get': async ({ tenant, params }) => {
      const stream = settlementStream(tenant.id, params.settlementId);
      const { state, version } = fold(settlementEntity, await deps.forTenant(tenant.id).journal.read(stream));
      if (state === undefined) return { problem: notFound };
      return { status: 200, body: presentSettlement(state, version), version };
    },

    'settlements.lines': async ({ tenant, params, query }) => {
      const { journal, views } = deps.forTenant(tenant.id);
      const commits = await journal.read(settlementStream(tenant.id, params.settlementId));
      if (commits.length === 0) return { problem: notFound };
      return pageOf({
        cursors: await deps.cursors(),
        scope: ['settlement-lines', tenant.id, params.settlementId],
        query,
        read: (page) => views.list({ tenant: tenant.id }, settlementLineKind, { ...page, under: params.settlementId }),
        present: ({ data }) => settlementLine.parse(data),
      });
    },
  };
  return newService(settlementsRoutes, endpoints, deps);
}

const noConnection: Problem = {
  slug: 'refused',
  detail: 'This tenant has no such provider connection.',
  extensions: { reason: 'connection-not-found' },
};

function problemOf(refusal: SettleRefusal | CommandRefusal): Problem {
  switch (refusal.reason) {
    case 'payment-not-found':
      return ruled(refusal, 'This tenant has no such payment.');
    case 'connection-differs':
      return ruled(refusal, 'The payment was made through another connection.');
    case 'currency-differs':
      return ruled(refusal, 'The payment is in another currency.');
    case 'amount-exceeds-unsettled':
      return ruled(refusal, `Of this payment ${formatMoney(refusal.unsettled)} are captured and not settled.`);
    case 'refunded-or-disputed':
      return ruled(
        refusal,
        `Of this payment ${formatMoney(refusal.left)} are neither settled nor refunded nor disputed. If all of it arrived, say gross: true.`,
      );
    case 'fee-exceeds-amount':
      return ruled(refusal, 'The fee is greater than the amount.');
    case 'settlement-not-found':
      return ofPayout(refusal, 'This tenant has no such settlement.');
    case 'not-a-payout':
      return ofPayout(refusal, 'It was made by hand: only a payout of the provider can be explained.');
    case 'payout-repeats':
      return ofPayout(refusal, `Its report was made twice: settlement ${refusal.settlementId} has the money.`);
    case 'payout-connection-differs':
      return ofPayout(refusal, 'The payout is of another connection.');
    case 'payout-currency-differs':
      return ofPayout(refusal, 'The payout is in another currency.');
    case 'payout-pending':
      return ofPayout(refusal, 'The provider has not reported it as paid yet.');
    case 'payout-lines-awaited':
      return ofPayout(refusal, 'Its own lines are still being fetched, and may explain it.');
    case 'amount-exceeds-unexplained':
      return ofPayout(refusal, `Of this payout ${formatMoney(refusal.unexplained)} are unexplained.`);
    case 'explained-too-often':
      return ofPayout(
        refusal,
        `A payout takes ${String(maxExplanations)} settlements, and the last place is for all that is left: ${formatMoney(refusal.unexplained)}.`,
      );
    case 'nothing-arrives':
      return whole(refusal, 'Fees take all of it: nothing has reached the bank.');
    case 'sum-too-large':
      return whole(refusal, 'Together it is more than an amount can be. Divide it among several settlements.');
    case 'withdrawal-recorded':
      return {
        slug: 'refused',
        detail: `Settlement ${refusal.settlementId} records this line of the statement. Another withdrawal has a line of its own: name it in the reference.`,
        extensions: { reason: refusal.reason, pointer: '/evidence/reference', settlementId: refusal.settlementId },
      };
    case 'withdrawals-are-listed':
      return {
        slug: 'refused',
        detail: 'This provider reports what goes to the bank: a withdrawal is a payout in the list.',
        extensions: { reason: refusal.reason, pointer: '/withdrawal' },
      };
    case 'arrives-in-future':
      return whole(refusal, 'The money cannot have arrived on a day that has not come.');
    default:
      return commandProblem(refusal);
  }
}

function askProblem(refusal: AskRefusal | CommandRefusal): Problem {
  switch (refusal.reason) {
    case 'settlement-not-found':
      return notFound;
    case 'not-a-payout':
      return whole(refusal, 'It was made by hand: only a payout of the provider has lines to fetch.');
    case 'payout-pending':
      return whole(refusal, 'The provider has not reported it as paid yet.');
    case 'lines-known':
      return whole(refusal, 'All of its lines are here.');
    case 'payout-explained':
      return whole(refusal, 'People have said what it consists of; its lines would settle the same payments again.');
    default:
      return commandProblem(refusal);
  }
}

function acknowledgeProblem(refusal: AcknowledgeRefusal | CommandRefusal): Problem {
  switch (refusal.reason) {
    case 'settlement-not-found':
      return notFound;
    case 'needs-no-attention':
      return whole(refusal, 'It needs no attention, or somebody has looked at it as it is.');
    default:
      return commandProblem(refusal);
  }
}

/** Says which of the items it is about, or the withdrawal. */
function ruled({ reason, index }: { readonly reason: string; readonly index?: number }, detail: string): Problem {
  const pointer = index === undefined ? '/withdrawal' : `/items/${String(index)}`;
  return { slug: 'refused', detail, extensions: { reason, pointer } };
}

/** About no part of it alone. */
function whole({ reason }: { readonly reason: string }, detail: string): Problem {
  return { slug: 'refused', detail, extensions: { reason } };
}

function ofPayout({ reason }: { readonly reason: string }, detail: string): Problem {
  return { slug: 'refused', detail, extensions: { reason, pointer: '/explains' } };
}

export const handler = newSettlements(bindDependencies());
