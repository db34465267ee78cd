/**
 * Counts everything that may lead to more work. Two readings that are equal, with nothing in progress and every queue and
 * stream found empty in between, prove that nothing happened in between: that is what `idle` rests on.
 */
export interface Activity {
  /** Notes that something happened now. */
  touch(): void;
  /** Notes a piece of work in progress; call the answer when it is over. */
  begin(what: string): () => void;
  readonly count: number;
  inProgress(): string[];
}

export function newActivity(): Activity {
  let count = 0;
  let next = 0;
  const open = new Map<number, string>();
  return {
    touch: () => void (count += 1),
    begin(what) {
      const id = (next += 1);
      count += 1;
      open.set(id, what);
      return () => {
        count += 1;
        open.delete(id);
      };
    },
    get count() {
      return count;
    },
    inProgress: () => [...open.values()],
  };
}
