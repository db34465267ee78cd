import type { CountedCall } from '../local/front-door/contract';
import { totalsOf, type CallTotals } from './call-totals';
import { dollarsPerMillion, type BilledRequests, type Prices } from './prices';

/** One row of the report: what one repetition of an operation costs. Counts are fractions where a batch is shared. */
export interface Measured extends CallTotals {
  readonly operation: string;
  /** `countinghouse`, or `peer`: the same done the usual way. */
  readonly by: 'countinghouse' | 'peer';
  /** US dollars for a million: of the AWS calls alone, and with the requests to Lambda, API Gateway and SQS around them. */
  readonly callDollarsPerMillion: number;
  readonly dollarsPerMillion: number;
}

export interface Sample {
  readonly calls: readonly CountedCall[];
  readonly requests: BilledRequests;
}

/** A row from several samples of the same operation: the middle one by rounds and calls. */
export function measured(prices: Prices, operation: string, by: Measured['by'], samples: readonly Sample[]): Measured {
  const ordered = [...samples].sort(
    (a, b) => totalsOf(a.calls).rounds - totalsOf(b.calls).rounds || a.calls.length - b.calls.length,
  );
  const middle = ordered[Math.floor(ordered.length / 2)];
  if (middle === undefined) throw new Error(`${operation} was never measured`);
  return row(prices, operation, by, middle, 1);
}

/** A row from the work of many, each repetition's share of it; rounds are those of the middle invocation. */
export function shared(prices: Prices, operation: string, sample: Sample, repetitions: number): Measured {
  if (repetitions === 0) throw new Error(`${operation}: nothing was done that could be shared`);
  const invocations = new Set(sample.calls.map(({ invocationId }) => invocationId));
  const rounds = [...invocations]
    .map((id) => totalsOf(sample.calls.filter(({ invocationId }) => invocationId === id)).rounds)
    .sort((a, b) => a - b);
  return { ...row(prices, operation, 'countinghouse', sample, repetitions), rounds: rounds[rounds.length >> 1] ?? 0 };
}

function row(prices: Prices, operation: string, by: Measured['by'], sample: Sample, repetitions: number): Measured {
  const totals = totalsOf(sample.calls);
  const share = (amount: number): number => amount / repetitions;
  return {
    operation,
    by,
    rounds: totals.rounds,
    calls: share(totals.calls),
    byAction: Object.fromEntries(Object.entries(totals.byAction).map(([name, count]) => [name, share(count)])),
    readUnits: share(totals.readUnits),
    writeUnits: share(totals.writeUnits),
    requestBytes: share(totals.requestBytes),
    responseBytes: share(totals.responseBytes),
    callDollarsPerMillion: share(dollarsPerMillion(prices, sample.calls, {})),
    dollarsPerMillion: share(dollarsPerMillion(prices, sample.calls, sample.requests)),
  };
}
