import { accounts, projectLedger } from '../../../lambdas/domain/ledger';
import type { Account as BookAccount } from '../../../lambdas/domain/ledger';
import { changePayment, createPayment, paymentEntity, paymentStream, totalsOf } from '../../../lambdas/domain/payments';
import type { Change, Operation, Totals } from '../../../lambdas/domain/payments';
import type { Provider, ProviderName } from '../../../lambdas/domain/providers/provider';
import { importPayout, importsAfter, settleManually } from '../../../lambdas/domain/settlements';
import { applyWebhook, parseWebhookMessage, resolveReference } from '../../../lambdas/domain/webhooks';
import { fold } from '../../../lambdas/kernel/entity';
import { deriveId } from '../../../lambdas/kernel/ids';
import type { Money } from '../../../lambdas/kernel/money';
import { emptyHead, newMemoryWormLog } from '../../support/memory-audit';
import { newMemoryStore } from '../../support/memory-journal';
import { newMemoryLedger } from '../../support/memory-ledger';
import { aContext, connectionId, paymentId, portsOn, tenant } from '../payments/a-payment';
import { now, openAccount } from './shops';
import type { Account } from './shops';

/** A payment of a shop, from the command to the books: everything is the product's own but the stores and the provider. */
export interface Shop extends Pick<Account, 'requests' | 'amountsTold' | 'close'> {
  readonly listsPayouts: boolean;
  create(amount: Money): Promise<Operation>;
  change(change: Change): Promise<Operation>;
  /** Applies what the provider has told since, every delivery twice. How many events there were. */
  hear(): Promise<number>;
  /** The provider pays out; its lines are brought to the payment. */
  payOut(currency: string): Promise<void>;
  /** A person attests that the provider's balance was moved to the bank. */
  withdraw(currency: string, withdrawal: { readonly amount: number; readonly fee: number }): Promise<unknown>;
  totals(): Promise<Totals>;
  /** Debits less credits of every account of the chart in every currency that was posted in. */
  balances(): Promise<Readonly<Record<string, Readonly<Record<BookAccount, number>>>>>;
}

/** `silent`: no answer to an operation ever arrives, though the provider has acted. */
export async function aShop(name: ProviderName, { silent = false } = {}): Promise<Shop> {
  const account = await openAccount(name);
  const provider = silent ? withoutAnswers(account.provider) : account.provider;
  const store = newMemoryStore();
  const ports = portsOn(store.journal, now.toISOString());
  const stream = paymentStream(tenant, paymentId);
  const ledger = aLedger(store);
  let imported = 0;
  let commands = 0;
  const nextContext = () => aContext(`key-${String((commands += 1))}`, `print-${String(commands)}`);
  const performed = (result: Awaited<ReturnType<typeof changePayment | typeof createPayment>>): Operation => {
    if (!result.ok) throw new Error(`refused: ${JSON.stringify(result.error)}`);
    return result.value.operation;
  };

  const hear = async (): Promise<number> => {
    let heard = 0;
    for (const delivery of account.takeDeliveries()) {
      const read = await account.reader.read(delivery, [account.secret], now.getTime());
      if (!read.ok) throw new Error(read.error);
      for (const event of read.value) {
        heard += 1;
        const receivedAt = now.toISOString();
        const sent = { tenant, connectionId, provider: name, event, receivedAt, requestId: 'r-1' };
        const message = parseWebhookMessage(JSON.stringify(sent));
        if (!message.ok) throw new Error(message.error);
        const resolved = await resolveReference(message.value, async () => account.provider);
        const { status } = await applyWebhook(ports, resolved);
        expect(['applied', 'ignored']).toContain(status);
        expect(await applyWebhook(ports, resolved)).toEqual({ status, duplicate: true });
      }
    }
    return heard;
  };

  return {
    requests: account.requests,
    amountsTold: account.amountsTold,
    close: account.close,
    listsPayouts: account.payOut !== undefined,
    create: async (amount) => {
      const { method } = account;
      const input = { tenant, paymentId, connectionId, amount, capture: 'manual', method } as const;
      return performed(await createPayment(ports, nextContext(), input, provider));
    },
    change: async (change) => {
      const target = { tenant, paymentId, ifMatch: undefined };
      return performed(await changePayment(ports, nextContext(), target, change, async () => provider));
    },
    hear,
    payOut: async (currency) => {
      await account.payOut!(currency);
      await hear();
      const due = store.commits.slice(imported).flatMap(importsAfter);
      imported = store.commits.length;
      expect(due).not.toEqual([]);
      for (const { settlementId } of due) {
        const context = { ...aContext('', ''), command: { name: 'settlements.import' } };
        const from = { ...ports, providerOf: async () => account.provider };
        const { result } = await importPayout(from, context, { tenant, settlementId }, () => true);
        expect(['complete', 'nothing-to-import']).toContain(result);
      }
    },
    withdraw: (currency, withdrawal) =>
      settleManually(ports, nextContext(), {
        tenant,
        settlementId: deriveId('settlement', [String(commands)]),
        provider: name,
        connectionId,
        currency,
        arrivedOn: now.toISOString().slice(0, 10),
        items: [],
        withdrawal,
        evidence: { kind: 'bank-statement', reference: `Statement ${String(commands)}` },
      }),
    totals: async () => totalsOf(fold(paymentEntity, await store.journal.read(stream)).state!),
    balances: ledger,
  };
}

