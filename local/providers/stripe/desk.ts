import type { Exchange } from './balance';
import type { Books } from './books';

/** What whoever works at the fake has before them. */
export interface Desk {
  readonly books: Books;
  /** Where the account counts in another currency than its payments. */
  readonly exchange: Exchange | undefined;
}
