import {
  acceptInvitationAs,
  parsePlatformAdminView,
  platformAdminStream,
  readInvitationToken,
} from '../../domain/identity';
import type { AcceptInvitationRefusal } from '../../domain/identity';
import { tenantStatusOf } from '../../domain/tenants';
import { platform } from '../../kernel/journal';
import { gateOf } from '../../kernel/views';
import { observationBy, observeRefusal } from '../../middleware/observations';
import type { Problem } from '../../middleware/problem';
import { commandProblem, isCommandRefusal } from '../../middleware/refusals';
import type { Endpoint } from '../../middleware/service';
import type { membersRoutes } from '../../routes/members';
import type { MembersDependencies } from './dependencies';
import { presentMember } from './present-member';

type Accept = Endpoint<(typeof membersRoutes)['invitations.accept']>;

/**
 * The token is the proof that takes the place of a membership: its code is checked by the function's own role, and only then is
 * the tenant in it believed and its role assumed.
 */
export function acceptEndpoint(deps: MembersDependencies): Accept {
  const superAdminSince = async (user: string): Promise<string | undefined> => {
    const record = await deps.platform.views.record(platformAdminStream(user));
    const admin = record === undefined ? undefined : parsePlatformAdminView(record.data);
    return admin?.status === 'active' ? admin.since : undefined;
  };

  return async ({ caller, body, context }) => {
    const refused = async (reason: string, problem: Problem) => {
      await observeRefusal(
        deps,
        observationBy(deps, context, {
          owner: platform,
          type: 'InvitationRefused',
          outcome: 'refused',
          data: { reason },
        }),
      );
      return { problem };
    };

    const invitation = await readInvitationToken(body.token, deps.checking.tokens);
    if (invitation === undefined) return refused('token-invalid', invalidToken);

    const { journal, views } = deps.forTenant(invitation.tenant);
    if (tenantStatusOf(await views.slots(gateOf(invitation.tenant))) === 'suspended') {
      return refused('tenant-suspended', { slug: 'tenant-suspended', detail: 'This tenant is suspended.' });
    }
    const ports = { ...deps, journal, macs: deps.checking.addresses, superAdminSince };
    const accepted = await acceptInvitationAs(ports, invitation, caller, context);
    if (accepted.ok) {
      const { member, version } = accepted.value;
      return { status: 200, body: presentMember(member, version, deps.clock.now()), version };
    }
    return refused(accepted.error.reason, problemOf(accepted.error));
  };
}

const invalidToken: Problem = { slug: 'refused', detail: 'This invitation is not valid.' };

function problemOf(refusal: AcceptInvitationRefusal): Problem {
  if (isCommandRefusal(refusal)) return commandProblem(refusal);
  switch (refusal.reason) {
    case 'invitation-absent':
      return invalidToken;
    case 'not-invited':
      return { slug: 'refused', detail: 'This invitation is for another e-mail address, or yours is not verified.' };
    case 'invitation-superseded':
      return { slug: 'refused', detail: 'This invitation was sent again. Use the link in the newest mail.' };
    case 'invitation-revoked':
      return { slug: 'refused', detail: 'This invitation has been revoked.' };
    case 'invitation-void':
      return { slug: 'refused', detail: 'This invitation no longer holds. Ask for a new one.' };
    case 'super-admin':
      return { slug: 'refused', detail: 'A Super Admin is a member of no tenant. Break the glass instead.' };
    case 'oneself':
      return { slug: 'refused', detail: 'Nobody accepts an invitation that they sent themselves.' };
    case 'invitation-expired':
      return { slug: 'refused', detail: 'This invitation has expired. Ask for a new one.' };
    case 'invitation-used':
      return { slug: 'conflict', detail: 'This invitation has been used.' };
    case 'already-member':
      return { slug: 'conflict', detail: 'You are a member of this tenant already.' };
  }
}
