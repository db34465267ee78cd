import { createHmac, timingSafeEqual } from 'node:crypto';

import { err, ok } from './result';
import type { Result } from './result';

/**
 * Opaque cursors of lists: the position in the store, signed together with the list it belongs to, so that a cursor can
 * neither be forged nor carried to another tenant, list or filter.
 */
export interface CursorSigner {
  /** `scope` names the list: tenant, kind and filters. */
  sign(position: object, scope: string): string;
  open(cursor: string, scope: string): Result<Readonly<Record<string, unknown>>, 'invalid-cursor'>;
}

/** Signs with HMAC-SHA-256 under a secret of 32 bytes or more; the tag is cut to 128 bits. */
export function newCursorSigner(secret: string): CursorSigner {
  if (Buffer.byteLength(secret) < 32) throw new Error('the cursor secret must have 32 bytes or more');
  const tagOf = (payload: string, scope: string): string =>
    createHmac('sha256', secret).update(`${scope}\n${payload}`).digest().subarray(0, 16).toString('base64url');
  return {
    sign: (position, scope) => {
      const payload = Buffer.from(JSON.stringify(position)).toString('base64url');
      return `${payload}.${tagOf(payload, scope)}`;
    },
    open: (cursor, scope) => {
      const [payload, tag, ...rest] = cursor.split('.');
      if (payload === undefined || tag === undefined || rest.length > 0) return err('invalid-cursor');
      // Compared as text: several spellings of base64url decode to the same bytes, and only one of them is ours.
      const given = Buffer.from(tag);
      const expected = Buffer.from(tagOf(payload, scope));
      if (given.length !== expected.length || !timingSafeEqual(given, expected)) return err('invalid-cursor');
      const position: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString());
      if (position === null || typeof position !== 'object') return err('invalid-cursor');
      return ok({ ...position });
    },
  };
}
