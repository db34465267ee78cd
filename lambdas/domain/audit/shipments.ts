import type { Commit, Observation, Owner } from '../../kernel/journal';
import { ownerName } from '../../kernel/journal';
import type { Shipment } from './ship-commits';

/** Records of many owners, parted into one shipment an owner, in the order in which the owners first appear. */
export function byOwner(
  commits: readonly Commit[],
  observations: readonly Observation[],
): readonly { readonly owner: Owner; readonly shipment: Shipment }[] {
  const parts = new Map<string, { owner: Owner; commits: Commit[]; observations: Observation[] }>();
  const partOf = (owner: Owner) => {
    const name = ownerName(owner);
    const part = parts.get(name) ?? { owner, commits: [], observations: [] };
    parts.set(name, part);
    return part;
  };
  for (const commit of commits) partOf(commit.stream.owner).commits.push(commit);
  for (const observation of observations) partOf(observation.owner).observations.push(observation);
  return [...parts.values()].map(({ owner, ...shipment }) => ({ owner, shipment }));
}
