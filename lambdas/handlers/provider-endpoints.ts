import * as z from 'zod';

import type { ProviderEndpoints } from '../adapters/providers/provider-clients';
import { providerNames } from '../domain/providers/provider';
import { env } from '../env';

/**
 * Where providers are reached instead of at their own hosts. No template sets it: the local cloud does, to put the fakes of
 * `local/providers` in their place. Addresses of this machine alone are taken, so that the variable, set anywhere else by whatever
 * mistake, cannot lead credentials or payments to another host (decision 0066).
 */
export const providerEndpointsEnv = {
  // Absent in stages without the sandbox.
  [env.sandboxUrl]: z.url().optional(),
  [env.providerEndpoints]: z
    .string()
    .transform((text, context) => {
      try {
        const value: unknown = JSON.parse(text);
        return value;
      } catch {
        context.addIssue('no JSON');
        return z.NEVER;
      }
    })
    .pipe(z.partialRecord(z.enum(providerNames), z.string().regex(/^http:\/\/127\.0\.0\.1:\d{1,5}$/)))
    .optional(),
};

/**
 * Certificates in PEM that a fake of PayPal signs its webhooks under, in place of the roots that everybody trusts. As above no template sets
 * them. They hold only where PayPal's own address is one of this machine.
 */
export const providerRootsEnv = {
  [env.providerRoots]: z
    .string()
    .regex(/^(?:-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----\s*)+$/)
    .optional(),
};

/** Throws where roots are given and PayPal is reached at its own hosts: whose webhooks they would make genuine, nobody could say. */
export function providerRootsOf(
  read: z.output<z.ZodObject<typeof providerRootsEnv>>,
  { paypal }: Pick<ProviderEndpoints, 'paypal'>,
): readonly string[] | undefined {
  const roots = read[env.providerRoots];
  if (roots === undefined) return undefined;
  if (paypal === undefined) throw new Error('roots of a provider that is reached at its own hosts');
  return roots.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
}

export function providerEndpointsOf(read: z.output<z.ZodObject<typeof providerEndpointsEnv>>): ProviderEndpoints {
  const sandbox = read[env.sandboxUrl];
  return { ...read[env.providerEndpoints], ...(sandbox === undefined ? {} : { sandbox }) };
}
