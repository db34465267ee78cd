import { fromItem } from '../lambdas/adapters/dynamodb/attribute-values';
import { parseJournalItem } from '../lambdas/adapters/dynamodb/commit-codec';
import { auditCursorKey, auditHeadKey, leaseKey, ledgerBooksKey } from '../lambdas/adapters/dynamodb/keys';
import { toItem } from '../lambdas/adapters/dynamodb/attribute-values';
import type { Performed, PresentedPayment } from '../lambdas/domain/payments';
import type { Commit, Owner } from '../lambdas/kernel/journal';
import { streamName } from '../lambdas/kernel/journal';
import { fenceOf, jobLease, jobStream } from './actors/jobs';
import { cast } from './cast';
import type { Cloud } from './cloud/cloud';
import { names } from './cloud/cloud';
import type { Attributes } from './cloud/expressions';
import { keyOf } from './cloud/tables';
import { newAuditChecks } from './invariants/audit';
import type { AuditStanding } from './invariants/audit';
import { newLedgerChecks } from './invariants/ledger';
import { newLeaseChecks } from './invariants/leases';
import type { LeaseItem } from './invariants/leases';
import { newPaymentChecks } from './invariants/payments';
import type { PaymentChecks, ProviderTruth } from './invariants/payments';
import type { Jury } from './invariants/violation';
import { newWebhookChecks } from './invariants/webhooks';
import type { WebhookChecks } from './invariants/webhooks';

/** Sees every change of the durable world at the moment it happens, from outside the product, and holds it to the invariants. */
export interface Oracle {
  readonly jury: Jury;
  readonly payments: PaymentChecks;
  readonly webhooks: WebhookChecks;
  readonly leases: { acquired(who: string, fence: number): void };
  readonly ledger: { isBehind(tenant: string): boolean };
  readonly commits: number;
  changed(table: string, before: Attributes | undefined, after: Attributes | undefined): void;
  /** A command was answered as done. */
  answered(key: string, performed: Performed, shown: PresentedPayment): void;
  hasUnshipped(): boolean;
  onPaymentCommit(tell: () => void): void;
  onCommit(tell: () => void): void;
  atRest(): void;
}

