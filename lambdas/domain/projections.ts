import { fold } from '../kernel/entity';
import type { Entity, Head } from '../kernel/entity';
import { InvariantViolation } from '../kernel/invariant';
import type { Commit, DomainEvent, StreamId, ViewWrite } from '../kernel/journal';
import { streamName } from '../kernel/journal';
import { apiKeyEntity, apiKeyViews } from './api-keys';
import {
  glassesEntity,
  glassesViews,
  invitationEntity,
  invitationViews,
  invitedAddressEntity,
  invitedAddressViews,
  memberEntity,
  memberViews,
  ownersEntity,
  ownersViews,
  ownershipTransferEntity,
  ownershipTransferViews,
  platformAdminEntity,
  platformAdminViews,
  platformRosterEntity,
  platformRosterViews,
} from './identity';
import { factorsEntity, mfaViews } from './mfa';
import { paymentEntity, paymentViews } from './payments';
import { securityPolicyEntity, securityPolicyViews } from './policies';
import { connectionEntity, connectionViews } from './providers';
import {
  settlementClaimEntity,
  settlementClaimViews,
  settlementEntity,
  settlementLineViews,
  settlementViews,
} from './settlements';
import { tenantEntity, tenantViews } from './tenants';
import { webhookEventEntity, webhookEventViews, webhookRedriveEntity, webhookRedriveViews } from './webhooks';

/**
 * Every view of an entity, from the commits of its whole stream. Pure, so a rebuild gives what the projector gave, and the
 * order of deliveries cannot matter. Throws on a gap in the versions, and on a kind that has no projection: a kind that
 * nobody registered would otherwise be missing from every list without a word.
 */
export function projectStream(stream: StreamId, commits: readonly Commit[]): readonly ViewWrite[] {
  const projection = projections.find(({ kind }) => kind === stream.kind);
  if (projection === undefined) {
    throw new InvariantViolation(`no projection for ${stream.kind}: register it in domain/projections.ts`);
  }
  return projection.project(stream, commits);
}

/** The kinds of entities that have views. */
export function projectedKinds(): readonly string[] {
  return projections.map(({ kind }) => kind);
}

interface Projection {
  readonly kind: string;
  project(stream: StreamId, commits: readonly Commit[]): readonly ViewWrite[];
}

/** How a domain module says what is seen of its entity beside the immediate views: records of lists, look-ups. */
type EntityViews<State> = (state: State, head: Head, commits: readonly Commit[]) => readonly ViewWrite[];

const projections: readonly Projection[] = [
  projectionOf(tenantEntity, tenantViews),
  projectionOf(memberEntity, memberViews),
  projectionOf(ownersEntity, ownersViews),
  projectionOf(invitationEntity, invitationViews),
  projectionOf(invitedAddressEntity, invitedAddressViews),
  projectionOf(ownershipTransferEntity, ownershipTransferViews),
  projectionOf(platformAdminEntity, platformAdminViews),
  projectionOf(platformRosterEntity, platformRosterViews),
  projectionOf(glassesEntity, glassesViews),
  projectionOf(factorsEntity, mfaViews),
  projectionOf(apiKeyEntity, apiKeyViews),
  projectionOf(connectionEntity, connectionViews),
  projectionOf(paymentEntity, (payment, head) => [
    ...paymentViews(payment, head),
    ...settlementLineViews(payment, head),
  ]),
  projectionOf(settlementEntity, settlementViews),
  projectionOf(settlementClaimEntity, settlementClaimViews),
  projectionOf(webhookEventEntity, webhookEventViews),
  projectionOf(webhookRedriveEntity, webhookRedriveViews),
  projectionOf(securityPolicyEntity, securityPolicyViews),
];

function projectionOf<State, Event extends DomainEvent>(
  entity: Entity<State, Event>,
  views: EntityViews<State>,
): Projection {
  return {
    kind: entity.kind,
    project: (stream, commits) => {
      const { state, version } = fold(entity, commits);
      if (state === undefined) return [];
      const head = { stream, version };
      return onceEach([...views(state, head, commits), ...(entity.immediateViews?.(state, head) ?? [])]);
    },
  };
}

/** A view that is both immediate and in the list is written once. */
function onceEach(views: readonly ViewWrite[]): readonly ViewWrite[] {
  const places = new Map<string, ViewWrite>();
  for (const view of views) {
    const place = `${streamName(view.entity)}${view.type === 'slot' ? `#${view.slot}` : ''}`;
    if (!places.has(place)) places.set(place, view);
  }
  return [...places.values()];
}
