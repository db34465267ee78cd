/** What came of one call to a provider. */
export type Call =
  | {
      readonly result: 'answered';
      readonly status: number;
      /** Parsed JSON; undefined when the answer is none. */
      readonly body: unknown;
      /** Names in lower case. */
      readonly headers: Readonly<Record<string, string>>;
    }
  /** Nothing left this machine. */
  | { readonly result: 'not-sent' }
  /** It left, or may have left, and no whole answer came back. */
  | { readonly result: 'unanswered'; readonly detail: string };

export interface ProviderCallOptions {
  readonly fetch: typeof fetch;
  /** For a whole call, from resolving the name to the last byte. */
  readonly timeoutMs: number;
}

/** Calls a provider once: a call that may have acted is never repeated here. */
export async function callProvider(
  { fetch: send, timeoutMs }: ProviderCallOptions,
  request: {
    readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
    readonly url: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly json?: object;
    /** A body in another form than JSON; its `content-type` is among the headers. */
    readonly text?: string;
  },
): Promise<Call> {
  const { method, url, headers, json, text } = request;
  const body = json === undefined ? text : JSON.stringify(json);
  try {
    const response = await send(url, {
      method,
      headers: { ...headers, ...(json === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body }),
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
    return {
      result: 'answered',
      status: response.status,
      body: parseJson(await response.text()),
      headers: Object.fromEntries(response.headers),
    };
  } catch (error) {
    return wasNotSent(error) ? { result: 'not-sent' } : { result: 'unanswered', detail: nameOf(error) };
  }
}

/**
 * Only a 4xx is a refusal, and 408, 409, 425 and 429 say that the request may be under way still, or may come again. Whatever else
 * was answered, by the provider or by something between it and us, does not say that nothing was done.
 */
export function isRefusal(status: number): boolean {
  return status >= 400 && status < 500 && ![408, 409, 425, 429].includes(status);
}

function parseJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}

/** Only a refused connection and an unknown name are proof that the request never left. */
export function wasNotSent(error: unknown): boolean {
  const code = fieldOf(fieldOf(error, 'cause'), 'code') ?? fieldOf(error, 'code');
  return code === 'ECONNREFUSED' || code === 'ENOTFOUND' || code === 'EAI_AGAIN';
}

/** The kind of error alone: its text may hold addresses. */
function nameOf(error: unknown): string {
  const name = fieldOf(error, 'name');
  return typeof name === 'string' ? name : 'error';
}

function fieldOf(value: unknown, name: string): unknown {
  if (value === null || typeof value !== 'object') return undefined;
  const field: unknown = Reflect.get(value, name);
  return field;
}
