/** Stored payment methods of the fake, and what comes of charging them. Adyen's own are made by paying [Adyen: test cards]. */
export interface TestToken {
  readonly resultCode:
    | 'Authorised'
    | 'PartiallyAuthorised'
    | 'Refused'
    | 'Error'
    | 'Cancelled'
    | 'Pending'
    | 'Received'
    | 'RedirectShopper'
    | 'IdentifyShopper';
  readonly refusal?: { readonly code: string; readonly reason: string };
  /** Added to the amount that is authorized. */
  readonly more?: number;
  readonly loss?: 'before-effect' | 'after-effect';
  /** The answer to a capture, cancellation or refund of it is lost, after its effect. */
  readonly losesModifications?: true;
  readonly withoutAmount?: true;
}

export const testTokens: ReadonlyMap<string, TestToken> = new Map<string, TestToken>([
  ['test-success', { resultCode: 'Authorised' }],
  ['test-refused', refusal('2', 'Refused')],
  ['test-acquirer-error', { ...refusal('4', 'Acquirer Error'), resultCode: 'Error' }],
  ['test-blocked', refusal('5', 'Blocked Card')],
  ['test-expired', refusal('6', 'Expired Card')],
  ['test-not-enough-balance', refusal('12', 'Not enough balance')],
  ['test-shopper-cancelled', { ...refusal('16', 'Shopper Cancelled'), resultCode: 'Cancelled' }],
  ['test-not-authenticated', refusal('11', '3D Not Authenticated')],
  ['test-restricted', refusal('25', 'Restricted Card')],
  ['test-redirect', { resultCode: 'RedirectShopper' }],
  ['test-identify', { resultCode: 'IdentifyShopper' }],
  ['test-pending', { resultCode: 'Pending' }],
  ['test-received', { resultCode: 'Received' }],
  ['test-one-more', { resultCode: 'Authorised', more: 1 }],
  ['test-partially', { resultCode: 'PartiallyAuthorised', more: -1 }],
  ['test-without-amount', { resultCode: 'Authorised', withoutAmount: true }],
  ['test-lost-before-effect', { resultCode: 'Authorised', loss: 'before-effect' }],
  ['test-lost-after-effect', { resultCode: 'Authorised', loss: 'after-effect' }],
  ['test-modifications-lost', { resultCode: 'Authorised', losesModifications: true }],
]);

function refusal(code: string, reason: string): TestToken {
  return { resultCode: 'Refused', refusal: { code, reason } };
}
