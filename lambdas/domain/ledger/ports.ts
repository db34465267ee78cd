import type { Books, Place, StatementLine } from './books';
import type { Entry } from './entry';
import type { Account } from './position';

/** What is written together: the books as they stand afterwards, and what brought them there. */
export interface BooksChange {
  readonly books: Books;
  readonly entries: readonly Entry[];
  readonly lines: readonly StatementLine[];
}

/** Items that one `post` can write: a transaction has 100 actions [DynamoDB quotas]. The books are one. */
export const maxPosted = 100;

/** Which generations of a tenant's books there are: the one that is read, the one before it, and the number of the newest. */
export interface Generations {
  readonly live: number;
  readonly previous: number | undefined;
  readonly newest: number;
}

/**
 * A tenant's books. They are a view: all of them can be made again from the log, as a new generation beside the one that is read.
 * Reads are strongly consistent.
 */
export interface LedgerStore {
  /** Generation 1 is live in the beginning. */
  generations(tenant: string): Promise<Generations>;
  /** Empty books when the generation has none. */
  books(tenant: string, generation: number): Promise<Books>;
  /** Writes all of the change in one transaction, only if the books still stand at `from`; false when another moved them. */
  post(tenant: string, generation: number, from: Place, change: BooksChange): Promise<boolean>;
  /** Reserves the number of a new generation; undefined when another took it at the same time. */
  beginGeneration(tenant: string, from: Generations): Promise<Generations | undefined>;
  /**
   * Makes `next` the generation that is read, only if both it and the live one stand at `place` at that moment, so that no reader sees
   * the books go back; false when one of them moved, or another switched.
   */
  switchTo(tenant: string, from: Generations, next: number, place: Place): Promise<boolean>;
  /** Removes all items of a generation that nobody reads. May be repeated. */
  remove(tenant: string, generation: number): Promise<void>;
}

/** What is read of the live generation. */
export interface LedgerReader {
  books(): Promise<Books>;
  /** The entry of the commit at this index of the log; undefined when it moved no money, or is not in the books yet. */
  entry(index: number): Promise<Entry | undefined>;
  /** Lines of an account in a currency, newest first, of records before `before`. */
  lines(
    account: Account,
    currency: string,
    options: { readonly limit: number; readonly before?: number },
  ): Promise<readonly StatementLine[]>;
}

/** Tells the projector that a tenant's log has grown. It may be lost or doubled: the sweep finds what no message told of. */
export interface LedgerWaker {
  wake(tenants: readonly string[]): Promise<void>;
}
