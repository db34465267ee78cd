import type { Books } from './books';
import type { Amount, Link, Modification, ModificationKind, Payment } from './books';
import type { Notification } from './notifications';
import { testTokens } from './test-tokens';
import { answered, jsonOf, refused, textIn } from './wire';
import type { Answer, Json } from './wire';

/** What came of a request: its answer, whether that arrives, and what is told by webhook. */
export interface Handled {
  readonly answer: Answer;
  readonly notifications?: readonly Notification[];
  readonly loss?: 'before-effect' | 'after-effect';
}

const paths: Readonly<Record<string, ModificationKind>> = {
  captures: 'CAPTURE',
  refunds: 'REFUND',
  cancels: 'CANCELLATION',
};

/** Payments, links and modifications [Adyen: Checkout API v72]. */
export class Checkout {
  constructor(
    private readonly books: Books,
    private readonly now: () => Date,
  ) {}

  handle(method: string, path: readonly string[], body: Json): Handled {
    const [resource, id, action] = path;
    if (resource === 'paymentMethods')
      return { answer: answered({ paymentMethods: [{ name: 'Cards', type: 'scheme' }] }) };
    if (resource === 'paymentLinks') return { answer: method === 'GET' ? this.link(id) : this.newLink(body) };
    if (resource === 'payments' && id === undefined) return this.pay(body);
    const kind = paths[action ?? ''];
    if (resource === 'payments' && kind !== undefined)
      return this.modify(kind, this.books.payments.get(id ?? ''), body);
    return { answer: refused.notFound };
  }

  private pay(body: Json): Handled {
    const asked = amountIn(body);
    const reference = textIn(body, 'reference');
    if (!isAmount(asked)) return { answer: asked };
    if (reference === undefined || reference.length > 80) return { answer: refused.reference };
    if (textIn(body, 'shopperReference') === undefined) return { answer: refused.contract };
    const name = textIn(jsonOf(body.paymentMethod), 'storedPaymentMethodId') ?? '';
    const token = testTokens.get(name);
    if (token === undefined) return { answer: refused.paymentDetail };
    if (token.loss === 'before-effect') return { answer: refused.internal, loss: 'before-effect' };
    const manual = jsonOf(body.additionalData).manualCapture === 'true';
    const { resultCode } = token;
    if (resultCode === 'RedirectShopper' || resultCode === 'IdentifyShopper') {
      const url = `https://checkout-test.adyen.com/checkoutshopper/threeDS/redirect?ref=${encodeURIComponent(reference)}`;
      return { answer: answered({ resultCode, action: { type: 'redirect', method: 'GET', url } }) };
    }
    const pspReference = this.books.nextPspReference();
    if (resultCode === 'Pending' || resultCode === 'Received') {
      return { answer: answered({ resultCode, pspReference, merchantReference: reference }) };
    }
    const amount = { ...asked, value: asked.value + (token.more ?? 0) };
    const authorised = resultCode === 'Authorised' || resultCode === 'PartiallyAuthorised';
    const notification = this.authorise(
      { pspReference, reference, amount, token: name, authorised, manual },
      token.refusal?.reason,
    );
    const answer = answered({
      pspReference,
      resultCode,
      merchantReference: reference,
      ...(token.withoutAmount === true ? {} : { amount }),
      ...(token.refusal === undefined
        ? {}
        : { refusalReason: token.refusal.reason, refusalReasonCode: token.refusal.code }),
    });
    return { answer, notifications: [notification], ...(token.loss === undefined ? {} : { loss: token.loss }) };
  }

  /** Books an authorization, and tells of it. What is not captured by hand is captured at once. */
  authorise(
    facts: Omit<Payment, 'captured' | 'refunded' | 'cancelled'> & { readonly manual: boolean },
    refusal?: string,
  ): Notification {
    const { manual, ...rest } = facts;
    const captured = facts.authorised && !manual ? facts.amount.value : 0;
    const payment: Payment = { ...rest, captured, refunded: 0, cancelled: false };
    this.books.payments.set(payment.pspReference, payment);
    if (captured > 0) this.settled(payment, payment.pspReference, captured);
    return {
      eventCode: 'AUTHORISATION',
      pspReference: payment.pspReference,
      merchantReference: payment.reference,
      amount: payment.amount,
      success: facts.authorised,
      reason: refusal ?? '073319:1111:03/2030',
    };
  }

