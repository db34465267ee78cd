import type { Commit } from '../../kernel/journal';
import type { Notification } from './ports';

/**
 * What people must be told because of a commit. Reactions come at least once: the batch that a commit came in may be delivered
 * again, so a notification carries the commit's id, and whoever acts on it acts once an id.
 */
export function reactionsTo(commit: Commit): readonly Notification[] {
  const { stream, commitId, events } = commit;
  if (stream.owner === 'platform' || stream.kind !== 'invitation') return [];
  const { tenant } = stream.owner;
  return events
    .filter(({ type }) => type === 'InvitationIssued')
    .map(() => ({ kind: 'invitation-issued', tenant, invitationId: stream.id, commitId }));
}
