import { hashOf, segmentFromBytes, segmentKey } from '../../lambdas/adapters/s3/segment-codec';
import type { Commit, Owner } from '../../lambdas/kernel/journal';
import { ownerName, streamName } from '../../lambdas/kernel/journal';
import type { Jury } from './violation';

/** Before the first object of a log. */
const genesisHash = '0'.repeat(64);

/** What the audit trail stands in, as it is at the moment. */
export interface AuditStanding {
  object(key: string): Uint8Array | undefined;
  objectCount(): number;
  head(owner: Owner): { readonly nextIndex: number; readonly previousHash: string };
  /** Version up to which a stream counts as shipped. */
  cursor(commit: Commit): number;
}

export interface AuditChecks {
  commit(commit: Commit): void;
  /** The head of an owner was written. */
  headMoved(owner: Owner): void;
  atRest(): void;
}

export function newAuditChecks(jury: Jury, standing: AuditStanding): AuditChecks {
  const commits = new Map<string, Commit>();
  const owners = new Map<string, Owner>();

  return {
    commit: (commit) => {
      commits.set(commit.commitId, commit);
      owners.set(ownerName(commit.stream.owner), commit.stream.owner);
    },

    headMoved: (owner) => {
      const { end, hash } = walk(owner, () => undefined);
      const head = standing.head(owner);
      jury.check(
        head.nextIndex < end || (head.nextIndex === end && head.previousHash === hash),
        'the head never runs ahead of the log',
        () => `${ownerName(owner)} points at ${String(head.nextIndex)}, the log ends at ${String(end)}`,
      );
    },

    atRest: () => {
      const shipped = new Set<string>();
      const versions = new Map<string, number>();
      let objects = 0;
      for (const owner of owners.values()) {
        const { end, hash, count } = walk(owner, (commit) => {
          jury.check(!shipped.has(commit.commitId), 'every commit audited once', () => `${commit.commitId} twice`);
          shipped.add(commit.commitId);
          jury.check(commits.has(commit.commitId), 'nothing audited that was not committed', () => commit.commitId);
          const stream = streamName(commit.stream);
          const follows = commit.version === (versions.get(stream) ?? 0) + 1;
          jury.check(follows, 'every commit audited in order', () => `${stream} ${String(commit.version)}`);
          versions.set(stream, commit.version);
        });
        objects += count;
        const head = standing.head(owner);
        const atEnd = head.nextIndex === end && head.previousHash === hash;
        jury.check(atEnd, 'the head stands at the end of the log', () => ownerName(owner));
      }
      jury.check(objects === standing.objectCount(), 'no object beside the chain', () =>
        String(standing.objectCount()),
      );
      for (const commit of commits.values()) {
        jury.check(
          shipped.has(commit.commitId),
          'every commit audited once',
          () => `${streamName(commit.stream)} ${String(commit.version)} is missing`,
        );
        jury.check(standing.cursor(commit) >= commit.version, 'cursors tell what was shipped', () =>
          streamName(commit.stream),
        );
      }
    },
  };

  /** From the first object on as far as the chain goes, by its own hashes. */
  function walk(owner: Owner, onCommit: (commit: Commit) => void) {
    let [end, hash, count] = [0, genesisHash, 0];
    for (;;) {
      const bytes = standing.object(segmentKey(owner, end));
      if (bytes === undefined) return { end, hash, count };
      const segment = segmentFromBytes(bytes);
      const before = hash;
      jury.check(segment.previousHash === before, 'the hash chain is whole', () => segmentKey(owner, end));
      for (const record of segment.records) if (record.type === 'commit') onCommit(record.commit);
      hash = hashOf(bytes);
      end += segment.records.length;
      count += 1;
    }
  }
}
