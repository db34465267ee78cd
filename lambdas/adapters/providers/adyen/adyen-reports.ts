import type { PayoutPage, PayoutRefusal, PayoutRequest } from '../../../domain/providers/provider';
import { err, ok } from '../../../kernel/result';
import type { Result } from '../../../kernel/result';
import { MalformedData } from '../../reading';
import { isSettlementReport } from './adyen-events';
import { adyenHosts } from './adyen-hosts';
import { parseSettlementReport } from './adyen-settlement-report';
import type { SettlementReport } from './adyen-settlement-report';

export interface SettlementReportsOptions {
  readonly merchantAccount: string;
  readonly environment: 'test' | 'live';
  readonly liveUrlPrefix?: string;
  readonly baseUrl?: string;
  readonly reportUser: { readonly name: string; readonly password: string };
  readonly fetch: typeof fetch;
  readonly timeoutMs: number;
}

/** Lines of one page. */
const pageSize = 200;

/** A report is longer than an answer of the API. */
const timeoutFactor = 4;

const maxBytes = 64 * 1024 * 1024;

/**
 * Reads settlement detail reports. The address in the notification is not signed, so that whoever changed it could have our password
 * sent elsewhere: it is made from the report's name, which is signed, and the host that we know.
 */
export function newSettlementReports(
  options: SettlementReportsOptions,
): (request: PayoutRequest) => Promise<Result<PayoutPage, PayoutRefusal>> {
  // Pages of one report follow each other: it is fetched once for all of them.
  let latest: { readonly name: string; readonly report: SettlementReport } | undefined;
  return async ({ payoutId, cursor }) => {
    if (!isSettlementReport(payoutId)) return err('payout-unknown');
    if (latest?.name !== payoutId || cursor === undefined) {
      const fetched = await fetchReport(options, payoutId);
      if (!fetched.ok) return fetched;
      latest = { name: payoutId, report: fetched.value };
    }
    return ok(pageOf(latest.report, cursor === undefined ? 0 : Number(cursor)));
  };
}

function pageOf({ lines, paidOut, batches }: SettlementReport, from: number): PayoutPage {
  const next = from + pageSize;
  return {
    lines: lines.slice(from, next),
    batches,
    next: next < lines.length ? String(next) : undefined,
    ...(paidOut === undefined ? {} : { payout: { amount: paidOut } }),
  };
}

async function fetchReport(
  options: SettlementReportsOptions,
  name: string,
): Promise<Result<SettlementReport, PayoutRefusal>> {
  const { merchantAccount, reportUser, fetch: send, timeoutMs } = options;
  const account = encodeURIComponent(merchantAccount);
  const url = `${adyenHosts(options).reports}/MerchantAccount/${account}/${encodeURIComponent(name)}`;
  const authorization = `Basic ${Buffer.from(`${reportUser.name}:${reportUser.password}`).toString('base64')}`;
  try {
    const answer = await send(url, {
      headers: { authorization },
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs * timeoutFactor),
    });
    if (answer.status === 401 || answer.status === 403) return err('credentials-refused');
    if (answer.status === 404) return err('payout-unknown');
    if (answer.status !== 200) return err('provider-unreachable');
    if (Number(answer.headers.get('content-length') ?? 0) > maxBytes) return err('payout-not-ready');
    return ok(parseSettlementReport(name, await answer.text()));
  } catch (error) {
    // What cannot be read today may be whole tomorrow; if it never is, the import ends where a person sees it.
    return err(error instanceof MalformedData ? 'payout-not-ready' : 'provider-unreachable');
  }
}
