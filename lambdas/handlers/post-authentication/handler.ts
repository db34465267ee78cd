import * as z from 'zod';

import { platform } from '../../kernel/journal';
import { errorFields } from '../../middleware/log';
import { observationBy } from '../../middleware/observations';
import type { PostAuthenticationDependencies } from './dependencies';
import { bindDependencies } from './dependencies';

/** [https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-post-authentication.html] */
const postAuthenticationEvent = z.looseObject({
  callerContext: z.looseObject({ clientId: z.string().max(128) }),
  request: z.looseObject({ userAttributes: z.looseObject({ sub: z.string().min(1).max(128) }) }),
});

/** Cognito gives a trigger five seconds; what is left of them is for its own way here and back. */
const patienceMs = 3_000;

/**
 * Cognito's post-authentication trigger: each sign-in is remembered in the platform's log [PCI DSS 10.2.1]. Cognito names no
 * address and no session; the first request of the session does (`SessionStarted`). An answer that fails would refuse the
 * sign-in, so this one never does: what could not be written is counted, which pages, and stands in the log (decision 0057).
 */
export function newPostAuthentication(
  deps: PostAuthenticationDependencies,
): (event: unknown, context: { readonly awsRequestId: string }) => Promise<unknown> {
  return async (event, { awsRequestId }) => {
    const signIn = postAuthenticationEvent.safeParse(event);
    const user = signIn.data?.request.userAttributes.sub;
    try {
      if (user === undefined) throw new TypeError('an event of another form than the post-authentication trigger has');
      // A crash before this write leaves the sign-in unrecorded but for the line of Lambda itself; nothing else depends on it.
      const seen = deps.journal.observe(
        observationBy(
          deps,
          { actor: { user, level: 'user' }, request: { id: awsRequestId, route: 'sign-in' } },
          {
            owner: platform,
            type: 'SignedIn',
            outcome: 'succeeded',
            entity: { kind: 'user', id: user },
            data: { client: signIn.data?.callerContext.clientId },
          },
        ),
      );
      await Promise.race([seen, tooLate(deps)]);
      deps.log.info('signed in', { awsRequestId, userId: user });
    } catch (error) {
      deps.metrics.count('ObservationFailed');
      deps.log.error('observation failed', { awsRequestId, userId: user, reason: 'SignedIn', ...errorFields(error) });
    }
    deps.metrics.flush();
    return event;
  };
}

async function tooLate({ sleep }: Pick<PostAuthenticationDependencies, 'sleep'>): Promise<never> {
  await sleep(patienceMs);
  throw new Error('the journal takes longer than Cognito waits');
}

export const handler = newPostAuthentication(bindDependencies());
