import { redactText } from '../kernel/redaction';
import type { ProblemSlug } from '../routes/problems';
import { problems, problemType } from '../routes/problems';

/** A refusal as the edge answers it: `application/problem+json` [RFC 9457]. */
export interface Problem {
  readonly slug: ProblemSlug;
  /** For people, safe to show: never a value that the caller sent, never a reason from inside. Left out of a 5xx. */
  readonly detail?: string;
  /** What is wrong with the input, one entry a field. */
  readonly errors?: readonly InputError[];
  /** Further members of the document, e.g. the normalised reason of a declined payment. */
  readonly extensions?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** When to try again: `Retry-After`, at least 1. */
  readonly retryAfterSeconds?: number;
  /** Present on an endpoint's refusal that is to be remembered as a refused access: the reason, a short constant. It is not answered. */
  readonly refusedAccess?: string;
}

/** `pointer` is a JSON Pointer in fragment form (`#/amount/currency`) into the part of the request that `in` names. */
export interface InputError {
  readonly in: 'body' | 'query' | 'header';
  readonly pointer: string;
  readonly detail: string;
}

/** Thrown by a link to end the request with a problem. Endpoints return the problem instead (see `Reply`). */
export class Refused extends Error {
  override readonly name = 'Refused';
  constructor(readonly problem: Problem) {
    super(problem.slug);
  }
}

export function refuse(problem: Problem): never {
  throw new Refused(problem);
}

/** One header's value that did not do. */
export function invalidHeader(name: string, detail: string): Problem {
  return { slug: 'bad-request', detail, errors: [{ in: 'header', pointer: `#/${name}`, detail }] };
}

/** The document of a problem. A 5xx says nothing but its id. */
export function problemDocument(problem: Problem, requestId: string): Readonly<Record<string, unknown>> {
  const { status, title } = problems[problem.slug];
  const bare = { type: problemType(problem.slug), title, status, requestId };
  if (status >= 500) return bare;
  return {
    ...problem.extensions,
    ...bare,
    ...(problem.detail === undefined ? {} : { detail: redactText(problem.detail) }),
    ...(problem.errors === undefined ? {} : { errors: problem.errors.map(redacted) }),
  };
}

function redacted(error: InputError): InputError {
  return { in: error.in, pointer: redactText(error.pointer), detail: redactText(error.detail) };
}
