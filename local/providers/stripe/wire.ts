/** Stripe's wire format: bodies as forms with brackets, answers and errors as JSON. */

/** A parameter: text, or a group of further ones. Lists are groups by number. */
export type Param = string | Params;

export interface Params {
  readonly [name: string]: Param;
}

/** `a[b][0]=c` as `{ a: { b: { 0: 'c' } } }` [Stripe: API, form-encoded requests]. */
export function decodeForm(text: string): Params {
  const root = new Map<string, unknown>();
  for (const [name, value] of new URLSearchParams(text)) {
    const path = name.replaceAll(']', '').split('[');
    put(root, path, value);
  }
  return plain(root);
}

function put(into: Map<string, unknown>, [head = '', ...rest]: readonly string[], value: string): void {
  if (rest.length === 0) {
    into.set(head, value);
    return;
  }
  const known = into.get(head);
  const group = known instanceof Map ? new Map<string, unknown>(known) : new Map<string, unknown>();
  into.set(head, group);
  put(group, rest, value);
}

function plain(group: ReadonlyMap<string, unknown>): Params {
  return Object.fromEntries(
    [...group].map(([name, value]) => [
      name,
      value instanceof Map ? plain(new Map<string, unknown>(value)) : String(value),
    ]),
  );
}

export function textParam(params: Params, name: string): string | undefined {
  const value = params[name];
  return typeof value === 'string' ? value : undefined;
}

export function groupParam(params: Params, name: string): Params {
  const value = params[name];
  return value === undefined || typeof value === 'string' ? {} : value;
}

/** Throws the documented error when the parameter is missing or no integer. */
export function integerParam(params: Params, name: string): number {
  const text = textParam(params, name);
  if (text === undefined)
    throw invalidRequest(`Missing required param: ${name}.`, { code: 'parameter_missing', param: name });
  if (!/^-?\d+$/.test(text))
    throw invalidRequest(`Invalid integer: ${text}`, { code: 'parameter_invalid_integer', param: name });
  return Number(text);
}

/** The texts of a group, as metadata has them. */
export function textsOf(group: Params): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(group).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

/** An error answer. `stored`: the endpoint had begun to work, so the answer is kept under the idempotency key. */
export class Fault extends Error {
  override readonly name = 'Fault';

  constructor(
    readonly status: number,
    readonly error: Readonly<Record<string, unknown>>,
    readonly stored: boolean,
  ) {
    super(String(error.message));
  }
}

export function invalidRequest(
  message: string,
  more: Readonly<Record<string, unknown>> = {},
  { status = 400, stored = false } = {},
): Fault {
  return new Fault(status, { type: 'invalid_request_error', message, ...more }, stored);
}

export function missing(what: string, id: string, { status = 404, param = 'id' } = {}): Fault {
  return invalidRequest(`No such ${what}: '${id}'`, { code: 'resource_missing', param }, { status });
}

export function cardError(code: string, declineCode: string | undefined, paymentIntent: object): Fault {
  return new Fault(
    402,
    {
      type: 'card_error',
      code,
      ...(declineCode === undefined ? {} : { decline_code: declineCode }),
      message: 'Your card was declined.',
      payment_intent: paymentIntent,
    },
    true,
  );
}

/** A page of a list, newest first [Stripe: pagination]. */
export function pageOf<T extends { readonly id: string }>(
  newestFirst: readonly T[],
  query: URLSearchParams,
  present: (object: T) => object,
): object {
  const after = query.get('starting_after');
  const start = after === null ? 0 : newestFirst.findIndex(({ id }) => id === after) + 1;
  if (after !== null && start === 0) throw missing('object', after, { status: 400, param: 'starting_after' });
  const limit = Math.min(100, Math.max(1, Number(query.get('limit') ?? '10')));
  const page = newestFirst.slice(start, start + limit);
  return { object: 'list', data: page.map(present), has_more: start + limit < newestFirst.length, url: '/v1' };
}

export function isWithin(created: number, query: URLSearchParams): boolean {
  const from = query.get('created[gte]');
  const to = query.get('created[lte]');
  return (from === null || created >= Number(from)) && (to === null || created <= Number(to));
}
