/** What the fake PayPal answers, in PayPal's form. */

export interface Answer {
  readonly status: number;
  readonly body?: object;
}

export function respond({ status, body }: Answer): Response {
  const text = body === undefined ? null : JSON.stringify(body);
  return new Response(text, { status, headers: { 'content-type': 'application/json' } });
}

/** Until whoever asks has waited long enough. */
export function never({ signal }: Request): Promise<Response> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error));
  });
}

/** An error as PayPal writes it [PayPal: API responses]. */
export function errorOf(name: string, issue: string, links: readonly object[] = []): object {
  return {
    name,
    message: 'The requested action could not be performed, semantically incorrect, or failed business validation.',
    debug_id: '90957fca61718',
    details: [{ issue, description: issue }],
    links,
  };
}

export function unprocessable(issue: string, links?: readonly object[]): Answer {
  return { status: 422, body: errorOf('UNPROCESSABLE_ENTITY', issue, links) };
}

export function notFound(): Answer {
  return { status: 404, body: errorOf('RESOURCE_NOT_FOUND', 'INVALID_RESOURCE_ID') };
}

export function badRequest(name: string): Answer {
  return { status: 400, body: { name, message: name, debug_id: '90957fca61718', details: [] } };
}
