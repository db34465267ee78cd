import type { Context } from 'aws-lambda';
import * as z from 'zod';

import { bootstrapPlatform } from '../../domain/identity';
import type { PlatformBootstrapDependencies } from './dependencies';
import { bindDependencies } from './dependencies';

const order = z.strictObject({ email: z.email().max(254) });

/**
 * Makes the first Super Admin, once in the life of the platform. Invoked by an operator with `{"email": …}`; the person must have
 * signed up and verified that address. An error says what to do; it never repeats the address.
 */
export function newPlatformBootstrap(
  deps: PlatformBootstrapDependencies,
): (event: unknown, context: Pick<Context, 'awsRequestId'>) => Promise<{ readonly userId: string }> {
  return async (event, { awsRequestId }) => {
    const read = order.safeParse(event);
    if (!read.success) throw new Error('send {"email": "<address of the first Super Admin>"}');
    const userId = await deps.directory.findUserByEmail(read.data.email);
    if (userId === undefined) throw new Error('no confirmed user has this verified e-mail address: sign up first');

    const done = await bootstrapPlatform(deps, userId, {
      actor: { user: 'platform-bootstrap', level: 'operator' },
      request: { id: awsRequestId, route: 'platform-bootstrap' },
      command: { name: 'platform.bootstrap' },
    });
    if (!done.ok) {
      deps.log.warn('bootstrap refused', { awsRequestId, reason: done.error.reason });
      throw new Error(`bootstrap refused: ${messages[done.error.reason] ?? done.error.reason}`);
    }
    deps.log.info('first Super Admin appointed', { awsRequestId, userId });
    return { userId };
  };
}

const messages: Readonly<Record<string, string>> = {
  'already-bootstrapped': 'the platform has had its first Super Admin; this runs once only',
  contended: 'another run is under way; see whether it succeeded before you try again',
};

export const handler = newPlatformBootstrap(bindDependencies());
