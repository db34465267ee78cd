import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

/** A request as it came over the wire. */
export interface HttpRequest {
  readonly method: string;
  /** Path and query as received. */
  readonly url: URL;
  /** Header names as the client wrote them, in order, repeated ones repeated. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  header(name: string): string | undefined;
  readonly body: Buffer;
  /** True if the body went over the limit and was not kept. */
  readonly tooLarge: boolean;
  /** Address of the socket. Headers such as X-Forwarded-For are never believed. */
  readonly sourceIp: string;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer | string;
}

export interface LocalServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Serves on the loopback interface; an error of the handler is a plain 500 and a line in the terminal. */
export function serve(
  port: number,
  limitBytes: number,
  handle: (request: HttpRequest) => Promise<HttpResponse>,
): Promise<LocalServer> {
  const server = createServer((incoming, outgoing) => {
    void readRequest(incoming, limitBytes)
      .then(handle)
      .then((response) => write(outgoing, response))
      .catch((error: unknown) => {
        console.error(error);
        write(outgoing, {
          status: 500,
          headers: [['Content-Type', 'application/json']],
          body: '{"message":"Internal server error"}',
        });
      });
  });
  // Clients keep connections; a server that closes idle ones makes a request fail now and then.
  server.keepAliveTimeout = 120_000;
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'EADDRINUSE'
          ? new Error(`Port ${port} is taken by another program; set PORT to a free one`)
          : error,
      ),
    );
    server.listen(port, '127.0.0.1', () => resolve({ port: portOf(server), close: () => closeServer(server) }));
  });
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

function write(outgoing: ServerResponse, response: HttpResponse): void {
  if (outgoing.headersSent || outgoing.destroyed) return;
  const headers = new Map<string, string[]>();
  for (const [name, value] of response.headers) headers.set(name, [...(headers.get(name) ?? []), value]);
  outgoing.statusCode = response.status;
  for (const [name, values] of headers) outgoing.setHeader(name, values.length === 1 ? (values[0] ?? '') : values);
  outgoing.end(response.status === 204 || response.status === 304 ? undefined : response.body);
}

async function readRequest(incoming: IncomingMessage, limitBytes: number): Promise<HttpRequest> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming) {
    const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
    size += bytes.length;
    if (size <= limitBytes) chunks.push(bytes);
  }
  const headers: [string, string][] = [];
  for (let index = 0; index < incoming.rawHeaders.length; index += 2)
    headers.push([incoming.rawHeaders[index] ?? '', incoming.rawHeaders[index + 1] ?? '']);
  return {
    method: incoming.method ?? 'GET',
    url: urlOf(incoming.url ?? '/'),
    headers,
    header: (name) => headers.find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1],
    body: Buffer.concat(chunks),
    tooLarge: size > limitBytes,
    sourceIp: (incoming.socket.remoteAddress ?? '127.0.0.1').replace(/^::ffff:/, ''),
  };
}

/** Path and query alone are read, whatever the client names as host; what is no URL at all leads nowhere. */
function urlOf(target: string): URL {
  const text = target.startsWith('/') ? `http://127.0.0.1${target}` : target;
  return URL.canParse(text) ? new URL(text) : new URL('http://127.0.0.1/');
}

/** `12/Mar/2020:19:03:58 +0000`, as both gateways write request times. */
export function commonLogTime(atMs: number): string {
  const date = new Date(atMs);
  const month =
    ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'][date.getUTCMonth()] ?? '';
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${two(date.getUTCDate())}/${month}/${date.getUTCFullYear()}:${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} +0000`;
}