  private modify(kind: ModificationKind, payment: Payment | undefined, body: Json): Handled {
    if (payment?.authorised !== true) return { answer: refused.original };
    const asked = kind === 'CANCELLATION' ? payment.amount : amountIn(body);
    if (!isAmount(asked)) return { answer: asked };
    if (asked.currency !== payment.amount.currency) return { answer: refused.currency };
    const { modification, notification } = this.modification(kind, payment, asked, textIn(body, 'reference'));
    const { pspReference, reference, amount } = modification;
    const answer = answered(
      {
        merchantAccount: body.merchantAccount,
        paymentPspReference: payment.pspReference,
        pspReference,
        reference,
        status: 'received',
        ...(kind === 'CANCELLATION' ? {} : { amount }),
      },
      201,
    );
    const isLost = testTokens.get(payment.token)?.losesModifications === true;
    return { answer, notifications: [notification], ...(isLost ? { loss: 'after-effect' as const } : {}) };
  }

  /** Without a reference of its own a modification has that of its payment. */
  modification(
    kind: ModificationKind,
    payment: Payment,
    amount: Amount,
    reference = payment.reference,
  ): { readonly modification: Modification; readonly notification: Notification } {
    const succeeded = isPossible(kind, payment, amount.value);
    const pspReference = this.books.nextPspReference();
    const modification = { kind, pspReference, reference, payment, amount, succeeded };
    if (succeeded) this.book(modification);
    this.books.modifications.push(modification);
    const notification = {
      eventCode: kind,
      pspReference,
      originalReference: payment.pspReference,
      merchantReference: reference,
      amount,
      success: succeeded,
      ...(succeeded ? {} : { reason: 'Insufficient balance on payment' }),
    };
    return { modification, notification };
  }

  private book({ kind, payment, amount: { value }, pspReference }: Modification): void {
    switch (kind) {
      case 'CAPTURE':
        payment.captured += value;
        this.settled(payment, pspReference, value);
        break;
      case 'REFUND':
        payment.refunded += value;
        this.books.unsettled.push({ type: 'Refunded', payment, modification: pspReference, value });
        break;
      case 'CANCELLATION':
        payment.cancelled = true;
        break;
    }
  }

  private settled(payment: Payment, modification: string, value: number): void {
    this.books.unsettled.push({ type: 'Settled', payment, modification, value });
  }

  private newLink(body: Json): Answer {
    const amount = amountIn(body);
    const reference = textIn(body, 'reference');
    if (!isAmount(amount)) return amount;
    if (reference === undefined || reference.length > 80) return refused.reference;
    const id = this.books.nextLinkId();
    const link: Link = {
      id,
      url: `https://test.adyen.link/${id}`,
      reference,
      amount,
      manual: body.manualCapture === true,
      expiresAt: new Date(this.now().getTime() + 86_400_000).toISOString(),
      status: 'active',
    };
    this.books.links.set(id, link);
    return answered(presentLink(link), 201);
  }

  private link(id: string | undefined): Answer {
    const link = this.books.links.get(id ?? '');
    return link === undefined ? refused.notFound : answered(presentLink(link));
  }
}

function presentLink({ id, url, reference, amount, expiresAt, status }: Link): object {
  return { id, url, reference, amount, expiresAt, status, reusable: false };
}

function isPossible(kind: ModificationKind, payment: Payment, value: number): boolean {
  switch (kind) {
    case 'CAPTURE':
      return !payment.cancelled && payment.captured + value <= payment.amount.value;
    case 'REFUND':
      return payment.refunded + value <= payment.captured;
    case 'CANCELLATION':
      return !payment.cancelled && payment.captured < payment.amount.value;
  }
}

function isAmount(value: Amount | Answer): value is Amount {
  return 'currency' in value;
}

function amountIn(body: Json): Amount | Answer {
  const { value, currency } = jsonOf(body.amount);
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) return refused.amount;
  return typeof currency === 'string' && /^[A-Z]{3}$/.test(currency) ? { value, currency } : refused.currency;
}
