import type { Randomness } from '../lambdas/kernel/ids';

/**
 * All chance of a history. Every choice is a function of the seed and of what the choice is about, and of nothing else: what is
 * taken out of a history (a fault, a command) leaves the other choices as they were, so that a history can be shrunk.
 */
export interface Choices {
  /** In [0, 1). */
  share(...about: readonly Part[]): number;
  chance(probability: number, ...about: readonly Part[]): boolean;
  /** A whole number from `least` to `most`, both included. */
  integer(least: number, most: number, ...about: readonly Part[]): number;
  pick<T>(from: readonly [T, ...T[]], ...about: readonly Part[]): T;
  /** Bytes for ids, nonces and jitter: the same sequence for the same seed and name. */
  randomness(name: string): Randomness;
}

export type Part = string | number;

export function newChoices(seed: number): Choices {
  const share = (...about: readonly Part[]): number => hash32(`${String(seed)}|${about.join('|')}`) / 2 ** 32;
  const integer = (least: number, most: number, ...about: readonly Part[]): number =>
    least + Math.floor(share(...about) * (most - least + 1));
  return {
    share,
    chance: (probability, ...about) => share(...about) < probability,
    integer,
    pick: (from, ...about) => from[integer(0, from.length - 1, ...about)] ?? from[0],
    randomness: (name) => {
      let drawn = 0;
      return {
        bytes: (count) => {
          const bytes = new Uint8Array(count);
          for (let start = 0; start < count; start += 4) {
            let word = hash32(`${String(seed)}|bytes|${name}|${String(drawn)}`);
            drawn += 1;
            for (let index = start; index < Math.min(start + 4, count); index += 1) {
              bytes[index] = word & 255;
              word >>>= 8;
            }
          }
          return bytes;
        },
      };
    },
  };
}

/** FNV-1a over UTF-16 units, then the finalizer of MurmurHash3, so that texts that differ in one place lie far apart. */
function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
