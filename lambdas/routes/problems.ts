/**
 * Every kind of problem that the API answers with, by its slug [RFC 9457]. A slug is a promise: clients switch on `type`, so
 * a slug is never renamed, and its status never changes.
 */
export const problems = {
  'bad-request': { status: 400, title: 'Bad request' },
  'invalid-input': { status: 400, title: 'Invalid input' },
  'invalid-cursor': { status: 400, title: 'Invalid cursor' },
  'idempotency-key-missing': { status: 400, title: 'Idempotency-Key missing' },
  'idempotency-key-invalid': { status: 400, title: 'Idempotency-Key invalid' },
  unauthenticated: { status: 401, title: 'Not signed in' },
  'step-up-required': { status: 401, title: 'Second factor needed' },
  forbidden: { status: 403, title: 'Not allowed' },
  'tenant-suspended': { status: 403, title: 'Tenant suspended' },
  'member-suspended': { status: 403, title: 'Member suspended' },
  'beyond-authority': { status: 403, title: 'Beyond your authority' },
  'second-factor-enrolment-required': { status: 403, title: 'Second factor must be enrolled' },
  'address-not-allowed': { status: 403, title: 'Address not allowed' },
  'second-factor-disabled': { status: 403, title: 'Second factor disabled' },
  'not-found': { status: 404, title: 'Not found' },
  conflict: { status: 409, title: 'Conflict' },
  'in-progress': { status: 409, title: 'Still in progress' },
  'stale-version': { status: 412, title: 'Stale version' },
  'payload-too-large': { status: 413, title: 'Too large' },
  'unsupported-media-type': { status: 415, title: 'Unsupported media type' },
  refused: { status: 422, title: 'Refused' },
  'idempotency-key-reused': { status: 422, title: 'Idempotency-Key reused' },
  'rate-limited': { status: 429, title: 'Too many requests' },
  'too-many-concurrent': { status: 429, title: 'Too many requests at once' },
  'second-factor-locked': { status: 429, title: 'Second factor locked' },
  internal: { status: 500, title: 'Internal error' },
  unavailable: { status: 503, title: 'Unavailable' },
} as const satisfies Readonly<Record<string, { readonly status: number; readonly title: string }>>;

export type ProblemSlug = keyof typeof problems;

/** The `type` of a problem: a stable identifier, not an address that must answer [RFC 9457 section 3.1.1]. */
export function problemType(slug: ProblemSlug): string {
  return `https://countinghouse.example/problems/${slug}`;
}
