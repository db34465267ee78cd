import type { FakeProvider } from '../fake-provider';
import type { Answer } from './fake-paypal-answers';

export interface FakePaypalOptions {
  readonly clientId: string;
  readonly clientSecret: string;
  /** The id of the first webhook that is registered. */
  readonly webhookId: string;
  readonly now: () => Date;
}

/** PayPal, in memory, with the handles that only PayPal, a customer or a fault has. */
export interface FakePaypal extends FakeProvider {
  /** The customer approves on PayPal's page. */
  approve(orderId: string): void;
  /** Somebody refunds in PayPal's dashboard, or captures there. */
  refundOutside(captureId: string, value: string): void;
  captureOutside(authorizationId: string, value: string): void;
  /** A pending payment is decided. */
  settlePending(id: string, status: 'COMPLETED' | 'DECLINED'): void;
  expireAuthorization(id: string): void;
  dispute(captureId: string, event: { readonly type: string; readonly fields: object }): void;
  /** All access tokens end now. */
  expireTokens(): void;
  /** The next request to a path is answered so, or lost before or after its effect. */
  next(path: RegExp, fault: Fault): void;
  readonly requests: readonly {
    readonly method: string;
    readonly path: string;
    readonly requestId: string | null;
    readonly body: unknown;
  }[];
}

export type Fault = { readonly answer: Answer } | { readonly lose: 'before' | 'after' };