export function newOracle(jury: Jury, world: { readonly cloud: () => Cloud; readonly truth: ProviderTruth }): Oracle {
  const cloud = world.cloud;
  const versions = new Map<string, number>();
  const byCommand = new Map<string, Commit[]>();
  const answers = new Map<string, string>();
  const standing = standingOf(cloud);
  const payments = newPaymentChecks(jury, world.truth);
  const webhooks = newWebhookChecks(jury);
  const audit = newAuditChecks(jury, standing);
  const leases = newLeaseChecks(jury);
  const ledger = newLedgerChecks(jury);
  const last = new Map<string, Commit>();
  const ofPayments: (() => void)[] = [];
  const ofAll: (() => void)[] = [];
  let commits = 0;

  const lease = (): LeaseItem | undefined => {
    const item = cloud().tables.get(names.coordinationTable, toItem(leaseKey(jobStream.owner, jobLease)));
    return item === undefined ? undefined : leaseOf(item);
  };

  const committed = (commit: Commit): void => {
    commits += 1;
    const name = streamName(commit.stream);
    const version = (versions.get(name) ?? 0) + 1;
    jury.check(
      commit.version === version,
      'versions of a stream are contiguous',
      () => `${name} ${String(commit.version)} after ${String(version - 1)}`,
    );
    versions.set(name, commit.version);
    last.set(name, commit);
    const { key } = commit.command;
    if (key !== undefined && commit.stream.kind === 'payment')
      byCommand.set(key, [...(byCommand.get(key) ?? []), commit]);
    audit.commit(commit);
    for (const tell of ofAll) tell();
    webhooks.commit(commit);
    if (commit.stream.kind === 'payment') {
      payments.commit(commit);
      const payment = payments.payments.get(name);
      if (payment !== undefined) ledger.payment(payment);
      for (const tell of ofPayments) tell();
    }
    if (commit.stream.kind === jobStream.kind)
      for (const event of commit.events) leases.guarded(commit, fenceOf(event), lease());
  };

  return {
    jury,
    payments,
    webhooks,
    leases,
    ledger: {
      isBehind: (tenant) => ledger.booksOf(tenant).place.index < standing.head({ tenant }).nextIndex,
    },
    get commits() {
      return commits;
    },

    changed: (table, before, after) => {
      if (table === names.journalTable && after !== undefined) {
        jury.check(before === undefined, 'the journal is only added to', () => keyOf(after).pk);
        const record = parseJournalItem(after);
        if (record.type === 'commit') committed(record.commit);
      }
      if (table === names.viewsTable && after !== undefined) {
        const tenant = tenants.find((each) => ledgerBooksKey(each, 1).pk === keyOf(after).pk);
        if (tenant !== undefined) ledger.posted(tenant, after);
      }
      if (table !== names.coordinationTable || after === undefined) return;
      const { pk } = keyOf(after);
      if (pk === leaseKey(jobStream.owner, jobLease).pk)
        leases.changed(before === undefined ? undefined : leaseOf(before), leaseOf(after));
      const owner = owners.find((each) => auditHeadKey(each).pk === pk);
      if (owner !== undefined) audit.headMoved(owner);
    },

    answered: (key, { version, replayed }, shown) => {
      const [intent, outcome] = byCommand.get(key) ?? [];
      jury.check(intent !== undefined, 'a command answered as done is in the journal', () => key);
      if (outcome === undefined) return;
      // Whoever read before the outcome shows the payment as it was then.
      jury.check(
        version <= outcome.version || !replayed,
        'a replay gives the first result',
        () => `${key} gives version ${String(version)}, not ${String(outcome.version)}`,
      );
      if (version !== outcome.version) return;
      const text = JSON.stringify(shown);
      jury.check((answers.get(key) ?? text) === text, 'a replay gives the first result', () => key);
      answers.set(key, text);
    },

    hasUnshipped: () => [...last.values()].some((commit) => standing.cursor(commit) < commit.version),
    onPaymentCommit: (tell) => void ofPayments.push(tell),
    onCommit: (tell) => void ofAll.push(tell),

    atRest: () => {
      payments.atRest();
      webhooks.atRest(cloud().queue.dead.map(({ body }) => body));
      audit.atRest();
      for (const tenant of tenants) {
        const own = [...payments.payments.values()].filter((payment) => payment.tenant === tenant);
        ledger.atRest(tenant, own, standing.head({ tenant }).nextIndex);
      }
      jury.check(cloud().queue.messages.size === 0, 'the queue drains', () => String(cloud().queue.messages.size));
    },
  };
}

const tenants = [...new Set(cast.map(({ tenant }) => tenant))];

const owners: readonly Owner[] = tenants.map((tenant) => ({ tenant }));

function leaseOf(item: Attributes): LeaseItem {
  const { fence, nonce } = fromItem(item);
  return { fence: Number(fence), nonce: typeof nonce === 'string' ? nonce : undefined };
}

function standingOf(cloud: () => Cloud): AuditStanding {
  const fieldsAt = (key: object): Readonly<Record<string, unknown>> | undefined => {
    const item = cloud().tables.get(names.coordinationTable, toItem(key));
    return item === undefined ? undefined : fromItem(item);
  };
  return {
    object: (key) => cloud().bucket.objects.get(key),
    objectCount: () => cloud().bucket.objects.size,
    head: (owner) => {
      const fields = fieldsAt(auditHeadKey(owner));
      return fields === undefined
        ? { nextIndex: 0, previousHash: '0'.repeat(64) }
        : { nextIndex: Number(fields.nextIndex), previousHash: String(fields.previousHash) };
    },
    cursor: ({ stream }) => Number(fieldsAt(auditCursorKey(stream))?.version ?? 0),
  };
}
