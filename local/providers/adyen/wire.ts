/** Answers as Adyen forms them [Adyen: response handling; error codes]. */

export interface Answer {
  readonly status: number;
  readonly body: object;
  readonly headers?: Readonly<Record<string, string>>;
}

export const answered = (body: object, status = 200): Answer => ({ status, body });

export const refused = {
  unauthorized: failed(401, '000', 'HTTP Status Response - Unauthorized', 'security'),
  notAllowed: failed(403, '010', 'Not allowed', 'security'),
  merchantAccount: failed(403, '901', 'Invalid Merchant Account', 'security'),
  notFound: failed(404, '000', 'HTTP Status Response - Not Found', 'validation'),
  malformed: failed(400, '702', 'Structure of JSON is invalid', 'validation'),
  amount: failed(422, '137', 'Invalid amount specified', 'validation'),
  currency: failed(422, '138', 'Unsupported currency specified', 'validation'),
  reference: failed(422, '130', 'Reference Missing', 'validation'),
  original: failed(422, '167', 'Original pspReference required for this operation', 'validation'),
  contract: failed(422, '800', 'Contract not found', 'validation'),
  paymentDetail: failed(422, '803', 'PaymentDetail not found', 'validation'),
  inProgress: failed(422, '704', 'Request already processed or in progress', 'validation'),
  tooMany: failed(429, '000', 'HTTP Status Response - Too Many Requests', 'internal'),
  internal: failed(500, '000', 'Internal error', 'internal'),
} as const;

function failed(status: number, errorCode: string, message: string, errorType: string): Answer {
  return { status, body: { status, errorCode, message, errorType } };
}

/** The Management API answers as RFC 7807 has it [Adyen: Management API, errors]. */
export function problem(status: number, title: string): Answer {
  return {
    status,
    body: { type: 'https://docs.adyen.com/errors/security/unauthorized', title, status, detail: title },
  };
}

export function toResponse({ status, body, headers }: Answer): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json;charset=utf-8', ...headers },
  });
}

export type Json = Readonly<Record<string, unknown>>;

export function jsonOf(value: unknown): Json {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? { ...value } : {};
}

export function textIn(json: Json, name: string): string | undefined {
  const value = json[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Never settles, as a request whose answer is lost, unless its caller gives up. */
export function lost(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const giveUp = (): void => {
      reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
    };
    if (signal.aborted) giveUp();
    else signal.addEventListener('abort', giveUp, { once: true });
  });
}
