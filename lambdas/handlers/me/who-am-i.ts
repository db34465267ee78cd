import { isActivePlatformAdmin, parseListedMembership, platformAdminStream } from '../../domain/identity';
import { factorsEntity, factorsStream, recoveryCodesLeft, totpStatus } from '../../domain/mfa';
import { fold } from '../../kernel/entity';
import { platform } from '../../kernel/journal';
import type { Endpoint } from '../../middleware/service';
import type { meRoutes } from '../../routes/me';
import type { MeDependencies } from './dependencies';
import { newObserveSession } from './observe-session';

/** More memberships than any person has; the console needs no pages of them. */
const maxMemberships = 100;

/** Who the caller is. The four reads go out together, beside the record of the session's first request. */
export function whoAmI(deps: MeDependencies): Endpoint<(typeof meRoutes)['me.get']> {
  const { journal, views } = deps.platform;
  const observeSession = newObserveSession(deps);
  return async ({ caller: { user, session }, context }) => {
    const [admin, memberships, commits, stepUp] = await Promise.all([
      views.record(platformAdminStream(user)),
      views.list(platform, 'membership', { limit: maxMemberships, under: user }),
      journal.read(factorsStream(user)),
      deps.stepUps.read(user, session),
      observeSession({ user, session }, context),
    ]);
    const now = deps.clock.now();
    const { state: factors } = fold(factorsEntity, commits);
    return {
      status: 200,
      body: {
        userId: user,
        platformAdmin: admin !== undefined && isActivePlatformAdmin(admin),
        memberships: memberships.records.map(({ data }) => {
          const { tenantId, role, permissions, status } = parseListedMembership(data);
          return { tenantId, role, permissions: [...permissions], status };
        }),
        mfa: {
          totp: totpStatus(factors, now),
          passkeys: (factors?.passkeys ?? []).map(({ id, name, createdAt }) => ({ id, name, createdAt })),
          recoveryCodesLeft: recoveryCodesLeft(factors),
        },
        stepUp: windowOf(stepUp?.verifiedAtMs, deps.policies.lastKnown().stepUpWindowSeconds, now),
      },
    };
  };
}

/** When the session's step-up ends by the platform's window; a tenant's own may be shorter. */
function windowOf(verifiedAtMs: number | undefined, windowSeconds: number, now: Date) {
  if (verifiedAtMs === undefined) return { verifiedAt: null, expiresAt: null };
  const expiresAtMs = verifiedAtMs + windowSeconds * 1000;
  if (expiresAtMs <= now.getTime()) return { verifiedAt: null, expiresAt: null };
  return { verifiedAt: new Date(verifiedAtMs).toISOString(), expiresAt: new Date(expiresAtMs).toISOString() };
}
