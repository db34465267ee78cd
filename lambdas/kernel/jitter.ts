import type { Randomness } from './ids';

/** A wait of up to `ceilingMs`, all of it random ("full jitter"): those who lost one race do not meet again in the next. */
export function fullJitterMs(randomness: Randomness, ceilingMs: number): number {
  const [byte = 0] = randomness.bytes(1);
  return Math.ceil((byte / 255) * ceilingMs);
}