/** Sends what it is to send, and hears nothing of it. */
function withoutAnswers(provider: Provider): Provider {
  const unanswered =
    <Request>(send: (request: Request) => Promise<unknown>) =>
    async (request: Request) => {
      await send(request);
      return { status: 'unknown', detail: 'the answer was lost' } as const;
    };
  return {
    ...provider,
    authorize: unanswered((request) => provider.authorize(request)),
    capture: unanswered((request) => provider.capture(request)),
    refund: unanswered((request) => provider.refund(request)),
  };
}

/** Ships what was committed since and projects it; answers what stands in the books then. */
function aLedger(store: ReturnType<typeof newMemoryStore>): Shop['balances'] {
  const worm = newMemoryWormLog();
  const ledger = newMemoryLedger();
  let head = emptyHead;
  const ship = async (): Promise<void> => {
    const records = store.commits.slice(head.nextIndex).map((commit) => ({ type: 'commit' as const, commit }));
    if (records.length === 0) return;
    const { nextIndex: firstIndex, previousHash } = head;
    const put = await worm.put({ owner: { tenant }, firstIndex, previousHash, records });
    if (put.result !== 'written') throw new Error('not shipped');
    head = { nextIndex: firstIndex + records.length, previousHash: put.hash };
  };
  return async () => {
    await ship();
    await projectLedger(
      {
        journal: store.journal,
        worm,
        heads: { read: async () => ({ head, shipped: new Map(), shippedObservations: new Set() }) },
        store: ledger,
        sleep: async () => undefined,
        randomness: { bytes: (count) => new Uint8Array(count) },
      },
      tenant,
      1,
    );
    const { totals } = await ledger.readerOf(tenant).books();
    const currencies = [...new Set(totals.map(({ currency }) => currency))];
    return Object.fromEntries(
      currencies.map((currency) => {
        const own = totals.filter((each) => each.currency === currency);
        const [debits, credits] = [own.map(({ debit }) => debit), own.map(({ credit }) => credit)].map(sum);
        expect(debits).toBe(credits);
        const balances = accounts.map((account): [BookAccount, number] => {
          const posted = own.find((each) => each.account === account);
          return [account, posted === undefined ? 0 : posted.debit - posted.credit];
        });
        return [currency, Object.fromEntries(balances) as Record<BookAccount, number>];
      }),
    );
  };
}

function sum(amounts: readonly number[]): number {
  return amounts.reduce((total, amount) => total + amount, 0);
}
