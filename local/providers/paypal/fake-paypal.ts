import type { FakeDelivery } from '../fake-provider';
import { never, notFound, respond, unprocessable } from './fake-paypal-answers';
import type { Answer } from './fake-paypal-answers';
import {
  amountOf,
  issueOfAmount,
  presentAuthorization,
  presentCapture,
  presentOrder,
  presentRefund,
  sumOf,
  unitsOf,
} from './fake-paypal-books';
import type { Amount, Order, Resource } from './fake-paypal-books';
import type { FakePaypal, FakePaypalOptions, Fault } from './fake-paypal-handles';
import { bodyOf, certificatePath, signDelivery, testSigner } from './fake-paypal-webhooks';
import { manageWebhooks } from './fake-paypal-webhook-endpoints';
import type { Webhook } from './fake-paypal-webhook-endpoints';
import type { SentEvent } from './fake-paypal-webhooks';

/** What the fake does with a vaulted card, by its id in the vault. Any other is unknown to it. */
export const fakeCards = {
  success: 'vaultsuccess',
  declined: 'vaultdeclined',
  insufficientFunds: 'vaultinsufficient',
  expired: 'vaultexpired',
  requiresAction: 'vaultneeds3ds',
  pending: 'vaultpending',
  lostBefore: 'vaultlostbefore',
  lostAfter: 'vaultlostafter',
  wrongAmount: 'vaultwrongamount',
} as const;

