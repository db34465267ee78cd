import { createHmac } from 'node:crypto';

import type { KeyedMac, Sealer } from '../../lambdas/kernel/sealing';

/** A sealer that binds to its context, as KMS does, and hides nothing. */
export function newMemorySealer(): Sealer {
  return {
    seal: async (plaintext, context) => Buffer.from(JSON.stringify({ plaintext, context })).toString('base64'),
    open: async (sealed, context) => {
      const stored: unknown = JSON.parse(Buffer.from(sealed, 'base64').toString());
      const { plaintext, context: bound } = stored as { plaintext: string; context: object };
      if (JSON.stringify(bound) !== JSON.stringify(context)) throw new Error('the context differs');
      return plaintext;
    },
  };
}

export function newMemoryMac(secret = 'a key that never leaves'): KeyedMac {
  const mac = (text: string): string => createHmac('sha256', secret).update(text).digest('base64url');
  return { mac: async (text) => mac(text), verify: async (text, given) => mac(text) === given };
}
