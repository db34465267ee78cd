import type { ChallengePlace, PasskeyChallenges, PasskeyCounters } from '../../lambdas/domain/mfa';

export function newMemoryPasskeyChallenges(): PasskeyChallenges {
  const kept = new Map<string, { readonly challenge: string; readonly expiresAtMs: number }>();
  const nameOf = ({ user, session, ceremony }: ChallengePlace): string => `${user}/${session}/${ceremony}`;
  return {
    keep: async (place, challenge, expiresAtMs) => {
      kept.set(nameOf(place), { challenge, expiresAtMs });
    },
    take: async (place, nowMs) => {
      const found = kept.get(nameOf(place));
      kept.delete(nameOf(place));
      return found !== undefined && found.expiresAtMs > nowMs ? found.challenge : undefined;
    },
  };
}

export function newMemoryPasskeyCounters(): PasskeyCounters {
  const seen = new Map<string, number>();
  return {
    advance: async (user, passkeyId, counter) => {
      const last = seen.get(`${user}/${passkeyId}`);
      if (last !== undefined && counter <= last && !(counter === 0 && last === 0)) return false;
      seen.set(`${user}/${passkeyId}`, counter);
      return true;
    },
  };
}
