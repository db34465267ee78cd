import { newService } from '../../middleware/service';
import type { Service } from '../../middleware/service';
import { membersRoutes } from '../../routes/members';
import { acceptEndpoint } from './accept-endpoint';
import type { MembersDependencies } from './dependencies';
import { bindDependencies } from './dependencies';
import { invitationEndpoints } from './invitation-endpoints';
import { memberEndpoints } from './member-endpoints';
import { ownershipEndpoints } from './ownership-endpoints';

/** Who belongs to a tenant, how one comes to, and who may do what. */
export function newMembers(deps: MembersDependencies): Service {
  return newService(
    membersRoutes,
    {
      ...memberEndpoints(deps),
      ...invitationEndpoints(deps),
      ...ownershipEndpoints(deps),
      'invitations.accept': acceptEndpoint(deps),
    },
    deps,
  );
}

export const handler = newMembers(bindDependencies());
