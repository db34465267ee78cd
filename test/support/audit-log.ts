import { isDeepStrictEqual } from 'node:util';

import { hashOf, segmentFromBytes, segmentKey } from '../../lambdas/adapters/s3/segment-codec';
import type { AuditRecord } from '../../lambdas/domain/audit/ports';
import type { Owner } from '../../lambdas/kernel/journal';
import type { Operator } from './operator';

/**
 * What is wrong with the log of an owner, one line each; none when every commit and observation of the journal stands in it
 * exactly once and word for word, indices have no gap, versions of a stream are in order, and each object continues the hash chain.
 */
export async function logDifferences(operator: Operator, bucket: string, owner: Owner): Promise<readonly string[]> {
  const name = owner === 'platform' ? owner : owner.tenant;
  const [journal, objects] = await Promise.all([operator.journal(), operator.objects(bucket, `${name}/`)]);
  const differences: string[] = [];
  const expect = (holds: boolean, otherwise: string): void => {
    if (!holds) differences.push(otherwise);
  };

  let index = 0;
  let previousHash = '0'.repeat(64);
  const shipped = new Map<string, AuditRecord>();
  const versions = new Map<string, number>();
  for (const { key, bytes } of objects) {
    const segment = segmentFromBytes(bytes);
    expect(key === segmentKey(owner, index), `${key} stands where index ${String(index)} should`);
    expect(segment.firstIndex === index, `${key} says that it begins at ${String(segment.firstIndex)}`);
    expect(segment.previousHash === previousHash, `${key} does not continue the chain`);
    for (const record of segment.records) {
      expect(!shipped.has(nameOf(record)), `${key} holds ${nameOf(record)} once more`);
      shipped.set(nameOf(record), record);
      if (record.type === 'observation') continue;
      const { stream, version } = record.commit;
      const before = versions.get(`${stream.kind}/${stream.id}`) ?? 0;
      expect(version === before + 1, `${key} holds ${nameOf(record)} after version ${String(before)}`);
      versions.set(`${stream.kind}/${stream.id}`, version);
    }
    index += segment.records.length;
    previousHash = hashOf(bytes);
  }

  const own = journal.filter((record) => isDeepStrictEqual(ownerOf(record), owner));
  for (const record of own) {
    const standing = shipped.get(nameOf(record));
    expect(standing !== undefined, `${nameOf(record)} is missing in the log`);
    if (standing !== undefined) expect(isDeepStrictEqual(standing, record), `${nameOf(record)} stands there altered`);
  }
  const journaled = new Set(own.map(nameOf));
  for (const each of shipped.keys()) expect(journaled.has(each), `${each} is in the log, and not in the journal`);
  return differences;
}

function ownerOf(record: AuditRecord): Owner {
  return record.type === 'commit' ? record.commit.stream.owner : record.observation.owner;
}

function nameOf(record: AuditRecord): string {
  if (record.type === 'observation') return `observation ${record.observation.commitId}`;
  const { stream, version } = record.commit;
  return `${stream.kind}/${stream.id} version ${String(version)}`;
}
