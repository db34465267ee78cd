import '../../support/function-env';

import type { LedgerReader } from '../../../lambdas/domain/ledger';
import { projectLedger } from '../../../lambdas/domain/ledger';
import { newLedger } from '../../../lambdas/handlers/ledger/handler';
import { ask, aServiceWorld } from '../../support/service-world';
import { aLog, payment, settlement } from '../../domain/ledger/a-log';
import { eventsOf, tenant as logged } from '../../domain/payments/a-payment';

const whe = 'whe_0123456789abcdefghjk';

/** A tenant whose books hold a payment, its line in a payout to yen, the payout, and a refund. */
async function aTenantWithBooks() {
  const world = aServiceWorld();
  const tenant = await world.tenant();
  await world.member(tenant, 'owner');
  await world.member(tenant, 'auditor', 'auditor');
  const { ports, ledger } = await aLog([
    { stream: payment(1), events: eventsOf({ captured: [600] }) },
    {
      stream: payment(1),
      events: [
        {
          type: 'SettlementReported',
          data: {
            settlementId: 's1',
            kind: 'capture',
            amount: 600,
            currency: 'USD',
            paidOut: { net: 880, fee: 20, currency: 'JPY' },
          },
        },
      ],
      key: whe,
    },
    {
      stream: settlement(1),
      events: [
        {
          type: 'PayoutReported',
          data: { connectionId: 'c', payoutId: 'p', status: 'paid', amount: 880, currency: 'JPY' },
        },
      ],
    },
    { stream: payment(2), events: eventsOf({ captured: [50], refunded: [50] }) },
  ]);
  await projectLedger(ports, logged, 1);
  const none: LedgerReader = aEmptyReader();
  const service = newLedger({ ...world.deps, ledgerOf: (id) => (id === tenant ? ledger.readerOf(logged) : none) });
  const get = (path: string, params: Record<string, string> = {}, query: Record<string, string> = {}, user = 'owner') =>
    ask(service, {
      resource: `/v1/tenants/{tenantId}/ledger/${path}`,
      params: { tenantId: tenant, ...params },
      user,
      query,
    });
  const statement = (account: string, query: Record<string, string>, user?: string) =>
    get('accounts/{account}/statement', { account }, query, user);
  return { world, tenant, get, statement };
}

function aEmptyReader(): LedgerReader {
  return {
    books: async () => ({ place: { object: 0, index: 0, parts: 0 }, asOf: undefined, totals: [] }),
    entry: async () => undefined,
    lines: async () => [],
  };
}

describe('the ledger of a tenant', () => {
  test('has a chart of accounts with their balances, by currency', async () => {
    const { get } = await aTenantWithBooks();
    const { status, body } = await get('accounts', {}, {}, 'auditor');
    expect(status).toBe(200);
    expect(body.asOf).toEqual({ logIndex: 4, at: '2026-11-22T09:00:00.000Z' });
    expect(body.data).toContainEqual({ account: 'bank', currency: 'JPY', debit: 880, credit: 0, balance: 880 });
    expect(body.data).toContainEqual({
      account: 'payouts_clearing',
      currency: 'JPY',
      debit: 880,
      credit: 880,
      balance: 0,
    });
    expect(body.data).toContainEqual({
      account: 'tenant_payable',
      currency: 'USD',
      debit: 0,
      credit: 650,
      balance: -650,
    });
  });

  test('has a trial balance whose sides are equal in every currency', async () => {
    const { get } = await aTenantWithBooks();
    const { body } = await get('trial-balance');
    expect(
      body.currencies.map(({ currency, totalDebit, totalCredit }: Record<string, unknown>) => [
        currency,
        totalDebit,
        totalCredit,
      ]),
    ).toEqual([
      ['JPY', 900, 900],
      ['USD', 650, 650],
    ]);
  });

  test('leads from a line to the entry, its payment and the webhook event', async () => {
    const { get, statement } = await aTenantWithBooks();
    const { body } = await statement('fees', { currency: 'JPY' });
    expect(body).toEqual({
      data: [
        {
          entry: 1,
          at: '2026-11-22T09:00:00.000Z',
          source: { kind: 'payment', id: payment(1).id, version: 2 },
          debit: 20,
          credit: 0,
          balance: 20,
        },
      ],
      nextCursor: null,
    });
    const entry = await get('entries/{index}', { index: String(body.data[0]!.entry) });
    expect(entry.body).toMatchObject({ index: 1, paymentId: payment(1).id, webhookEventId: whe });
    expect(entry.body.lines).toHaveLength(5);
  });

  test('pages a statement, by a cursor of that account and currency alone', async () => {
    const { statement } = await aTenantWithBooks();
    const first = await statement('tenant_payable', { currency: 'USD', limit: '1' });
    expect(first.body.data).toMatchObject([{ entry: 3, credit: 50, balance: -650 }]);
    const cursor = String(first.body.nextCursor);
    const second = await statement('tenant_payable', { currency: 'USD', limit: '1', cursor });
    expect(second.body).toMatchObject({ data: [{ entry: 0, credit: 600, balance: -600 }], nextCursor: null });
    for (const refused of [
      statement('bank', { currency: 'USD', cursor }),
      statement('tenant_payable', { currency: 'JPY', cursor }),
    ]) {
      expect((await refused).status).toBe(400);
    }
  });

  test('has nothing to show of a commit that moved no money, of an account or a place that there is not', async () => {
    const { get, statement } = await aTenantWithBooks();
    expect((await get('entries/{index}', { index: '77' })).status).toBe(404);
    expect((await get('entries/{index}', { index: '01' })).status).toBe(404);
    expect((await statement('cash', { currency: 'USD' })).status).toBe(404);
    expect((await statement('bank', {})).status).toBe(400);
    expect((await statement('bank', { currency: 'EUR' })).body).toEqual({ data: [], nextCursor: null });
  });

  test('is empty before anything was posted', async () => {
    const { world } = await aTenantWithBooks();
    const other = await world.tenant('another');
    await world.member(other, 'other-owner');
    const service = newLedger({ ...world.deps, ledgerOf: aEmptyReader });
    const answer = await ask(service, {
      resource: '/v1/tenants/{tenantId}/ledger/trial-balance',
      params: { tenantId: other },
      user: 'other-owner',
    });
    expect(answer.body).toEqual({ asOf: { logIndex: 0, at: null }, currencies: [] });
  });

  test('is for those who may read it', async () => {
    const { world, tenant, get } = await aTenantWithBooks();
    await world.member(tenant, 'blind', 'admin', ['payments:read']);
    expect((await get('accounts', {}, {}, 'blind')).status).toBe(403);
    expect((await get('accounts', {}, {}, 'stranger')).status).toBe(404);
  });
});
