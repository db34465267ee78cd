import {
  acceptOwnership,
  offerOwnershipTo,
  ownershipStatus,
  ownershipTransferEntity,
  ownershipTransferStream,
  withdrawOwnership,
} from '../../domain/identity';
import type { OwnershipTransfer } from '../../domain/identity';
import { fold } from '../../kernel/entity';
import { notFound } from '../../middleware/refusals';
import type { Endpoints } from '../../middleware/service';
import type { membersRoutes } from '../../routes/members';
import type { MembersDependencies } from './dependencies';
import { newRefuse } from './refused-reach';

type Own = 'ownership.offer' | 'ownership.get' | 'ownership.withdraw' | 'ownership.accept';

/** The transfer of ownership. Who may is decided on the members' streams, not on what admission has read before. */
export function ownershipEndpoints(deps: MembersDependencies): Pick<Endpoints<typeof membersRoutes>, Own> {
  const refuse = newRefuse(deps);
  const portsOf = (tenant: string) => ({ ...deps, journal: deps.forTenant(tenant).journal });
  const present = (transfer: OwnershipTransfer, version: number) => {
    const { from, to, offeredAt, expiresAt } = transfer;
    return { from, to, status: ownershipStatus(transfer, deps.clock.now()), offeredAt, expiresAt, version };
  };

  return {
    'ownership.offer': async ({ tenant, body, context }) => {
      const offered = await offerOwnershipTo(portsOf(tenant.id), { tenant: tenant.id, to: body.userId }, context);
      if (!offered.ok) {
        return refuse(offered.error, { tenant: tenant.id, context, entity: { kind: 'member', id: body.userId } });
      }
      const { state, version, replayed } = offered.value;
      return { status: 201, body: present(state, version), version, replayed };
    },

    'ownership.get': async ({ tenant }) => {
      const commits = await deps.forTenant(tenant.id).journal.read(ownershipTransferStream(tenant.id));
      const { state, version } = fold(ownershipTransferEntity, commits);
      if (state === undefined) return { problem: notFound };
      return { status: 200, body: present(state, version), version };
    },

    'ownership.withdraw': async ({ tenant, context, ifMatch }) => {
      const withdrawn = await withdrawOwnership(portsOf(tenant.id), tenant.id, context, ifMatch);
      return withdrawn.ok ? { status: 204, body: undefined } : refuse(withdrawn.error, { tenant: tenant.id, context });
    },

    'ownership.accept': async ({ tenant, context }) => {
      const accepted = await acceptOwnership(portsOf(tenant.id), tenant.id, context);
      if (!accepted.ok) return refuse(accepted.error, { tenant: tenant.id, context });
      const { state, version } = accepted.value;
      return { status: 200, body: present(state, version), version };
    },
  };
}
