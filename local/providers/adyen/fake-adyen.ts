import type { FakeDelivery, FakeProvider } from '../fake-provider';
import { Books } from './books';
import type { Link, Modification, ModificationKind, Payment } from './books';
import { Checkout } from './checkout';
import type { Handled } from './checkout';
import { Management } from './management';
import { Outbox } from './notifications';
import type { Notification } from './notifications';
import { settlementReport } from './settlement-report';
import { jsonOf, lost, problem, refused, textIn, toResponse } from './wire';
import type { Answer, Json } from './wire';

export interface FakeAdyenOptions {
  readonly apiKey: string;
  readonly merchantAccount: string;
  readonly now: () => Date;
  /** The HMAC key of a new webhook, in hex. */
  readonly newHmacKey: () => string;
  readonly reportUser?: { readonly name: string; readonly password: string };
  /** Whether the API key may manage webhooks. */
  readonly managesWebhooks?: boolean;
  readonly itemsPerDelivery?: number;
}

/** Adyen, with one merchant account, and what happens there without us. */
export interface FakeAdyen extends FakeProvider {
  /** The next request is answered so, and does nothing. */
  answerNext(answer: Answer): void;
  /** Authorized payments of ours, by the PSP references that Adyen gave them. */
  paymentsOf(paymentId: string): readonly Payment[];
  modificationsOf(paymentId: string): readonly Modification[];
  /** The customer pays on the page, or is refused there and may try again; or nobody comes in time. */
  visitLink(id: string, outcome: 'pays' | 'is-refused'): void;
  expireLink(id: string): void;
  /** Somebody acts in the Customer Area: without a reference of ours. */
  inCustomerArea(kind: ModificationKind, pspReference: string, value: number): void;
  /** A modification that had succeeded comes back: CAPTURE_FAILED, REFUND_FAILED or REFUNDED_REVERSED. */
  comesBack(modification: Modification, eventCode: string): void;
  /** An event of a dispute, of the whole payment unless told otherwise. All of one payment share the dispute's reference. */
  dispute(pspReference: string, eventCode: string, value?: number): void;
  expire(pspReference: string): void;
  /** Anything else that Adyen may tell. */
  tell(...notifications: readonly Notification[]): void;
  /** Pays out what is booked in a currency, and announces the report. Its name. */
  payOut(currency: string): string;
}

