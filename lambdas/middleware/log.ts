import { Logger } from '@aws-lambda-powertools/logger';

import { redactText } from '../kernel/redaction';

/**
 * The only way to a log line. The fields are an allowlist, every text is redacted and cut, and whole events, bodies and errors
 * cannot be handed in: what must never be logged has no field to go into.
 */
export interface Log {
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** Ids, names and numbers. A new field is added here, and only if it can never hold a secret or personal data. */
export type LogFields = { readonly [Name in (typeof fieldNames)[number]]?: string | number | boolean | undefined };

const fieldNames = [
  'requestId',
  'clientRequestId',
  'awsRequestId',
  'route',
  'method',
  'resource',
  'status',
  'problem',
  'durationMs',
  'queuedMs',
  'coldStart',
  'tenantId',
  'userId',
  'paymentId',
  'operationId',
  'connectionId',
  'webhookEventId',
  'settlementId',
  'invitationId',
  'notice',
  'eventKey',
  'messageId',
  'stream',
  'version',
  'index',
  'attempt',
  'count',
  'failed',
  'left',
  'reason',
  'errorName',
  'errorMessage',
  'errorStack',
] as const;

const maxTextLength = 2_000;

/** Logs as JSON lines through Powertools, which takes the service's name and the level from its own environment. */
export function newLog(): Log {
  const logger = new Logger();
  return newAllowlistedLog({
    info: (message, fields) => logger.info(message, fields),
    warn: (message, fields) => logger.warn(message, fields),
    error: (message, fields) => logger.error(message, fields),
  });
}

type Sink = Record<
  'info' | 'warn' | 'error',
  (message: string, fields: Record<string, string | number | boolean>) => void
>;

export function newAllowlistedLog(sink: Sink): Log {
  return {
    info: (message, fields) => sink.info(redactText(message), allowed(fields)),
    warn: (message, fields) => sink.warn(redactText(message), allowed(fields)),
    error: (message, fields) => sink.error(redactText(message), allowed(fields)),
  };
}

/** What may be said of an error that nobody expected: its name, message and stack, redacted. */
export function errorFields(error: unknown): LogFields {
  if (!(error instanceof Error)) return { errorName: typeof error };
  return { errorName: error.name, errorMessage: error.message, errorStack: error.stack };
}

function allowed(fields: LogFields = {}): Record<string, string | number | boolean> {
  const line: Record<string, string | number | boolean> = {};
  for (const name of fieldNames) {
    const value = fields[name];
    if (value === undefined) continue;
    line[name] = typeof value === 'string' ? redactText(value).slice(0, maxTextLength) : value;
  }
  return line;
}
