/** Where a merchant's API, the Management API and the reports are. */
export interface AdyenHosts {
  readonly checkout: string;
  readonly management: string;
  readonly reports: string;
}

/**
 * [Adyen: live endpoints; Management API; get reports automatically]. Live payments go to hosts of the merchant's own, named by the
 * prefix. `baseUrl` stands in for all of them, in development. Throws on a live environment without its prefix: a payment meant as
 * live must not go to the test platform.
 */
export function adyenHosts(options: {
  readonly environment: 'test' | 'live';
  readonly liveUrlPrefix?: string;
  readonly baseUrl?: string;
}): AdyenHosts {
  const { environment, liveUrlPrefix } = options;
  if (options.baseUrl !== undefined) {
    const base = options.baseUrl.replace(/\/+$/, '');
    return {
      checkout: `${base}/checkout/v72`,
      management: `${base}/management/v3`,
      reports: `${base}/reports/download`,
    };
  }
  if (environment === 'test') {
    return {
      checkout: 'https://checkout-test.adyen.com/v72',
      management: 'https://management-test.adyen.com/v3',
      reports: 'https://ca-test.adyen.com/reports/download',
    };
  }
  if (liveUrlPrefix === undefined || !/^[A-Za-z0-9-]+$/.test(liveUrlPrefix))
    throw new Error('no prefix of live endpoints');
  return {
    checkout: `https://${liveUrlPrefix}-checkout-live.adyenpayments.com/checkout/v72`,
    management: 'https://management-live.adyen.com/v3',
    reports: 'https://ca-live.adyen.com/reports/download',
  };
}
