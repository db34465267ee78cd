import type { SessionStarts } from '../../domain/identity';
import { newBoundedMap } from '../../kernel/bounded-map';
import type { CommandContext } from '../../kernel/command';
import { platform } from '../../kernel/journal';
import { noteFailure, observationBy } from '../../middleware/observations';
import type { ServiceDeps } from '../../middleware/service';

const rememberedSessions = 10_000;

export type ObserveSession = (
  who: { readonly user: string; readonly session: string },
  context: CommandContext,
) => Promise<void>;

/**
 * Remembers the first request of a session, once: who signed in is known to Cognito's trigger, from where to the gateway alone.
 * A request is answered even when this cannot be written; the next one tries again.
 */
export function newObserveSession(
  deps: Pick<ServiceDeps, 'platform' | 'clock' | 'commitIds' | 'log' | 'metrics'> & {
    readonly sessionStarts: SessionStarts;
  },
): ObserveSession {
  const known = newBoundedMap<true>(rememberedSessions);
  return async ({ user, session }, context) => {
    const key = `${user}/${session}`;
    if (known.get(key) === true) return;
    const seen = observationBy(deps, context, { owner: platform, type: 'SessionStarted', outcome: 'succeeded' });
    try {
      // A crash after the claim leaves a session without its record; the next function that sees it writes it, under the same id.
      const { commitId, at } = await deps.sessionStarts.claim(user, session, seen);
      // A crash after this: it is written once more, and is the same.
      await deps.platform.journal.observe({ ...seen, commitId, at });
      known.set(key, true);
    } catch (error) {
      noteFailure(deps, seen, error);
    }
  };
}
