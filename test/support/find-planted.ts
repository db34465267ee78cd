import type { Planted } from './planted';

/** A place where texts were written, and what stands there. */
export interface Written {
  readonly kind: string;
  readonly source: string;
  readonly text: string;
}

/** What was found, in which spelling, and where. */
export interface Found {
  readonly what: string;
  readonly spelling: string;
  readonly kind: string;
  readonly source: string;
  /** The surroundings, so that whoever reads the failure sees which field it is. */
  readonly near: string;
}

interface Needle {
  readonly what: string;
  readonly spelling: string;
  readonly text: string;
}

/** Every spelling begins with this many characters, by which a place is looked up. */
const prefixLength = 8;

/**
 * Finds planted texts in what was written: as they are, URL-encoded, in hex, and inside anything in base64 (at each of its three
 * alignments, in both alphabets). Texts too short to be unmistakable, codes of six digits, count where they stand alone.
 */
export function findPlanted(planted: readonly Planted[], written: readonly Written[]): readonly Found[] {
  const needles = new Map<string, Needle>();
  const words = new Map<string, string>();
  for (const { what, text } of planted) {
    if (text.length < prefixLength) words.set(text, what);
    else for (const needle of needlesOf(what, text)) needles.set(needle.text, needle);
  }
  const byPrefix = new Map<string, Needle[]>();
  for (const needle of needles.values()) {
    const prefix = needle.text.slice(0, prefixLength);
    byPrefix.set(prefix, [...(byPrefix.get(prefix) ?? []), needle]);
  }
  const isPossible = newFilter(byPrefix.keys());
  return written.flatMap((place) => [...findNeedles(byPrefix, isPossible, place), ...findWords(words, place)]);
}

function findNeedles(
  byPrefix: ReadonlyMap<string, readonly Needle[]>,
  isPossible: (prefixHash: number) => boolean,
  { kind, source, text }: Written,
): readonly Found[] {
  const found: Found[] = [];
  let hash = 0;
  for (let end = 0; end < text.length; end += 1) {
    const leaving = end < prefixLength ? 0 : text.charCodeAt(end - prefixLength);
    hash = (Math.imul(hash, base) + text.charCodeAt(end) - Math.imul(leaving, leavingFactor)) | 0;
    if (!isPossible(hash)) continue;
    const at = end + 1 - prefixLength;
    for (const needle of byPrefix.get(text.slice(Math.max(0, at), end + 1)) ?? []) {
      if (!text.startsWith(needle.text, at)) continue;
      const { what, spelling } = needle;
      found.push({ what, spelling, kind, source, near: near(text, at) });
    }
  }
  return found;
}

const base = 0x01000193;

/** The base to the power of the length of a prefix, in 32 bits: what the oldest character counts when the next one comes. */
const leavingFactor = Array.from({ length: prefixLength }).reduce<number>((power) => Math.imul(power, base), 1);

/** There are hundreds of megabytes to look through: most places are passed by on one bit, and not cut out to be looked up. */
function newFilter(prefixes: Iterable<string>): (prefixHash: number) => boolean {
  const seen = new Uint8Array(1 << 20);
  for (const prefix of prefixes) {
    let hash = 0;
    for (let at = 0; at < prefix.length; at += 1) hash = (Math.imul(hash, base) + prefix.charCodeAt(at)) | 0;
    seen[hash & (seen.length - 1)] = 1;
  }
  return (prefixHash) => seen[prefixHash & (seen.length - 1)] === 1;
}

function findWords(words: ReadonlyMap<string, string>, { kind, source, text }: Written): readonly Found[] {
  return [...text.matchAll(/(?<![\w.])\d{6}(?![\w.])/g)].flatMap(({ 0: word, index }) => {
    const what = words.get(word);
    return what === undefined ? [] : [{ what, spelling: 'plain', kind, source, near: near(text, index) }];
  });
}

function near(text: string, at: number): string {
  return text.slice(Math.max(0, at - 60), at + 40);
}

function needlesOf(what: string, text: string): readonly Needle[] {
  return partsOf(text).flatMap((part) =>
    Object.entries(spellingsOf(part)).flatMap(([spelling, spelled]) =>
      spelled.length < prefixLength ? [] : [{ what, spelling, text: spelled }],
    ),
  );
}

/** The parts of a token that are its own: all tokens of a pool begin alike. What is left of one that was cut off is found, too. */
function partsOf(text: string): readonly string[] {
  const [, payload, signature] = /^eyJ[\w-]+\.([\w-]+)\.([\w-]+)/.exec(text) ?? [];
  if (payload === undefined || signature === undefined) return [text];
  return [payload.slice(-40), signature.slice(0, 40)];
}

function spellingsOf(text: string): Readonly<Record<string, string>> {
  const spellings: Record<string, string> = {
    'URL-encoded': encodeURIComponent(text),
    plain: text,
    hex: Buffer.from(text).toString('hex'),
  };
  for (const offset of [0, 1, 2]) {
    for (const encoding of ['base64', 'base64url'] as const) {
      spellings[`${encoding} at ${String(offset)}`] = encodedInside(text, offset, encoding);
    }
  }
  return spellings;
}

/** What of a text's base64 does not depend on what stands before and after it. */
function encodedInside(text: string, offset: number, encoding: 'base64' | 'base64url'): string {
  const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(text)]);
  return bytes.toString(encoding).slice(Math.ceil((offset * 8) / 6), Math.floor((bytes.length * 8) / 6));
}
