/** An answer of a service, before it becomes an HTTP response. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export function success(document: object, contentType = 'application/x-amz-json-1.0'): Reply {
  return { status: 200, headers: { 'content-type': contentType }, body: Buffer.from(JSON.stringify(document)) };
}

/** An error of the JSON protocols. */
export function failure(status: number, type: string, message: string, more: object = {}): Reply {
  return {
    status,
    headers: { 'content-type': 'application/x-amz-json-1.0' },
    body: Buffer.from(JSON.stringify({ __type: type, message, Message: message, ...more })),
  };
}

/** An error of S3's protocol. */
export function xmlFailure(status: number, code: string): Reply {
  return {
    status,
    headers: { 'content-type': 'application/xml' },
    body: Buffer.from(
      `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`,
    ),
  };
}
