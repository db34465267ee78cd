import type { ApiAnswer } from '../local-cloud';

/** What no refusal may let out: traces, the names of our own things, keys of rows, and what belongs to somebody else. */
const ours = [
  /\bat \S+ \(|\.(js|ts|mjs):\d+|node_modules|\bstack\b/i,
  /arn:aws|amazonaws|AccessDenied|Exception\b|dynamodb|countinghouse-dev/i,
  /\b[TP]#|\bgsi1|\bpk\b|"sk"/,
  /\[object |ZodError|TypeError|SyntaxError|Unexpected token/,
];

/** Why an answer does harm; undefined for a plain refusal. */
export function harmOf(
  { status, headers, text }: Pick<ApiAnswer, 'status' | 'headers' | 'text'>,
  secrets: readonly string[] = [],
): string | undefined {
  if (status >= 500) return `answered ${String(status)}`;
  if (status < 400) return `was let in: ${String(status)}`;
  if (headers.get('content-type') !== 'application/problem+json') return `is no problem document: ${text.slice(0, 80)}`;
  const leak = ours.map((pattern) => pattern.exec(text)?.[0]).find((found) => found !== undefined);
  if (leak !== undefined) return `says ${leak}`;
  const secret = secrets.find((each) => text.includes(each));
  return secret === undefined ? undefined : `tells ${secret}`;
}
