/** The mutable side of TOTP: counters and the last used step. Every change is one conditional update, so racing uses count right. */
export interface TotpCounters {
  /**
   * Reserves one attempt before a code is looked at: counts it, and refuses while locked or disabled. Counting first means that
   * parallel guesses are all counted, and a right code during a lock is refused.
   */
  beginAttempt(user: string, nowMs: number): Promise<AttemptGate>;
  /** Marks `step` as used and clears the count, only if it is greater than every used step; false when it was used before. */
  useStep(user: string, step: number): Promise<boolean>;
}

export type AttemptGate =
  | { readonly allowed: true; readonly lastStep: number }
  /** 10 failures in a row [PCI DSS 8.3.4]: `retryAfterMs` until the lock ends. */
  | { readonly allowed: false; readonly reason: 'locked'; readonly retryAfterMs: number }
  /** 100 failures in a row [NIST SP 800-63B-4]: only a superior's reset helps. */
  | { readonly allowed: false; readonly reason: 'disabled' };

/** When a user last verified a second factor, per session (`origin_jti`). */
export interface StepUps {
  record(user: string, session: string, stepUp: StepUp): Promise<void>;
  read(user: string, session: string): Promise<StepUp | undefined>;
}

export interface StepUp {
  readonly verifiedAtMs: number;
  readonly method: 'totp';
}
