import * as z from 'zod';

import { idPattern } from '../../kernel/ids';

/** What travels in the projector's queue: whose log has grown, and nothing else. */
export interface WakeUp {
  readonly tenant: string;
}

const wakeUp = z.strictObject({ tenant: z.string().regex(idPattern('tenant')) });

/** Reads a message of the queue; throws on anything that is none. */
export function parseWakeUp(body: string): WakeUp {
  const parsed: unknown = JSON.parse(body);
  return wakeUp.parse(parsed);
}
