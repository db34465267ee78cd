export interface Answer {
  readonly status: number;
  readonly body: string;
  /** Whether it is kept under the idempotency key of its request. */
  readonly stored: boolean;
}

/** [Stripe: idempotent requests: keys may be removed once they are at least 24 hours old] */
const lifeMs = 24 * 3_600_000;

export interface KeptAnswers {
  /** The answer to a request under a key that is known. */
  find(key: string, print: string): Answer | undefined;
  keep(key: string, print: string, answer: Answer): void;
  occupy(key: string): void;
}

/** Answers by idempotency key. After a day a key is as good as new, and a request under it acts again. */
export function newKeptAnswers(now: () => Date): KeptAnswers {
  const kept = new Map<string, { readonly print: string; readonly answer: Answer; readonly atMs: number }>();
  const occupied = new Set<string>();
  return {
    find: (key, print) => {
      if (occupied.has(key)) {
        return refusal(409, {
          type: 'idempotency_error',
          code: 'idempotency_key_in_use',
          message: 'There is currently another in-progress request using this Idempotent Key.',
        });
      }
      const known = kept.get(key);
      if (known === undefined || now().getTime() - known.atMs >= lifeMs) return undefined;
      if (known.print === print) return known.answer;
      return refusal(400, {
        type: 'idempotency_error',
        message: 'Keys for idempotent requests can only be used with the same parameters they were first used with.',
      });
    },
    keep: (key, print, answer) => {
      kept.set(key, { print, answer, atMs: now().getTime() });
    },
    occupy: (key) => {
      occupied.add(key);
    },
  };
}

function refusal(status: number, error: object): Answer {
  return { status, body: JSON.stringify({ error }), stored: false };
}
