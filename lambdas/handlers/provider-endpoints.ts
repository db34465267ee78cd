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

export function providerEndpointsOf(read: z.output<z.ZodObject<typeof providerEndpointsEnv>>): ProviderEndpoints {
  const sandbox = read[env.sandboxUrl];
  return { ...read[env.providerEndpoints], ...(sandbox === undefined ? {} : { sandbox }) };
}