/** Keys are kept for longer than any test runs [Adyen: API idempotency: weeks]. */
export function newFakeAdyen(options: FakeAdyenOptions): FakeAdyen {
  const books = new Books();
  const checkout = new Checkout(books, options.now);
  const management = new Management(options.newHmacKey);
  const outbox = new Outbox(options.merchantAccount, options.now, options.itemsPerDelivery ?? 1);
  const kept = new Map<string, Answer>();
  const forced: Answer[] = [];
  const tell = (...notifications: readonly Notification[]): void => {
    outbox.tell(management.webhooks, notifications);
  };

  const handle = async (request: Request): Promise<Response> => {
    const next = forced.shift();
    if (next !== undefined) return toResponse(next);
    const url = new URL(request.url);
    const [api, , ...path] = url.pathname.split('/').slice(1).map(decodeURIComponent);
    if (api === 'reports') return report(options, books, request, path);
    if (request.headers.get('x-api-key') !== options.apiKey) return toResponse(refused.unauthorized);
    const text = await request.text();
    const body = text === '' ? {} : parse(text);
    if (body === undefined) return toResponse(refused.malformed);
    if (api === 'management') {
      if (options.managesWebhooks === false) return toResponse(problem(403, 'Forbidden'));
      const [, merchant, , ...rest] = path;
      if (merchant !== options.merchantAccount) return toResponse(problem(403, 'Forbidden'));
      return toResponse(management.handle(request.method, rest, url.searchParams, body));
    }
    // Adyen pays out by its own calendar, which is set in the Customer Area: this stands for the day that comes.
    if (api === 'customer-area' && path.join('/') === 'payouts') {
      return toResponse({ status: 201, body: { report: payOut(textIn(body, 'currency') ?? '') } });
    }
    if (api !== 'checkout') return toResponse(refused.notFound);
    if (request.method === 'POST' && textIn(body, 'merchantAccount') !== options.merchantAccount) {
      return toResponse(refused.merchantAccount);
    }
    return once(request, () => checkout.handle(request.method, path, body));
  };

  /** One effect per key; the first answer again, with the key beside it [Adyen: API idempotency]. */
  const once = async (request: Request, run: () => Handled): Promise<Response> => {
    const key = request.headers.get('idempotency-key') ?? undefined;
    const first = key === undefined ? undefined : kept.get(key);
    if (key !== undefined && first !== undefined) return toResponse({ ...first, headers: { 'idempotency-key': key } });
    const { answer, notifications = [], loss } = run();
    if (loss === 'before-effect') return lost(request.signal);
    if (key !== undefined && answer.status < 400) kept.set(key, answer);
    tell(...notifications);
    return loss === 'after-effect' ? lost(request.signal) : toResponse(answer);
  };

  const payOut = (currency: string): string => {
    const own = books.unsettled.filter(({ payment }) => payment.amount.currency === currency);
    const others = books.unsettled.filter((entry) => !own.includes(entry));
    books.unsettled.splice(0, books.unsettled.length, ...others);
    books.batches += 1;
    const name = `settlement_detail_report_batch_${String(books.batches)}.csv`;
    const { merchantAccount } = options;
    const date = options.now().toISOString().slice(0, 19).replace('T', ' ');
    books.reports.set(name, settlementReport({ merchantAccount, batch: books.batches, date, currency }, own));
    tell({
      eventCode: 'REPORT_AVAILABLE',
      pspReference: name,
      merchantReference: '',
      amount: { value: 0, currency: 'EUR' },
      success: true,
      reason: `https://ca-test.adyen.com/reports/download/MerchantAccount/${merchantAccount}/${name}`,
    });
    return name;
  };

  const paymentOf = (pspReference: string): Payment => {
    const payment = books.payments.get(pspReference);
    if (payment === undefined) throw new Error(`no payment ${pspReference}`);
    return payment;
  };
  const linkOf = (id: string): Link => {
    const link = books.links.get(id);
    if (link === undefined) throw new Error(`no link ${id}`);
    return link;
  };
  const paymentsOf = (paymentId: string): readonly Payment[] =>
    [...books.payments.values()].filter(({ reference, authorised }) => authorised && reference.startsWith(paymentId));
  const modificationsOf = (paymentId: string): readonly Modification[] =>
    books.modifications.filter(({ payment }) => payment.reference.startsWith(paymentId));
  /** What is told of a payment as a whole, under a reference of its own. */
  const about = (payment: Payment, value = payment.amount.value) => ({
    merchantReference: payment.reference,
    amount: { value, currency: payment.amount.currency },
    success: true,
  });

  return {
    handle,
    takeDeliveries: (): readonly FakeDelivery[] => outbox.take(),
    effects: (paymentId) =>
      paymentsOf(paymentId).length +
      modificationsOf(paymentId).filter(({ kind, succeeded }) => succeeded && kind !== 'CANCELLATION').length,
    answerNext: (answer) => {
      forced.push(answer);
    },
    paymentsOf,
    modificationsOf,
    visitLink: (id, outcome) => {
      const link = linkOf(id);
      const { reference, amount, manual } = link;
      const authorised = outcome === 'pays';
      if (authorised) link.status = 'completed';
      const pspReference = books.nextPspReference();
      tell(checkout.authorise({ pspReference, reference, amount, token: '', authorised, manual }));
    },
    expireLink: (id) => {
      linkOf(id).status = 'expired';
    },
    inCustomerArea: (kind, pspReference, value) => {
      const payment = paymentOf(pspReference);
      tell(checkout.modification(kind, payment, { value, currency: payment.amount.currency }).notification);
    },
    comesBack: ({ payment, kind, amount, pspReference, reference }, eventCode) => {
      if (kind === 'CAPTURE') payment.captured -= amount.value;
      else payment.refunded -= amount.value;
      if (kind === 'REFUND') {
        books.unsettled.push({ type: 'RefundedReversed', payment, modification: pspReference, value: amount.value });
      }
      const { pspReference: originalReference } = payment;
      tell({ eventCode, pspReference, originalReference, merchantReference: reference, amount, success: true });
    },
    dispute: (pspReference, eventCode, value) => {
      const payment = paymentOf(pspReference);
      const told = about(payment, value);
      const type = bookedOf(eventCode);
      const modification = `D${pspReference.slice(1)}`;
      if (type !== undefined) books.unsettled.push({ type, payment, modification, value: told.amount.value });
      tell({ eventCode, pspReference: modification, originalReference: pspReference, ...told });
    },
    expire: (pspReference) => {
      tell({
        eventCode: 'EXPIRE',
        pspReference: books.nextPspReference(),
        originalReference: pspReference,
        ...about(paymentOf(pspReference)),
      });
    },
    tell,
    payOut,
  };
}

function bookedOf(eventCode: string): 'Chargeback' | 'SecondChargeback' | 'ChargebackReversed' | undefined {
  if (eventCode === 'CHARGEBACK') return 'Chargeback';
  if (eventCode === 'SECOND_CHARGEBACK') return 'SecondChargeback';
  return eventCode === 'CHARGEBACK_REVERSED' ? 'ChargebackReversed' : undefined;
}

/** A report, for the report user alone [Adyen: get reports automatically]. */
function report(
  { reportUser, merchantAccount }: FakeAdyenOptions,
  { reports }: Books,
  request: Request,
  [level, account, name = '']: readonly string[],
): Response {
  const expected =
    reportUser === undefined
      ? undefined
      : `Basic ${Buffer.from(`${reportUser.name}:${reportUser.password}`).toString('base64')}`;
  if (expected === undefined || request.headers.get('authorization') !== expected)
    return new Response('', { status: 401 });
  const text = reports.get(name);
  if (text === undefined || level !== 'MerchantAccount' || account !== merchantAccount) {
    return new Response('', { status: 404 });
  }
  return new Response(text, { headers: { 'content-type': 'text/csv' } });
}

function parse(text: string): Json | undefined {
  try {
    return jsonOf(JSON.parse(text));
  } catch {
    return undefined;
  }
}
