import { isId } from '../../kernel/ids';
import type { Commit } from '../../kernel/journal';
import { paymentEntity } from '../payments';
import { between } from './position';
import type { Account, Position } from './position';

/** One side of an entry. Exactly one of the two amounts is not zero; minor units. */
export interface EntryLine {
  readonly account: Account;
  readonly currency: string;
  readonly debit: number;
  readonly credit: number;
}

/** What one commit did to the books. `index` is its place in the tenant's log, and names the entry. */
export interface Entry {
  readonly index: number;
  readonly at: string;
  readonly commitId: string;
  readonly source: { readonly kind: string; readonly id: string; readonly version: number };
  /** The command behind the commit. */
  readonly command: string;
  readonly paymentId?: string;
  /** The provider's event that gave rise to it. */
  readonly webhookEventId?: string;
  readonly lines: readonly EntryLine[];
}

/** The entry of a commit that brought its entity from one position to another; undefined when no money moved. */
export function entryOf(index: number, commit: Commit, before: Position, after: Position): Entry | undefined {
  const postings = between(before, after);
  if (postings.length === 0) return undefined;
  const { stream, version, command } = commit;
  return {
    index,
    at: commit.at,
    commitId: commit.commitId,
    source: { kind: stream.kind, id: stream.id, version },
    command: command.name,
    ...(stream.kind === paymentEntity.kind ? { paymentId: stream.id } : {}),
    // The event's own key is the key of the command by which it is applied, and its id.
    ...(command.key !== undefined && isId('webhookEvent', command.key) ? { webhookEventId: command.key } : {}),
    lines: postings.map(({ account, currency, amount }) => ({
      account,
      currency,
      debit: Math.max(0, amount),
      credit: Math.max(0, 0 - amount),
    })),
  };
}
