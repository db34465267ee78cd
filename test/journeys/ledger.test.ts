import { balancesOf, recomputed } from '../domain/ledger/a-log';
import { sharedCloud, type Parsed } from '../support/local-cloud';
import { newOperator } from '../support/operator';
import { aConnectedTenant, aPayment, must, newKey, type ConnectedTenant } from '../support/people';

const cloud = sharedCloud();
const operator = newOperator(cloud);

/** Longer than the ledger's queue hides a message after its function died. */
const visibilityMs = 400_000;

const projector = 'countinghouse-dev-ledger-projector';

describe('the ledger of a shop', () => {
  let tenant: ConnectedTenant;
  let paid: Parsed;
  let disputed: Parsed;

  const get = async (path: string): Promise<Parsed> => must(await tenant.owner.api.get(`${tenant.path}/${path}`), 200);

  const totals = async () => (await get('ledger/accounts')).data as Parameters<typeof balancesOf>[0];

  /** Until nothing moves any more: webhooks of the sandbox come seconds after its answers. */
  const settle = async (): Promise<void> => {
    await cloud.idle();
    await cloud.advanceClock(10_000);
    await cloud.idle();
  };

  /** What the states of all entities come to, read from the journal itself. */
  const fromTheJournal = async () => {
    const commits = (await operator.journal()).flatMap((record) => (record.type === 'commit' ? [record.commit] : []));
    const own = commits.filter(({ stream }) => stream.owner !== 'platform' && stream.owner.tenant === tenant.tenantId);
    return recomputed(own.sort((a, b) => a.version - b.version));
  };

  beforeAll(async () => {
    tenant = await aConnectedTenant(cloud, 'Ledger Shop');
    const post = async (payment: Parsed, path: string, amount: number): Promise<unknown> => {
      const url = `${tenant.path}/payments/${String(payment.id)}/${path}`;
      return tenant.owner.api.post(url, { amount: { amount, currency: payment.amount.currency } }, newKey());
    };
    [paid, disputed] = await Promise.all([
      aPayment(tenant, { amount: 1000, capture: 'manual' }),
      aPayment(tenant, { amount: 700, token: 'tok_disputed' }),
      aPayment(tenant, { amount: 5000, currency: 'JPY', token: 'tok_settled' }),
      aPayment(tenant, { amount: 1234, currency: 'KWD' }),
    ]);
    await post(paid, 'capture', 600);
    await post(paid, 'refunds', 100);
    await settle();
  });

  it('balances in every currency, and says of each account what happened', async () => {
    const { currencies } = await get('ledger/trial-balance');
    const balances = (currency: string): Record<string, number> => {
      const found = currencies.find((each: Parsed) => each.currency === currency);
      expect(found.totalDebit).toBe(found.totalCredit);
      return Object.fromEntries(found.accounts.map(({ account, balance }: Parsed) => [account, balance]));
    };
    expect(currencies.map(({ currency }: Parsed) => currency)).toEqual(['JPY', 'KWD', 'USD']);
    expect(balances('USD')).toEqual({ provider_receivable: 500, tenant_payable: -1300, refunds: 100, disputes: 700 });
    expect(balances('KWD')).toEqual({ provider_receivable: 1234, tenant_payable: -1234 });
    const jpy = balances('JPY');
    expect(jpy.tenant_payable).toBe(-5000);
    // Paid out and explained: nothing is left with the provider.
    expect([jpy.provider_receivable, jpy.suspense ?? 0]).toEqual([0, 0]);
  });

  it('leads from a balance to the posting, the entry, the webhook event and the payment', async () => {
    const statement = await get('ledger/accounts/disputes/statement?currency=USD&limit=1');
    const [line] = statement.data;
    expect(line).toMatchObject({ debit: 700, credit: 0, balance: 700, source: { kind: 'payment', id: disputed.id } });
    const entry = await get(`ledger/entries/${String(line.entry)}`);
    expect(entry).toMatchObject({ index: line.entry, paymentId: disputed.id });
    expect(entry.lines).toEqual([
      { account: 'provider_receivable', currency: 'USD', debit: 0, credit: 700 },
      { account: 'disputes', currency: 'USD', debit: 700, credit: 0 },
    ]);
    expect(await get(`webhook-events/${String(entry.webhookEventId)}`)).toMatchObject({
      status: 'applied',
      paymentId: disputed.id,
    });
    expect(await get(`payments/${String(paid.id)}`)).toMatchObject({ refundedAmount: { amount: 100 } });
  });

  it('posts each commit once, whenever the projector dies, and however often it is woken', async () => {
    const deaths = [
      { kind: 'kill-before', action: 'GetObject' },
      { kind: 'kill-before', action: 'TransactWriteItems' },
      { kind: 'kill-after', action: 'TransactWriteItems' },
    ] as const;
    for (const [index, death] of deaths.entries()) {
      await cloud.addFault({ id: `death ${String(index)}`, functionName: projector, ...death });
      await aPayment(tenant, { amount: 10 });
      await settle();
      await cloud.advanceClock(visibilityMs);
      await cloud.idle();
    }
    const fired = (await cloud.faults()).map((fault) => fault.fired);
    await cloud.clearFaults();
    expect(fired).toEqual([1, 1, 1]);

    await aPayment(tenant, { amount: 10 });
    const body = JSON.stringify({ tenant: tenant.tenantId });
    const Records = [1, 2, 3].map((number) => ({ messageId: String(number), body }));
    const answers = await Promise.all([1, 2, 3, 4].map(() => cloud.invoke(projector, { Records })));
    expect(answers.map(({ payload }) => payload)).toEqual(answers.map(() => ({ batchItemFailures: [] })));
    await settle();

    const after = await totals();
    expect(balancesOf(after)).toEqual(await fromTheJournal());
    const payable = after.find(({ account, currency }) => account === 'tenant_payable' && currency === 'USD');
    expect(payable).toMatchObject({ debit: 0, credit: 1300 + 4 * 10 });
  }, 60_000);

  it('is the same when it is made anew from the log', async () => {
    const before = await totals();
    const { payload, functionError } = await cloud.invoke('rebuild-ledger', { tenantId: tenant.tenantId });
    expect(functionError).toBeUndefined();
    expect(payload).toMatchObject({ result: 'switched', generation: 2, differences: [] });
    expect(await totals()).toEqual(before);
    await aPayment(tenant, { amount: 10 });
    await settle();
    expect(balancesOf(await totals())).toEqual(await fromTheJournal());
  });
});
