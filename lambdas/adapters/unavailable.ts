/** A service that is there and does not do what it is asked, for now: it left over what it should have taken or read. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable';
}

/** What the services call a refusal for want of capacity, a fault of their own, or no answer in time [Common errors of each service]. */
const passingNames =
  /^(?:Throttl|TooManyRequests|RequestLimitExceeded|ProvisionedThroughputExceeded|SlowDown|PriorRequestNotComplete|BandwidthLimitExceeded|LimitExceeded|InternalServer|InternalError|InternalFailure|InternalService|ServiceUnavailable|KMSInternal|DependencyTimeout|KeyUnavailable|TransactionInProgress|ReplicatedWriteConflict|TimeoutError|RequestTimeout|Unavailable)/;

const brokenConnections = /^(?:ECONN|EPIPE|ETIMEDOUT|EAI_AGAIN|ENOTFOUND|EHOSTUNREACH)/;

/**
 * Whether an error means that a store or service cannot be reached or has no capacity just now, after all attempts: the same request
 * may succeed later. A right that is missing or a request that is wrong is none of these.
 */
export function isUnavailable(error: unknown): boolean {
  // By its form and not its class: an error of Node's own may be of another realm than this code.
  if (error === null || typeof error !== 'object') return false;
  if ('name' in error && typeof error.name === 'string' && passingNames.test(error.name)) return true;
  if ('code' in error && typeof error.code === 'string' && brokenConnections.test(error.code)) return true;
  if ('$fault' in error && error.$fault === 'server') return true;
  return isThrottledTransaction(error);
}

/** A transaction that was cancelled for want of capacity names that among the reasons of its actions. */
function isThrottledTransaction(error: object): boolean {
  if (!('CancellationReasons' in error) || !Array.isArray(error.CancellationReasons)) return false;
  return error.CancellationReasons.some(
    (reason: unknown) =>
      reason !== null &&
      typeof reason === 'object' &&
      'Code' in reason &&
      typeof reason.Code === 'string' &&
      /^(?:Throttl|ProvisionedThroughputExceeded)/.test(reason.Code),
  );
}
