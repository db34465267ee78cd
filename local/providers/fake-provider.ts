/**
 * A payment provider that speaks the documented wire format of a real one, in memory: its API, its idempotency, its errors and its
 * signed webhooks. Development and tests only.
 */
export interface FakeProvider {
  /** Answers a request as it came over the wire. One that is to be lost never settles, unless its signal is aborted. */
  handle(request: Request): Promise<Response>;
  /** Takes the webhooks that are due, signed, oldest first: each is handed out once. */
  takeDeliveries(): readonly FakeDelivery[];
  /** How many times money was moved or held for a payment of ours. */
  effects(paymentId: string): number;
}

/** A webhook as it goes over the wire. */
export interface FakeDelivery {
  readonly url: string;
  /** Header names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
}

/**
 * `fetch` that reaches the fake and nothing else. Whoever asks stops waiting by his own signal: that of the request only follows it for
 * as long as somebody holds the request, and a fake that never answers may not.
 */
export function fetchOf({ handle }: Pick<FakeProvider, 'handle'>): typeof fetch {
  return async (input, init) => {
    const answer = handle(new Request(input, init));
    const signal = init?.signal;
    if (signal === undefined || signal === null) return answer;
    return Promise.race([answer, abortOf(signal)]);
  };
}

function abortOf(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const giveUp = (): void => reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
    if (signal.aborted) giveUp();
    else signal.addEventListener('abort', giveUp, { once: true });
  });
}
