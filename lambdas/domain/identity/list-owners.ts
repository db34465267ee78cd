import type { Journal } from '../../kernel/journal';
import type { Views } from '../../kernel/views';
import { memberOf } from '../../kernel/views';
import { parseMemberView } from './member';
import type { Member } from './member';
import { ownersEntity, ownersStream } from './owners';

/** An Owner with the version of their own stream. */
export interface ListedOwner {
  readonly owner: Member;
  readonly version: number;
}

/**
 * The Owners of a tenant, active and suspended, newest first. Whoever was ever one stands in the owners' stream; what they are now
 * is read of each.
 */
export async function listOwners(
  ports: { readonly journal: Pick<Journal, 'read'>; readonly views: Pick<Views, 'record'> },
  tenant: string,
): Promise<readonly ListedOwner[]> {
  const commits = await ports.journal.read(ownersStream(tenant));
  const events = commits.flatMap((commit) => commit.events.map((event) => ownersEntity.parseEvent(event)));
  const ever = new Set(events.filter(({ type }) => type === 'OwnerAdded').map(({ data }) => data.user));
  const listed = await Promise.all([...ever].map((user) => ownerOf(ports, tenant, user)));
  return listed
    .filter((found) => found !== undefined)
    .sort((one, other) => other.owner.createdAt.localeCompare(one.owner.createdAt));
}

/** An Owner of the tenant, active or suspended. */
export async function ownerOf(
  { views }: { readonly views: Pick<Views, 'record'> },
  tenant: string,
  user: string,
): Promise<ListedOwner | undefined> {
  const record = await views.record(memberOf(tenant, user));
  if (record === undefined) return undefined;
  const owner = parseMemberView(record.data);
  return owner.role === 'owner' && owner.status !== 'removed' ? { owner, version: record.version } : undefined;
}
