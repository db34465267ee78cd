import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

import {
  readAuthorization,
  readCapture,
  readOrder,
  readRefund,
} from '../../../../lambdas/adapters/providers/paypal/paypal-answers';
import { markOf } from '../../../../lambdas/adapters/providers/paypal/paypal-marks';
import { readPaypalAmount } from '../../../../lambdas/adapters/providers/paypal/paypal-money';
import { orderBody, orderRequestId } from '../../../../lambdas/adapters/providers/paypal/paypal-orders';
import { outcomeOf } from '../../../../lambdas/adapters/providers/paypal/paypal-refusals';
import { errorOf } from '../../../../local/providers/paypal/fake-paypal-answers';
import { presentCapture, presentRefund } from '../../../../local/providers/paypal/fake-paypal-books';

/** Against PayPal's own specification, which lies beside the repository where it lies at all. */
const folder = path.join(__dirname, '../../../../../shared/fixtures/paypal');
const isThere = existsSync(folder);

interface Schema {
  readonly enum?: readonly string[];
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly allOf?: readonly Schema[];
  readonly $ref?: string;
}

interface Specification {
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema>>;
    readonly parameters: Readonly<Record<string, { readonly schema: Schema }>>;
  };
  readonly paths: Readonly<Record<string, unknown>>;
}

const specification = (name: string): Specification =>
  JSON.parse(readFileSync(path.join(folder, `${name}.json`), 'utf8')) as Specification;

const amount = { currency_code: 'USD', value: '10.00' };

if (!isThere) {
  test('of PayPal is not checked: it is not beside the repository', () => {
    expect(isThere).toBe(false);
  });
} else {
  const orders = specification('checkout_orders_v2');
  const payments = specification('payments_payment_v2');
  const statusesOf = ({ components }: Specification, name: string) =>
    components.schemas[name]!.properties!.status!.enum!;

  describe("PayPal's specification", () => {
    test('names no status of an authorization, capture, refund or order that is not understood', () => {
      for (const status of statusesOf(payments, 'authorization_status')) {
        expect(readAuthorization({ id: 'A1', status, amount }, 'O1')).toBeDefined();
      }
      for (const status of statusesOf(payments, 'capture_status')) {
        expect(readCapture({ id: 'C1', status, amount }, 'C1')).toBeDefined();
      }
      for (const status of statusesOf(payments, 'refund_status')) {
        expect(readRefund({ id: 'R1', status, amount })).toBeDefined();
      }
      for (const status of orders.components.schemas.order_status!.enum!) {
        expect(readOrder({ id: 'O1', status, purchase_units: [{ amount }] }).status).toBe(status);
      }
    });

    test('names no issue of a refusal that is not an outcome', () => {
      const issues = [orders, payments].flatMap(({ components }) =>
        Object.entries(components.schemas)
          .filter(([name]) => /4\d\d$/.test(name))
          .flatMap(([, schema]) => [
            ...JSON.stringify(schema).matchAll(/"issue":\{"type":"string","enum":\["([A-Z_]+)"/g),
          ])
          .map(([, issue]) => issue!),
      );
      expect(new Set(issues).size).toBeGreaterThan(150);
      for (const issue of issues) {
        const call = {
          result: 'answered',
          status: 422,
          headers: {},
          body: errorOf('UNPROCESSABLE_ENTITY', issue),
        } as const;
        const outcome = outcomeOf(call, () => {
          throw new Error('a refusal is not read');
        });
        const isDoubtful =
          /^(DUPLICATE_INVOICE|ORDER_ALREADY_(AUTH|CAPT)|ORDER_COMPLETION|ORDER_COMPLETED|ORDER_NOT_APPROVED|PREVIOUS_REQUEST)/;
        expect([issue, outcome.status]).toEqual([issue, isDoubtful.test(issue) ? 'unknown' : 'failed']);
      }
    });

    test('has room for our marks and keys', () => {
      const id = (prefix: string) => `${prefix}_${'0'.repeat(20)}`;
      const mark = markOf({ paymentId: id('pay'), operationId: id('op'), kind: 'capture' });
      const unit = orders.components.schemas.purchase_unit_request!.properties!;
      expect(mark.length).toBeLessThanOrEqual(unit.custom_id!.maxLength!);
      expect(mark.length).toBeLessThanOrEqual(unit.invoice_id!.maxLength!);
      const refund = payments.components.schemas.refund!;
      const custom = refund.allOf!.flatMap(({ properties }) => properties?.custom_id ?? [])[0]!;
      expect(mark).toMatch(new RegExp(custom.pattern!));
      const { maxLength } = orders.components.parameters.paypal_request_id!.schema;
      expect(orderRequestId(id('op')).length).toBeLessThanOrEqual(maxLength!);
    });

    test('has the paths that are called, and the fields that are sent', () => {
      const known = [...Object.keys(orders.paths), ...Object.keys(payments.paths)];
      expect(known).toEqual(
        expect.arrayContaining([
          '/v2/checkout/orders',
          '/v2/checkout/orders/{id}',
          '/v2/checkout/orders/{id}/authorize',
          '/v2/checkout/orders/{id}/capture',
          '/v2/payments/authorizations/{authorization_id}',
          '/v2/payments/authorizations/{authorization_id}/capture',
          '/v2/payments/authorizations/{authorization_id}/void',
          '/v2/payments/captures/{capture_id}/refund',
        ]),
      );
      const asked = { operationId: 'op_1', paymentId: 'pay_1', amount: { amount: 1000, currency: 'USD' } };
      const body = orderBody({ ...asked, capture: 'manual' }, { paypal: {} });
      const { properties } = orders.components.schemas.order_request!;
      expect(Object.keys(properties!)).toEqual(expect.arrayContaining(body.ok ? Object.keys(body.value) : ['none']));
    });

    test("writes amounts in a form that is read, as the fake's resources have the specification's fields", () => {
      const pattern = new RegExp(orders.components.schemas.money!.properties!.value!.pattern!);
      for (const value of ['10.00', '10', '.50', '0.5']) {
        expect(value).toMatch(pattern);
        expect(readPaypalAmount({ amount: { currency_code: 'USD', value } }, 'amount').amount).toBeGreaterThan(0);
      }
      const made = { id: 'X1', status: 'COMPLETED', amount, parent: 'P1', create_time: '', update_time: '' };
      const order = { authorizations: [], captures: [], refunds: [], id: 'O1' } as never;
      expect(fieldsOf(payments, 'capture-2')).toEqual(expect.arrayContaining(Object.keys(presentCapture(made, order))));
      expect(fieldsOf(payments, 'refund')).toEqual(expect.arrayContaining(Object.keys(presentRefund(made))));
    });
  });
}

/** The names of a schema's fields, with those it takes over from others. */
function fieldsOf(specification: Specification, name: string): readonly string[] {
  const collect = ({ properties = {}, allOf = [], $ref }: Schema): readonly string[] => [
    ...Object.keys(properties),
    ...allOf.flatMap(collect),
    ...($ref === undefined ? [] : fieldsOf(specification, $ref.split('/').at(-1)!)),
  ];
  return collect(specification.components.schemas[name]!);
}
