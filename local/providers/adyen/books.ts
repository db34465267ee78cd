/** What the fake keeps, in Adyen's own minor units. */

export interface Amount {
  readonly value: number;
  readonly currency: string;
}

export interface Payment {
  readonly pspReference: string;
  readonly reference: string;
  readonly amount: Amount;
  readonly token: string;
  readonly authorised: boolean;
  captured: number;
  refunded: number;
  cancelled: boolean;
}

export type ModificationKind = 'CAPTURE' | 'REFUND' | 'CANCELLATION';

export interface Modification {
  readonly kind: ModificationKind;
  readonly pspReference: string;
  readonly reference: string;
  readonly payment: Payment;
  readonly amount: Amount;
  readonly succeeded: boolean;
}

export interface Link {
  readonly id: string;
  readonly url: string;
  readonly reference: string;
  readonly amount: Amount;
  readonly manual: boolean;
  readonly expiresAt: string;
  status: 'active' | 'completed' | 'expired';
}

/** What was booked and not paid out. */
export interface Entry {
  readonly type: 'Settled' | 'Refunded' | 'RefundedReversed' | 'Chargeback' | 'SecondChargeback' | 'ChargebackReversed';
  readonly payment: Payment;
  readonly modification: string;
  readonly value: number;
}

export class Books {
  readonly payments = new Map<string, Payment>();
  readonly modifications: Modification[] = [];
  readonly links = new Map<string, Link>();
  readonly unsettled: Entry[] = [];
  readonly reports = new Map<string, string>();
  batches = 0;
  private references = 0;

  /** Sixteen characters; now and then digits alone, as the older ones. */
  nextPspReference(): string {
    this.references += 1;
    const count = String(this.references).padStart(8, '0');
    return this.references % 5 === 0 ? `88150000${count}` : `QFQTPCQ8${count}`;
  }

  nextLinkId(): string {
    this.references += 1;
    return `PL${String(this.references).padStart(16, '0')}`;
  }
}

/** Decimals as Adyen counts them, where they are not two [Adyen: currency codes and minor units]. */
const decimals: ReadonlyMap<string, number> = new Map([
  ...['CVE', 'DJF', 'GNF', 'IDR', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'VND', 'VUV', 'XAF', 'XOF', 'XPF'].map(
    (code): [string, number] => [code, 0],
  ),
  ...['BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND'].map((code): [string, number] => [code, 3]),
]);

/** `12.50`: in major units, as reports write amounts. */
export function inMajorUnits({ value, currency }: Amount): string {
  const places = decimals.get(currency) ?? 2;
  const digits = String(Math.abs(value)).padStart(places + 1, '0');
  return places === 0 ? digits : `${digits.slice(0, -places)}.${digits.slice(-places)}`;
}
