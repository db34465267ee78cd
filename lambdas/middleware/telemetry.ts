import { clientRequestIdOf } from './client-request-id';
import { errorFields } from './log';
import type { Exchange, HttpAnswer, Link } from './exchange';
import type { ServiceDeps } from './ports';

/** One line and the metrics of every request, after everything else, also when it failed. */
export function telemetry({ log, metrics, clock }: Pick<ServiceDeps, 'log' | 'metrics' | 'clock'>): Link {
  let coldStart = true;
  const report = (exchange: Exchange, awsRequestId: string, answer: HttpAnswer | null): void => {
    const fields = {
      requestId: exchange.requestId,
      clientRequestId: clientRequestIdOf(exchange.http),
      awsRequestId,
      route: exchange.route?.id,
      method: exchange.http.method,
      resource: exchange.http.resource,
      status: answer?.statusCode,
      problem: exchange.problem,
      durationMs: clock.now().getTime() - exchange.startedAtMs,
      coldStart,
      tenantId: exchange.tenant?.id,
      userId: exchange.caller?.user,
    };
    coldStart = false;
    if (exchange.error === undefined) {
      log.info('request', fields);
    } else {
      if (answer?.statusCode !== 503) metrics.count('UnexpectedError');
      log.error('request failed', { ...fields, ...errorFields(exchange.error) });
    }
    metrics.flush();
  };
  return {
    after: ({ event, context, response }) => report(event, context.awsRequestId, response),
    onError: ({ event, context, response }) => report(event, context.awsRequestId, response),
  };
}
