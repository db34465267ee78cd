import { before } from './exchange';
import type { Link } from './exchange';
import { headerOf } from './http-request';
import { refuse } from './problem';

/** The greatest body of any route, decoded: 64 KiB. Every body of the API is small; API Gateway itself lets 10 MB through. */
export const maxBodyBytes = 64 * 1024;

const json = /^application\/json\s*(?:;\s*charset\s*=\s*"?utf-8"?\s*)?$/i;

/** Size and content type, before anything looks into the body. */
export function bodyLimits(): Link {
  return before(({ http }) => {
    if (http.body.byteLength === 0) return;
    if (http.body.byteLength > maxBodyBytes) {
      refuse({ slug: 'payload-too-large', detail: `A body has at most ${String(maxBodyBytes)} bytes.` });
    }
    const contentType = headerOf(http, 'content-type');
    if (typeof contentType !== 'string' || !json.test(contentType)) {
      refuse({
        slug: 'unsupported-media-type',
        detail: 'Send application/json in UTF-8.',
        headers: { accept: 'application/json' },
      });
    }
  });
}
