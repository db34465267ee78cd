/** A rule that must hold in every history does not. */
export interface Violation {
  /** The same for every way in which the rule can be broken: shrinking keeps to it. */
  readonly invariant: string;
  readonly detail: string;
}

/** Where the checks report to. The first report ends the history. */
export interface Jury {
  readonly verdict: Violation | undefined;
  readonly checks: number;
  check(holds: boolean, invariant: string, detail: () => string): void;
}

export function newJury(): Jury {
  let verdict: Violation | undefined;
  let checks = 0;
  return {
    get verdict() {
      return verdict;
    },
    get checks() {
      return checks;
    },
    check: (holds, invariant, detail) => {
      checks += 1;
      if (!holds) verdict ??= { invariant, detail: detail() };
    },
  };
}
