import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { listOf, parseRecord, textOf } from '../front-door/json';
import { openRecordLog } from './state';

export interface OutboxMail {
  readonly id: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly html: string;
  readonly text: string;
  /** ISO 8601. */
  readonly at: string;
  readonly idempotencyKey: string | undefined;
}

export interface Outbox {
  /** For `RESEND_BASE_URL`. */
  readonly url: string;
  mails(): readonly OutboxMail[];
  onMail(listener: (mail: OutboxMail) => void): void;
  close(): Promise<void>;
}

/**
 * A mail provider that delivers to a file: `POST /emails` of Resend [resend.com/docs/api-reference/emails/send-email].
 * A repeated Idempotency-Key answers the first id and sends nothing, as Resend does for 24 hours.
 */
export async function startOutbox(options: { readonly stateDir: string; readonly port?: number }): Promise<Outbox> {
  const log = openRecordLog(options.stateDir, 'outbox', 'mails.jsonl');
  const mails: OutboxMail[] = log.readAll().map((record) => ({
    id: textOf(record['id']) ?? '',
    from: textOf(record['from']) ?? '',
    to: listOf(record['to']).filter((address) => typeof address === 'string'),
    subject: textOf(record['subject']) ?? '',
    html: textOf(record['html']) ?? '',
    text: textOf(record['text']) ?? '',
    at: textOf(record['at']) ?? '',
    idempotencyKey: textOf(record['idempotencyKey']),
  }));
  const listeners: ((mail: OutboxMail) => void)[] = [];

  const accept = (request: IncomingMessage, body: Buffer): { readonly status: number; readonly answer: object } => {
    if (request.method !== 'POST' || request.url !== '/emails') {
      return { status: 404, answer: { statusCode: 404, name: 'not_found', message: 'Not found' } };
    }
    if (request.headers.authorization?.startsWith('Bearer ') !== true) {
      return {
        status: 401,
        answer: { statusCode: 401, name: 'missing_api_key', message: 'Missing API key in the authorization header.' },
      };
    }
    const given = request.headers['idempotency-key'];
    const idempotencyKey = typeof given === 'string' ? given : undefined;
    const repeated =
      idempotencyKey === undefined ? undefined : mails.find((mail) => mail.idempotencyKey === idempotencyKey);
    if (repeated !== undefined) {
      return { status: 200, answer: { id: repeated.id } };
    }
    const wanted = parseRecord(body);
    const to =
      typeof wanted['to'] === 'string'
        ? [wanted['to']]
        : listOf(wanted['to']).filter((address) => typeof address === 'string');
    const from = textOf(wanted['from']);
    const subject = textOf(wanted['subject']);
    if (from === undefined || subject === undefined || to.length === 0) {
      return {
        status: 422,
        answer: {
          statusCode: 422,
          name: 'missing_required_field',
          message: 'Missing `from`, `to` or `subject` field.',
        },
      };
    }
    const mail: OutboxMail = {
      id: randomUUID(),
      from,
      to,
      subject,
      html: textOf(wanted['html']) ?? '',
      text: textOf(wanted['text']) ?? '',
      at: new Date().toISOString(),
      idempotencyKey,
    };
    log.append(mail);
    mails.push(mail);
    listeners.forEach((listener) => {
      listener(mail);
    });
    return { status: 200, answer: { id: mail.id } };
  };

  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { status, answer } = accept(request, Buffer.concat(chunks));
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(answer));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    mails: () => mails,
    onMail(listener) {
      listeners.push(listener);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}