export function newFakePaypal(options: FakePaypalOptions): FakePaypal {
  const orders = new Map<string, Order>();
  const replays = new Map<string, () => Answer>();
  const tokens = new Set<string>();
  const webhooks: Webhook[] = [];
  const events: SentEvent[] = [];
  const requests: { method: string; path: string; requestId: string | null; body: unknown }[] = [];
  const lost = new Set<string>();
  let faults: { readonly path: RegExp; readonly fault: Fault }[] = [];
  let count = 0;
  let sent = 0;

  const nextId = (prefix: string): string => `${prefix}${String((count += 1)).padStart(15, '0')}`;
  const timestamp = (): string =>
    options
      .now()
      .toISOString()
      .replace(/\.\d+Z$/, 'Z');
  const tell = (eventType: string, resourceType: string, resource: object): void => {
    events.push({ eventType, resourceType, resource, at: options.now() });
  };
  const newResource = (prefix: string, fields: Omit<Resource, 'id' | 'create_time' | 'update_time'>): Resource => ({
    ...fields,
    id: nextId(prefix),
    create_time: timestamp(),
    update_time: timestamp(),
  });
  const find = (kind: 'authorizations' | 'captures' | 'refunds', id: string) => {
    for (const order of orders.values()) {
      const resource = order[kind].find((each) => each.id === id);
      if (resource !== undefined) return { order, resource };
    }
    return undefined;
  };
  const tellCapture = (capture: Resource, order: Order): void => {
    const word = { COMPLETED: 'COMPLETED', PENDING: 'PENDING', DECLINED: 'DECLINED' }[capture.status];
    if (word !== undefined) tell(`PAYMENT.CAPTURE.${word}`, 'capture', presentCapture(capture, order));
  };

  const createOrder = (body: Record<string, unknown>): Answer => {
    const { intent, purchase_units: units, payment_source: source } = body;
    const unit = known((units as Order['unit'][])[0]);
    const issue = issueOfAmount(unit.amount);
    if (issue !== undefined) return unprocessable(issue);
    const hosted = (source as { paypal?: object } | undefined)?.paypal !== undefined;
    const status = hosted ? 'PAYER_ACTION_REQUIRED' : 'CREATED';
    const order: Order = {
      id: nextId('ORD'),
      intent: intent as Order['intent'],
      unit,
      hosted,
      status,
      createTime: timestamp(),
      authorizations: [],
      captures: [],
      refunds: [],
    };
    orders.set(order.id, order);
    return { status: 201, body: presentOrder(order) };
  };

  const complete = (order: Order, step: string, body: Record<string, unknown>): Answer => {
    if ((step === 'capture') !== (order.intent === 'CAPTURE')) return unprocessable('ACTION_DOES_NOT_MATCH_INTENT');
    if (order.authorizations.length + order.captures.length > 0) {
      return unprocessable(step === 'capture' ? 'ORDER_ALREADY_CAPTURED' : 'ORDER_ALREADY_AUTHORIZED');
    }
    const card = (body.payment_source as { card?: { vault_id?: string } } | undefined)?.card?.vault_id;
    if (card === undefined && order.status !== 'APPROVED') return unprocessable('ORDER_NOT_APPROVED');
    const refusals: Record<string, string> = {
      [fakeCards.declined]: 'INSTRUMENT_DECLINED',
      [fakeCards.expired]: 'CARD_EXPIRED',
    };
    const isKnown = card === undefined || Object.values<string>(fakeCards).includes(card);
    if (!isKnown) return unprocessable('TOKEN_ID_NOT_FOUND');
    const refusal = refusals[card ?? ''];
    if (refusal !== undefined) return unprocessable(refusal);
    if (card === fakeCards.requiresAction) {
      order.status = 'PAYER_ACTION_REQUIRED';
      const href = `https://www.sandbox.paypal.com/webapps/helios?action=verify&token=${order.id}`;
      return unprocessable('PAYER_ACTION_REQUIRED', [{ href, rel: 'payer-action', method: 'GET' }]);
    }
    const { custom_id, invoice_id, amount } = order.unit;
    const units = unitsOf(amount) + (card === fakeCards.wrongAmount ? 1 : 0);
    const declined = card === fakeCards.insufficientFunds;
    const good = step === 'capture' ? 'COMPLETED' : 'CREATED';
    const bad = step === 'capture' ? 'DECLINED' : 'DENIED';
    const payment = newResource(step === 'capture' ? 'CAP' : 'AUT', {
      status: declined ? bad : card === fakeCards.pending ? 'PENDING' : good,
      amount: amountOf(units, amount.currency_code),
      parent: order.id,
      ...(custom_id === undefined ? {} : { custom_id }),
      ...(invoice_id === undefined ? {} : { invoice_id }),
      ...(declined ? { processor_response: { response_code: '5120' } } : {}),
      ...(step === 'capture' ? { final_capture: true } : {}),
    });
    order.status = 'COMPLETED';
    if (step === 'capture') {
      order.captures.push(payment);
      tellCapture(payment, order);
    } else {
      order.authorizations.push(payment);
      if (!declined) tell('PAYMENT.AUTHORIZATION.CREATED', 'authorization', presentAuthorization(payment, order));
    }
    return { status: 201, body: presentOrder(order) };
  };

  const capture = (id: string, body: { amount?: Amount; invoice_id?: string; final_capture?: boolean }): Answer => {
    const found = find('authorizations', id);
    if (found === undefined) return notFound();
    const { order, resource } = found;
    const amount = body.amount ?? resource.amount;
    const issue = issueOfAmount(amount);
    if (issue !== undefined) return unprocessable(issue);
    if (resource.status === 'VOIDED') return unprocessable('AUTHORIZATION_VOIDED');
    if (resource.status === 'CAPTURED') return unprocessable('AUTHORIZATION_ALREADY_CAPTURED');
    const children = order.captures.filter(({ parent }) => parent === id);
    if (sumOf(children) + unitsOf(amount) > unitsOf(resource.amount))
      return unprocessable('MAX_CAPTURE_AMOUNT_EXCEEDED');
    const { custom_id } = resource;
    const invoice = body.invoice_id ?? resource.invoice_id;
    const made = newResource('CAP', {
      status: 'COMPLETED',
      amount,
      parent: id,
      final_capture: body.final_capture ?? false,
      ...(custom_id === undefined ? {} : { custom_id }),
      ...(invoice === undefined ? {} : { invoice_id: invoice }),
    });
    order.captures.push(made);
    const isAll = sumOf([...children, made]) === unitsOf(resource.amount);
    resource.status = isAll || body.final_capture === true ? 'CAPTURED' : 'PARTIALLY_CAPTURED';
    tellCapture(made, order);
    return { status: 201, body: presentCapture(made, order) };
  };

  const voidAuthorization = (id: string): Answer => {
    const found = find('authorizations', id);
    if (found === undefined) return notFound();
    const { order, resource } = found;
    if (resource.status === 'VOIDED') return unprocessable('PREVIOUSLY_VOIDED');
    if (resource.status === 'CAPTURED') return unprocessable('PREVIOUSLY_CAPTURED');
    resource.status = 'VOIDED';
    tell('PAYMENT.AUTHORIZATION.VOIDED', 'authorization', presentAuthorization(resource, order));
    return { status: 200, body: presentAuthorization(resource, order) };
  };

  const refund = (id: string, body: { amount?: Amount; custom_id?: string; invoice_id?: string }): Answer => {
    const found = find('captures', id);
    if (found === undefined) return notFound();
    const { order, resource } = found;
    const before = order.refunds.filter(({ parent }) => parent === id);
    const left = unitsOf(resource.amount) - sumOf(before);
    const amount = body.amount ?? amountOf(left, resource.amount.currency_code);
    const issue = issueOfAmount(amount);
    if (left === 0) return unprocessable('CAPTURE_FULLY_REFUNDED');
    if (issue !== undefined) return unprocessable(issue);
    if (unitsOf(amount) > left) return unprocessable('REFUND_AMOUNT_EXCEEDED');
    // What is made without ids of its own inherits those of the capture.
    const custom = body.custom_id ?? resource.custom_id;
    const invoice = body.invoice_id ?? resource.invoice_id;
    const made = newResource('REF', {
      status: 'COMPLETED',
      amount,
      parent: id,
      ...(custom === undefined ? {} : { custom_id: custom }),
      ...(invoice === undefined ? {} : { invoice_id: invoice }),
    });
    order.refunds.push(made);
    resource.status = unitsOf(amount) === left ? 'REFUNDED' : 'PARTIALLY_REFUNDED';
    tell('PAYMENT.CAPTURE.REFUNDED', 'refund', presentRefund(made));
    return { status: 201, body: presentRefund(made) };
  };

  const show = (kind: string, id: string): Answer => {
    const order = kind === 'orders' ? orders.get(id) : undefined;
    if (order !== undefined) return { status: 200, body: presentOrder(order) };
    const authorization = kind === 'authorizations' ? find(kind, id) : undefined;
    if (authorization !== undefined) {
      return { status: 200, body: presentAuthorization(authorization.resource, authorization.order) };
    }
    const captured = kind === 'captures' ? find(kind, id) : undefined;
    if (captured !== undefined) return { status: 200, body: presentCapture(captured.resource, captured.order) };
    const refunded = kind === 'refunds' ? find(kind, id) : undefined;
    return refunded === undefined ? notFound() : { status: 200, body: presentRefund(refunded.resource) };
  };

  const act = (method: string, path: string, body: Record<string, unknown>): Answer => {
    const [, , api, kind, id, step] = path.split('/');
    if (api === 'notifications') {
      const newId = (): string => (webhooks.length === 0 ? options.webhookId : nextId('WEB'));
      return manageWebhooks(webhooks, { method, id, body, newId });
    }
    if (method === 'GET') return show(kind ?? '', id ?? '');
    if (kind === 'orders' && id === undefined) return createOrder(body);
    if (kind === 'orders') {
      const order = orders.get(id ?? '');
      return order === undefined ? notFound() : complete(order, step ?? '', body);
    }
    if (step === 'capture') return capture(id ?? '', body);
    if (step === 'void') return voidAuthorization(id ?? '');
    return step === 'refund' ? refund(id ?? '', body) : notFound();
  };

  /** A second request under a key is answered with how the first stands now [PayPal: idempotency]. */
  const actOnce = (method: string, path: string, requestId: string | null, body: Record<string, unknown>): Answer => {
    const replay = requestId === null ? undefined : replays.get(requestId);
    if (replay !== undefined) return replay();
    const answer = act(method, path, body);
    if (requestId !== null && method === 'POST') {
      const { id } = (answer.body ?? {}) as { id?: string };
      const kind = path.includes('/orders')
        ? 'orders'
        : path.endsWith('/refund')
          ? 'refunds'
          : path.endsWith('/void')
            ? 'authorizations'
            : 'captures';
      const isMade = answer.status < 300 && id !== undefined;
      replays.set(requestId, () => (isMade ? show(kind, id) : answer));
    }
    return answer;
  };

  const authorizeClient = (request: Request): Answer => {
    const expected = `Basic ${Buffer.from(`${options.clientId}:${options.clientSecret}`).toString('base64')}`;
    if (request.headers.get('authorization') !== expected) {
      return { status: 401, body: { error: 'invalid_client', error_description: 'Client Authentication failed' } };
    }
    const token = `A21AA${String((count += 1))}`;
    tokens.add(token);
    return {
      status: 200,
      body: {
        scope: 'https://uri.paypal.com/services/payments',
        access_token: token,
        token_type: 'Bearer',
        expires_in: 32400,
      },
    };
  };

  const handle = async (request: Request): Promise<Response> => {
    const { method } = request;
    const path = new URL(request.url).pathname;
    if (path === certificatePath) return new Response(testSigner().chain);
    if (path.startsWith('/v1/notifications/certs/')) return respond(notFound());
    const text = await request.text();
    const body: unknown = request.headers.get('content-type') === 'application/json' ? JSON.parse(text) : text;
    const requestId = request.headers.get('paypal-request-id');
    requests.push({ method, path, requestId, body });

    const planned = faults.find((each) => each.path.test(path))?.fault;
    faults = faults.filter(({ fault }) => fault !== planned);
    if (planned !== undefined && 'answer' in planned) return respond(planned.answer);
    if (path === '/v1/oauth2/token') return respond(authorizeClient(request));
    if (!tokens.has((request.headers.get('authorization') ?? '').replace('Bearer ', ''))) {
      return respond({
        status: 401,
        body: { error: 'invalid_token', error_description: 'Token signature verification failed' },
      });
    }
    const lose = planned?.lose ?? loseByCard(body, requestId);
    if (lose === 'before') return never(request);
    const answer = actOnce(method, path, requestId, (body === '' ? {} : body) as Record<string, unknown>);
    return lose === 'after' ? never(request) : respond(answer);
  };

  /** The first completion with such a card is lost. */
  const loseByCard = (body: unknown, requestId: string | null): 'before' | 'after' | undefined => {
    const card = (body as { payment_source?: { card?: { vault_id?: string } } }).payment_source?.card?.vault_id;
    if ((card !== fakeCards.lostBefore && card !== fakeCards.lostAfter) || requestId === null || lost.has(requestId))
      return undefined;
    lost.add(requestId);
    return card === fakeCards.lostBefore ? 'before' : 'after';
  };

  const takeDeliveries = (): readonly FakeDelivery[] => {
    const taken = events.splice(0).map((event) => ({ event, body: bodyOf(event, (sent += 1)) }));
    return taken.flatMap(({ event, body }) =>
      webhooks
        .filter(({ event_types }) => event_types.some(({ name }) => name === '*' || name === event.eventType))
        .map(({ id, url }) => signDelivery(body, { url, webhookId: id, at: event.at })),
    );
  };

  return {
    handle,
    takeDeliveries,
    requests,
    effects: (paymentId) =>
      [...orders.values()]
        .filter(({ unit }) => unit.custom_id?.startsWith(`${paymentId}.`) === true)
        .flatMap(({ authorizations, captures, refunds }) => [...authorizations, ...captures, ...refunds])
        .filter(({ status }) => status !== 'DENIED' && status !== 'DECLINED').length,
    approve: (orderId) => {
      const order = known(orders.get(orderId));
      order.status = 'APPROVED';
      tell('CHECKOUT.ORDER.APPROVED', 'checkout-order', presentOrder(order));
    },
    refundOutside: (captureId, value) => {
      const { resource } = known(find('captures', captureId));
      refund(captureId, { amount: { ...resource.amount, value } });
    },
    captureOutside: (id, value) => {
      const { resource } = known(find('authorizations', id));
      capture(id, { amount: { ...resource.amount, value } });
    },
    settlePending: (id, status) => {
      const { order, resource } = known(find('captures', id));
      resource.status = status;
      tellCapture(resource, order);
    },
    expireAuthorization: (id) => void voidAuthorization(id),
    dispute: (captureId, { type, fields }) => {
      const { resource } = known(find('captures', captureId));
      const { custom_id, invoice_id, amount } = resource;
      const transaction = {
        seller_transaction_id: captureId,
        seller: { merchant_id: 'RD465XN5VS364' },
        ...(custom_id === undefined ? {} : { custom: custom_id }),
        ...(invoice_id === undefined ? {} : { invoice_number: invoice_id }),
      };
      tell(`CUSTOMER.DISPUTE.${type}`, 'dispute', {
        disputed_transactions: [transaction],
        reason: 'MERCHANDISE_OR_SERVICE_NOT_RECEIVED',
        dispute_id: `PP-D-${captureId.slice(-5)}`,
        dispute_amount: amount,
        create_time: timestamp(),
        update_time: timestamp(),
        ...fields,
      });
    },
    expireTokens: () => tokens.clear(),
    next: (path, fault) => {
      faults.push({ path, fault });
    },
  };
}

/** What a test speaks of is there. */
function known<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('PayPal has no such thing');
  return value;
}
