import { X509Certificate } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

import { newBoundedMap } from '../../../kernel/bounded-map';
import { err, ok } from '../../../kernel/result';
import type { Result } from '../../../kernel/result';

/** `refused`: not PayPal's certificate. `unavailable`: PayPal does not give it now. `not-at-hand`: it is unknown, and may not be fetched. */
export type CertificateRefusal = 'refused' | 'unavailable' | 'not-at-hand';

export interface Certificates {
  /**
   * The public key behind a certificate address of PayPal, once the certificate is shown to be PayPal's and valid at that time.
   * `mayFetch` is asked for an address that is not remembered, right before it is fetched.
   */
  keyAt(url: string, nowMs: number, mayFetch: () => boolean): Promise<Result<KeyObject, CertificateRefusal>>;
}

export interface CertificateOptions {
  readonly fetch: typeof fetch;
  readonly timeoutMs: number;
  /** Certificates in PEM that a chain may end in, asked for at first use. */
  readonly roots: () => readonly string[];
  /** Hosts that certificates are fetched from. */
  readonly hosts: readonly string[];
  /** Asked in their place, for development. */
  readonly baseUrl?: string;
}

/** PayPal's API hosts, and no others of its domain [PayPal: integrate webhooks; API requests]. */
export const certificateHosts: readonly string[] = [
  'api.paypal.com',
  'api-m.paypal.com',
  'api.sandbox.paypal.com',
  'api-m.sandbox.paypal.com',
];

/** Whom the certificates are made out to [PayPal's SDK for Java: SSLUtil.validateCertificateChain]. */
const signerNames = ['messageverificationcerts.paypal.com', 'messageverificationcerts.sandbox.paypal.com'];

const maxBytes = 64 * 1024;
const maxCertificates = 6;
/** For so long an address that led to no certificate of PayPal's is not asked for again. */
const refusedMs = 60_000;

/** Remembers what it has shown to be good. Validity is asked again at every use. */
export function newCertificates(options: CertificateOptions): Certificates {
  const known = newBoundedMap<readonly X509Certificate[]>(20);
  let roots: readonly X509Certificate[] | undefined;
  // Apart, so that made-up addresses push no real one out.
  const refusedUntil = newBoundedMap<number>(200);

  return {
    keyAt: async (url, nowMs, mayFetch) => {
      if (!isCertificateUrl(url, options.hosts)) return err('refused');
      const remembered = known.get(url);
      if (remembered !== undefined && areValid(remembered, nowMs)) return keyOf(remembered);

      if (nowMs < (refusedUntil.get(url) ?? 0)) return err('refused');
      if (!mayFetch()) return err('not-at-hand');
      const fetched = await fetchPem(options, url);
      if (!fetched.ok && fetched.error !== 'refused') return fetched;
      roots ??= options.roots().map((pem) => new X509Certificate(pem));
      const chain = fetched.ok ? chainOf(parsePem(fetched.value), roots, nowMs) : undefined;
      if (chain === undefined) {
        refusedUntil.set(url, nowMs + refusedMs);
        return err('refused');
      }
      known.set(url, chain);
      return keyOf(chain);
    },
  };
}

/** https, one of the hosts, the path of certificates, and nothing else: no user, port, query or fragment. */
function isCertificateUrl(url: string, hosts: readonly string[]): boolean {
  const [, host] = /^https:\/\/([a-z0-9.-]+)\/v1\/notifications\/certs\/CERT-[A-Za-z0-9-]{1,100}$/.exec(url) ?? [];
  return host !== undefined && hosts.includes(host);
}

/** Redirects are not followed: only the first address was looked at. */
async function fetchPem(
  { fetch: send, timeoutMs, baseUrl }: CertificateOptions,
  url: string,
): Promise<Result<string, CertificateRefusal>> {
  try {
    const at = baseUrl === undefined ? url : new URL(new URL(url).pathname, baseUrl).href;
    const response = await send(at, { redirect: 'error', signal: AbortSignal.timeout(timeoutMs) });
    if (response.status >= 400 && response.status < 500 && response.status !== 429) return err('refused');
    if (response.status !== 200 || response.body === null) return err('unavailable');
    let bytes = Buffer.alloc(0);
    const reader = response.body.getReader();
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
      const part: unknown = chunk.value;
      if (!ArrayBuffer.isView(part)) return err('unavailable');
      bytes = Buffer.concat([bytes, Buffer.from(part.buffer, part.byteOffset, part.byteLength)]);
      if (bytes.length > maxBytes) {
        await reader.cancel();
        return err('refused');
      }
    }
    return ok(bytes.toString('latin1'));
  } catch {
    return err('unavailable');
  }
}

function parsePem(text: string): readonly X509Certificate[] {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  try {
    return blocks.slice(0, maxCertificates).map((block) => new X509Certificate(block));
  } catch {
    return [];
  }
}

/** From the signer's certificate, which stands first, to a root that we trust; undefined where there is no such chain. */
function chainOf(
  [signer, ...others]: readonly X509Certificate[],
  roots: readonly X509Certificate[],
  nowMs: number,
): readonly X509Certificate[] | undefined {
  if (signer === undefined || !isSigner(signer)) return undefined;
  const chain = [signer];
  for (let last = signer; chain.length <= maxCertificates;) {
    const root = roots.find((candidate) => isIssuer(candidate, last));
    if (root !== undefined) return areValid([...chain, root], nowMs) ? [...chain, root] : undefined;
    const issuer = others.find((candidate) => !chain.includes(candidate) && isIssuer(candidate, last));
    if (issuer === undefined) return undefined;
    chain.push(issuer);
    last = issuer;
  }
  return undefined;
}

function isSigner(certificate: X509Certificate): boolean {
  const { publicKey, subject, ca } = certificate;
  const bits = publicKey.asymmetricKeyDetails?.modulusLength ?? 0;
  const isNamed = signerNames.some(
    (name) =>
      subject.split('\n').includes(`CN=${name}`) ||
      certificate.checkHost(name, { subject: 'never', wildcards: false }) !== undefined,
  );
  return isNamed && !ca && publicKey.asymmetricKeyType === 'rsa' && bits >= 2048;
}

function isIssuer(candidate: X509Certificate, of: X509Certificate): boolean {
  return candidate.ca && of.checkIssued(candidate) && of.verify(candidate.publicKey);
}

function areValid(chain: readonly X509Certificate[], nowMs: number): boolean {
  return chain.every(({ validFrom, validTo }) => Date.parse(validFrom) <= nowMs && nowMs <= Date.parse(validTo));
}

function keyOf([signer]: readonly X509Certificate[]): Result<KeyObject, CertificateRefusal> {
  return signer === undefined ? err('refused') : ok(signer.publicKey);
}
