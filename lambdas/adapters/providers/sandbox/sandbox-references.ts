import type { ReadReference } from '../../../domain/providers/provider';
import { err, ok } from '../../../kernel/result';

const prefixes = { authorize: 'auth', capture: 'capture', cancel: 'cancel', refund: 'refund' } as const;

/** The sandbox names what it does by its kind, and sixteen hexadecimal digits. */
export const readSandboxReference: ReadReference = (kind, text) =>
  new RegExp(`^${prefixes[kind]}_[0-9a-f]{16}$`).test(text)
    ? ok(text)
    : err({ wanted: `${prefixes[kind]}_ and 16 hexadecimal digits` });
