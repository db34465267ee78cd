/**
 * What every answer carries, of the functions and of the gateway itself. An API's answers are data: never sniffed, framed, cached,
 * executed or embedded elsewhere. [OWASP REST Security Cheat Sheet; OWASP HTTP Headers Cheat Sheet]
 */
export const securityHeaders: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=63072000; includeSubDomains',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'x-permitted-cross-domain-policies': 'none',
};

/** Headers that a script of the console may read. */
export const exposedHeaders: readonly string[] = [
  'ETag',
  'Idempotent-Replayed',
  'RateLimit',
  'RateLimit-Policy',
  'Retry-After',
  'WWW-Authenticate',
  // What API Gateway makes of it.
  'X-Amzn-Remapped-WWW-Authenticate',
  'X-Client-Request-Id',
  'X-Request-Id',
];
