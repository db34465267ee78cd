/** What the fake PayPal has on record, in the form of PayPal's resources [PayPal: Orders v2, Payments v2]. */

export interface Amount {
  readonly currency_code: string;
  readonly value: string;
}

export interface Resource {
  readonly id: string;
  status: string;
  readonly amount: Amount;
  readonly custom_id?: string;
  readonly invoice_id?: string;
  readonly final_capture?: boolean;
  readonly processor_response?: { readonly response_code: string };
  readonly create_time: string;
  update_time: string;
  /** Whose child it is; not part of the resource. */
  readonly parent: string;
}

export interface Order {
  readonly id: string;
  readonly intent: 'AUTHORIZE' | 'CAPTURE';
  readonly unit: { readonly amount: Amount; readonly custom_id?: string; readonly invoice_id?: string };
  readonly hosted: boolean;
  readonly createTime: string;
  status: string;
  readonly authorizations: Resource[];
  readonly captures: Resource[];
  readonly refunds: Resource[];
}

const wholeOnly = ['HUF', 'JPY', 'TWD'];
const supported = `AUD BRL CAD CHF CNY CZK DKK EUR GBP HKD ILS MXN MYR NOK NZD PHP PLN SEK SGD THB USD ${wholeOnly.join(' ')}`;

/** What PayPal says of an amount that it does not take; undefined for one that it takes. */
export function issueOfAmount({ currency_code, value }: Amount): string | undefined {
  if (!supported.split(' ').includes(currency_code)) return 'INVALID_CURRENCY_CODE';
  if (!/^\d+(\.\d+)?$/.test(value) || !/[1-9]/.test(value)) return 'CANNOT_BE_ZERO_OR_NEGATIVE';
  const [, fraction = ''] = value.split('.');
  if (wholeOnly.includes(currency_code) && fraction !== '') return 'DECIMALS_NOT_SUPPORTED';
  return fraction.length > 2 ? 'DECIMAL_PRECISION' : undefined;
}

/** In the smallest unit that PayPal counts in. */
export function unitsOf({ currency_code, value }: Amount): number {
  const [whole = '0', fraction = ''] = value.split('.');
  return Number(wholeOnly.includes(currency_code) ? whole : `${whole}${fraction.padEnd(2, '0')}`);
}

export function amountOf(units: number, currency_code: string): Amount {
  if (wholeOnly.includes(currency_code)) return { currency_code, value: String(units) };
  const digits = String(units).padStart(3, '0');
  return { currency_code, value: `${digits.slice(0, -2)}.${digits.slice(-2)}` };
}

export function sumOf(resources: readonly Resource[]): number {
  return resources
    .filter(({ status }) => !['DECLINED', 'FAILED', 'DENIED', 'CANCELLED'].includes(status))
    .reduce((sum, { amount }) => sum + unitsOf(amount), 0);
}

const api = 'https://api.sandbox.paypal.com';
const page = 'https://www.sandbox.paypal.com/checkoutnow';

export function presentOrder(order: Order): object {
  const { id, intent, status, unit, hosted, createTime } = order;
  const { authorizations, captures, refunds } = order;
  const hasPayments = authorizations.length + captures.length > 0;
  const rel = hosted ? 'payer-action' : 'approve';
  const payments = {
    ...(authorizations.length === 0
      ? {}
      : { authorizations: authorizations.map((each) => presentAuthorization(each, order)) }),
    ...(captures.length === 0 ? {} : { captures: captures.map((each) => presentCapture(each, order)) }),
    ...(refunds.length === 0 ? {} : { refunds: refunds.map(presentRefund) }),
  };
  return {
    id,
    intent,
    status,
    ...(hosted ? { payment_source: { paypal: {} } } : {}),
    purchase_units: [{ reference_id: 'default', ...unit, ...(hasPayments ? { payments } : {}) }],
    create_time: createTime,
    links: [
      { href: `${api}/v2/checkout/orders/${id}`, rel: 'self', method: 'GET' },
      ...(hasPayments ? [] : [{ href: `${page}?token=${id}`, rel, method: 'GET' }]),
    ],
  };
}

export function presentAuthorization({ parent: _, ...authorization }: Resource, order: Order): object {
  return {
    ...authorization,
    expiration_time: '2026-03-01T12:00:00Z',
    supplementary_data: { related_ids: { order_id: order.id } },
    links: [{ href: `${api}/v2/payments/authorizations/${authorization.id}`, rel: 'self', method: 'GET' }],
  };
}

export function presentCapture({ parent, ...capture }: Resource, order: Order): object {
  const isOfAuthorization = order.authorizations.some(({ id }) => id === parent);
  const gross = unitsOf(capture.amount);
  const fee = Math.min(gross, Math.round(gross * 0.03) + 30);
  const { currency_code } = capture.amount;
  return {
    ...capture,
    supplementary_data: {
      related_ids: { order_id: order.id, ...(isOfAuthorization ? { authorization_id: parent } : {}) },
    },
    ...(capture.status === 'COMPLETED'
      ? {
          seller_receivable_breakdown: {
            gross_amount: capture.amount,
            paypal_fee: amountOf(fee, currency_code),
            net_amount: amountOf(gross - fee, currency_code),
          },
        }
      : {}),
    links: [
      { href: `${api}/v2/payments/captures/${capture.id}`, rel: 'self', method: 'GET' },
      {
        href: isOfAuthorization ? `${api}/v2/payments/authorizations/${parent}` : `${api}/v2/checkout/orders/${parent}`,
        rel: 'up',
        method: 'GET',
      },
    ],
  };
}

export function presentRefund({ parent, ...refund }: Resource): object {
  const gross = unitsOf(refund.amount);
  const fee = Math.round(gross * 0.03);
  const { currency_code } = refund.amount;
  return {
    ...refund,
    seller_payable_breakdown: {
      gross_amount: refund.amount,
      paypal_fee: amountOf(fee, currency_code),
      net_amount: amountOf(gross - fee, currency_code),
    },
    links: [
      { href: `${api}/v2/payments/refunds/${refund.id}`, rel: 'self', method: 'GET' },
      { href: `${api}/v2/payments/captures/${parent}`, rel: 'up', method: 'GET' },
    ],
  };
}
