import { createHash } from 'node:crypto';

import type { AuditHead, AuditHeads, Segment, WormLog } from '../../lambdas/domain/audit/ports';
import type { Owner } from '../../lambdas/kernel/journal';
import { streamName } from '../../lambdas/kernel/journal';

const ownerName = (owner: Owner): string => (owner === 'platform' ? owner : owner.tenant);

/** The head of an owner without a log. */
export const emptyHead: AuditHead = { nextIndex: 0, previousHash: '0'.repeat(64) };

/** Heads and cursors in memory. */
export function newMemoryAuditHeads(): AuditHeads {
  const heads = new Map<string, AuditHead>();
  const shipped = new Map<string, number>();
  const shippedObservations = new Set<string>();
  return {
    read: async (owner, streams, observations) => ({
      head: heads.get(ownerName(owner)) ?? emptyHead,
      shipped: new Map(
        streams.flatMap((stream): [string, number][] => {
          const version = shipped.get(streamName(stream));
          return version === undefined ? [] : [[streamName(stream), version]];
        }),
      ),
      shippedObservations: new Set(
        observations
          .map(({ commitId }) => commitId)
          .filter((commitId) => shippedObservations.has(`${ownerName(owner)}/${commitId}`)),
      ),
    }),
    advance: async (owner, from, to, streams, observations) => {
      const head = heads.get(ownerName(owner)) ?? emptyHead;
      if (head.nextIndex !== from.nextIndex || head.previousHash !== from.previousHash) return false;
      heads.set(ownerName(owner), to);
      for (const { stream, version } of streams) shipped.set(streamName(stream), version);
      for (const { commitId } of observations) shippedObservations.add(`${ownerName(owner)}/${commitId}`);
      return true;
    },
  };
}

/** A log in memory; `segments` for assertions. The hash is over its own JSON, not over the bytes of the S3 adapter. */
export function newMemoryWormLog(): WormLog & { readonly segments: readonly Segment[] } {
  const segments: Segment[] = [];
  const hashOf = (segment: Segment): string => createHash('sha256').update(JSON.stringify(segment)).digest('hex');
  const find = (owner: Owner, firstIndex: number): Segment | undefined =>
    segments.find((other) => ownerName(other.owner) === ownerName(owner) && other.firstIndex === firstIndex);
  return {
    segments,
    put: async (segment) => {
      if (find(segment.owner, segment.firstIndex) !== undefined) return { result: 'taken' };
      segments.push(segment);
      return { result: 'written', hash: hashOf(segment) };
    },
    read: async (owner, firstIndex) => {
      const segment = find(owner, firstIndex);
      return segment === undefined ? undefined : { segment, hash: hashOf(segment) };
    },
  };
}
