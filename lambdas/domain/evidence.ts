import * as z from 'zod';

import { redactText } from '../kernel/redaction';

/**
 * What a person shows for what they attest, as the journal keeps it: `reference` says where it can be found, `documentSha256`
 * (hexadecimal) lets it be told later whether a document is the same. `kinds` are those that fit what is attested.
 */
export function shownEvidence<const Kinds extends readonly string[]>(kinds: Kinds) {
  return z.object({
    kind: z.enum(kinds),
    reference: z.string(),
    note: z.string().exactOptional(),
    documentSha256: z.string().exactOptional(),
  });
}

/** Evidence as it is handed in. */
export interface GivenEvidence<Kind extends string> {
  readonly kind: Kind;
  readonly reference: string;
  readonly note?: string | undefined;
  readonly documentSha256?: string | undefined;
}

/** Evidence without what must never be stored: a person may have written a card number into it. */
export function redactEvidence<Kind extends string>({
  kind,
  reference,
  note,
  documentSha256,
}: GivenEvidence<Kind>): { kind: Kind; reference: string; note?: string; documentSha256?: string } {
  return {
    kind,
    reference: redactText(reference),
    ...(note === undefined ? {} : { note: redactText(note) }),
    ...(documentSha256 === undefined ? {} : { documentSha256 }),
  };
}
