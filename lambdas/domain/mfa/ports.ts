/** The mutable side of any code. Every change is one conditional update, so racing uses count right. */
export interface AttemptCounters {
  /**
   * Reserves one attempt before a code is looked at: counts it, and refuses while locked or disabled. Counting first means that
   * parallel guesses are all counted, and a right code during a lock is refused.
   */
  beginAttempt(user: string, nowMs: number): Promise<AttemptGate>;
  /** Forgets everything, locks included: the factors that it was about are gone. */
  reset(user: string): Promise<void>;
}

/** Of the codes of the authenticator app: attempts and the last used step. */
export interface TotpCounters extends AttemptCounters {
  beginAttempt(user: string, nowMs: number): Promise<StepGate>;
  /** Marks `step` as used and clears the count, only if it is greater than every used step; false when it was used before. */
  useStep(user: string, step: number): Promise<boolean>;
}

/** Of recovery codes: a count of their own, so that wrong codes of the app never shut the way out that they are. */
export interface RecoveryCounters extends AttemptCounters {
  /** Clears the count after a right code. */
  forgive(user: string): Promise<void>;
}

export type StepGate = { readonly allowed: true; readonly lastStep: number } | ClosedGate;

export type AttemptGate = { readonly allowed: true } | ClosedGate;

export type ClosedGate =
  /** 10 failures in a row [PCI DSS 8.3.4]: `retryAfterMs` until the lock ends. */
  | { readonly allowed: false; readonly reason: 'locked'; readonly retryAfterMs: number }
  /** 100 failures in a row [NIST SP 800-63B-4]: only a superior's reset helps. */
  | { readonly allowed: false; readonly reason: 'disabled' };

/** When a user last verified a second factor, per session (`origin_jti`). */
export interface StepUps {
  record(user: string, session: string, stepUp: StepUp): Promise<void>;
  /** Undefined as well when all step-ups of its time were revoked. */
  read(user: string, session: string): Promise<StepUp | undefined>;
  /** From now on no step-up of the user counts, in whatever session, that was verified at `untilMs` or before. */
  revoke(user: string, untilMs: number): Promise<void>;
}

export interface StepUp {
  readonly verifiedAtMs: number;
  readonly method: StepUpMethod;
}

export const stepUpMethods = ['totp', 'recovery-code', 'passkey'] as const;

export type StepUpMethod = (typeof stepUpMethods)[number];

/** Challenges of passkeys: one a user, session and ceremony; a new one takes the place of an earlier one. */
export interface PasskeyChallenges {
  keep(place: ChallengePlace, challenge: string, expiresAtMs: number): Promise<void>;
  /** Takes the challenge away, and so gives it to one caller at most; undefined when there is none, or when it has expired. */
  take(place: ChallengePlace, nowMs: number): Promise<string | undefined>;
}

export interface ChallengePlace {
  readonly user: string;
  readonly session: string;
  readonly ceremony: 'register' | 'verify';
}

/** The last signature counter seen of each passkey. */
export interface PasskeyCounters {
  /**
   * Moves the counter on: true if it is greater than any seen before, or if both are zero, as with authenticators that do not
   * count. False says that the passkey may have been copied [Web Authentication, section 6.1.1].
   */
  advance(user: string, passkeyId: string, counter: number): Promise<boolean>;
}

/** Checks what an authenticator has signed, as the standard demands, for our site and no other. User verification is required. */
export interface PasskeyVerifier {
  /** The site that passkeys are bound to: the RP ID. */
  readonly site: string;
  /** Undefined when anything about it is not as it must be. */
  registration(response: RegistrationResponse, challenge: string): Promise<RegisteredCredential | undefined>;
  /** The signature counter; undefined when anything is not as it must be. The counter is judged by the caller. */
  assertion(
    response: AssertionResponse,
    challenge: string,
    credential: Pick<RegisteredCredential, 'credentialId' | 'publicKey'>,
  ): Promise<{ readonly counter: number } | undefined>;
}

export interface RegisteredCredential {
  readonly credentialId: string;
  readonly publicKey: string;
  readonly counter: number;
}

/** What a browser's `PublicKeyCredential.toJSON()` gives after a registration, as far as it is used. Texts are base64url. */
export interface RegistrationResponse {
  readonly id: string;
  readonly rawId: string;
  readonly type: 'public-key';
  readonly response: {
    readonly clientDataJSON: string;
    readonly attestationObject: string;
    readonly transports?: readonly string[] | undefined;
  };
}

/** The same after an assertion. */
export interface AssertionResponse {
  readonly id: string;
  readonly rawId: string;
  readonly type: 'public-key';
  readonly response: {
    readonly clientDataJSON: string;
    readonly authenticatorData: string;
    readonly signature: string;
    readonly userHandle?: string | null | undefined;
  };
}
