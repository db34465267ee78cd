import { randomUUID } from 'node:crypto';
import type { AwsReply } from './contract';
import { recordOf } from './json';

/** An error of an AWS service: code and status as the service's API reference names them. */
export class AwsFault extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly status = 400,
    /** Further members of the error body, e.g. `Item` or `CancellationReasons`. */
    readonly fields: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
  }
}

export function jsonReply(body: object, status = 200, headers: Readonly<Record<string, string>> = {}): AwsReply {
  return {
    status,
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': randomUUID(), ...headers },
    body: Buffer.from(JSON.stringify(body)),
  };
}

export function xmlReply(xml: string, status = 200, headers: Readonly<Record<string, string>> = {}): AwsReply {
  return {
    status,
    headers: { 'content-type': 'application/xml', 'x-amz-request-id': randomUUID(), ...headers },
    body: Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>\n${xml}`),
  };
}

export function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** `<name>text</name>`, or nothing for an absent value. */
export function element(name: string, text: string | number | undefined): string {
  return text === undefined ? '' : `<${name}>${escapeXml(String(text))}</${name}>`;
}

const shapeNamespaces: Readonly<Record<string, string>> = {
  dynamodb: 'com.amazonaws.dynamodb.v20120810#',
  sqs: 'com.amazonaws.sqs#',
};

/** Error names of SQS in its older query protocol, which SDKs still report (query compatibility trait). */
const sqsQueryErrors: Readonly<Record<string, string>> = {
  QueueDoesNotExist: 'AWS.SimpleQueueService.NonExistentQueue',
  AccessDeniedException: 'AccessDenied',
  BatchEntryIdsNotDistinct: 'AWS.SimpleQueueService.BatchEntryIdsNotDistinct',
  TooManyEntriesInBatchRequest: 'AWS.SimpleQueueService.TooManyEntriesInBatchRequest',
  EmptyBatchRequest: 'AWS.SimpleQueueService.EmptyBatchRequest',
  BatchRequestTooLong: 'AWS.SimpleQueueService.BatchRequestTooLong',
  InvalidBatchEntryId: 'AWS.SimpleQueueService.InvalidBatchEntryId',
};

/** The reply of a service to a refused call, in the protocol of that service. */
export function faultReply(service: string, fault: AwsFault): AwsReply {
  const requestId = randomUUID();
  const kind = fault.status >= 500 ? 'Receiver' : 'Sender';
  switch (service) {
    case 's3':
      return xmlReply(
        `<Error>${element('Code', fault.code)}${element('Message', fault.message)}${element('RequestId', requestId)}</Error>`,
        fault.status,
      );
    case 'sts':
    case 'sns':
      return xmlReply(
        `<ErrorResponse><Error><Type>${kind}</Type>${element('Code', fault.code)}${element('Message', fault.message)}</Error>` +
          `${element('RequestId', requestId)}</ErrorResponse>`,
        fault.status,
        { 'content-type': 'text/xml' },
      );
    case 'lambda':
      return jsonReply({ Type: kind, Message: fault.message, message: fault.message, ...fault.fields }, fault.status, {
        'content-type': 'application/json',
        'x-amzn-errortype': fault.code,
      });
    default: {
      const namespace =
        fault.code === 'AccessDeniedException' ? 'com.amazon.coral.service#' : (shapeNamespaces[service] ?? '');
      const queryError: Record<string, string> =
        service === 'sqs' ? { 'x-amzn-query-error': `${sqsQueryErrors[fault.code] ?? fault.code};${kind}` } : {};
      return jsonReply(
        { __type: namespace + fault.code, message: fault.message, ...fault.fields },
        fault.status,
        queryError,
      );
    }
  }
}

/** The error code of a reply as the SDK would report it; undefined for a success. */
export function errorCodeOf(reply: AwsReply): string | undefined {
  if (reply.status < 400) {
    return undefined;
  }
  const header = reply.headers['x-amzn-errortype'];
  if (header !== undefined) {
    return header;
  }
  const text = reply.body.toString();
  if (text.startsWith('{')) {
    try {
      const parsed: unknown = JSON.parse(text);
      const name = recordOf(parsed)['__type'];
      return typeof name === 'string' ? (name.split('#').pop() ?? name) : String(reply.status);
    } catch {
      return String(reply.status);
    }
  }
  return /<Code>([^<]+)<\/Code>/.exec(text)?.[1] ?? String(reply.status);
}

/** AccessDenied under the name and status that each service uses for it. */
export function accessDenied(service: string, message: string): AwsFault {
  switch (service) {
    case 's3':
    case 'sts':
      return new AwsFault('AccessDenied', message, 403);
    case 'sns':
      return new AwsFault('AuthorizationError', message, 403);
    case 'lambda':
      return new AwsFault('AccessDeniedException', message, 403);
    default:
      return new AwsFault('AccessDeniedException', message, 400);
  }
}

/** The throttling error of each service, by its API reference. */
export function throttled(service: string): AwsFault {
  switch (service) {
    case 'dynamodb':
      return new AwsFault(
        'ProvisionedThroughputExceededException',
        'The level of configured provisioned throughput for the table was exceeded.',
      );
    case 's3':
      return new AwsFault('SlowDown', 'Please reduce your request rate.', 503);
    case 'lambda':
      return new AwsFault('TooManyRequestsException', 'Rate Exceeded.', 429);
    case 'cognito-idp':
      return new AwsFault('TooManyRequestsException', 'Too many requests', 400);
    case 'sts':
    case 'sns':
      return new AwsFault('Throttling', 'Rate exceeded', 400);
    default:
      return new AwsFault('ThrottlingException', 'Rate exceeded', 400);
  }
}

/** HTTP 500 of each service, by its API reference. */
export function internalError(service: string): AwsFault {
  switch (service) {
    case 'dynamodb':
      return new AwsFault('InternalServerError', 'The request processing has failed because of an unknown error.', 500);
    case 'kms':
      return new AwsFault(
        'KMSInternalException',
        'The request was rejected because an internal exception occurred.',
        500,
      );
    case 'secretsmanager':
      return new AwsFault('InternalServiceError', 'An error occurred on the server side.', 500);
    case 's3':
      return new AwsFault('InternalError', 'We encountered an internal error. Please try again.', 500);
    case 'cognito-idp':
      return new AwsFault('InternalErrorException', 'Internal error', 500);
    case 'lambda':
      return new AwsFault('ServiceException', 'The Lambda service encountered an internal error.', 500);
    default:
      return new AwsFault('InternalFailure', 'The request processing has failed because of an unknown error.', 500);
  }
}
