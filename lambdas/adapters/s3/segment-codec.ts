import { createHash } from 'node:crypto';

import type { AuditRecord, Segment } from '../../domain/audit/ports';
import { canonicalJson } from '../../kernel/canonical-json';
import type { Commit, Observation, Owner } from '../../kernel/journal';
import { ownerName } from '../../kernel/journal';
import type { Fields } from '../reading';
import { fieldsOf, integerOf, listOf, MalformedData, optionalTextOf, optionOf, textOf } from '../reading';
import { actorLevels, observationOutcomes } from '../vocabulary';

/**
 * A segment as bytes: JSON lines, readable with any tool. The first line is the header {firstIndex, count, previousHash, owner};
 * then one line a record, {index, commit} or {index, observation}. Every line is canonical JSON, so one segment has one form.
 */
export function segmentToBytes(segment: Segment): Buffer {
  const { firstIndex, previousHash, owner, records } = segment;
  const header = { firstIndex, count: records.length, previousHash, owner: ownerName(owner) };
  const lines = records.map((record, offset) =>
    record.type === 'commit'
      ? { index: firstIndex + offset, commit: record.commit }
      : { index: firstIndex + offset, observation: record.observation },
  );
  return Buffer.from([header, ...lines].map((line) => `${canonicalJson(line)}\n`).join(''));
}

/** Reads what `segmentToBytes` wrote; throws on anything else, also on a wrong count or index. */
export function segmentFromBytes(bytes: Uint8Array): Segment {
  const [header, ...lines] = Buffer.from(bytes).toString().trimEnd().split('\n').map(parseLine);
  if (header === undefined) throw new MalformedData('a segment without a header');
  const firstIndex = integerOf(header, 'firstIndex');
  if (integerOf(header, 'count') !== lines.length)
    throw new MalformedData('the count of a segment is not that of its lines');
  const name = textOf(header, 'owner');
  return {
    owner: name === 'platform' ? name : { tenant: name },
    firstIndex,
    previousHash: textOf(header, 'previousHash'),
    records: lines.map((line, offset) => {
      if (integerOf(line, 'index') !== firstIndex + offset)
        throw new MalformedData('the index of a record is not its place');
      return parseRecord(line);
    }),
  };
}

/** The key of the object that begins at an index: `<tenant or platform>/<12 digits>.json`. */
export function segmentKey(owner: Owner, firstIndex: number): string {
  return `${ownerName(owner)}/${String(firstIndex).padStart(12, '0')}.json`;
}

/** SHA-256 of an object's bytes, in hex: the link of the chain. */
export function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function parseLine(line: string): Fields {
  const value: unknown = JSON.parse(line);
  return fieldsOf(value, 'a line of a segment');
}

function parseRecord(line: Fields): AuditRecord {
  return line.commit === undefined
    ? { type: 'observation', observation: parseObservation(fieldsOf(line.observation, 'observation')) }
    : { type: 'commit', commit: parseCommit(fieldsOf(line.commit, 'commit')) };
}

function parseCommit(fields: Fields): Commit {
  const stream = fieldsOf(fields.stream, 'stream');
  const command = fieldsOf(fields.command, 'command');
  const key = optionalTextOf(command, 'key');
  const fingerprint = optionalTextOf(command, 'fingerprint');
  return {
    stream: { owner: parseOwner(stream.owner), kind: textOf(stream, 'kind'), id: textOf(stream, 'id') },
    version: integerOf(fields, 'version'),
    ...parseOrigin(fields),
    command: {
      name: textOf(command, 'name'),
      ...(key === undefined ? {} : { key }),
      ...(fingerprint === undefined ? {} : { fingerprint }),
    },
    events: listOf(fields, 'events').map((value) => {
      const event = fieldsOf(value, 'event');
      return { type: textOf(event, 'type'), data: fieldsOf(event.data, 'event data') };
    }),
    changes: listOf(fields, 'changes').map((value) => {
      const change = fieldsOf(value, 'change');
      return {
        path: textOf(change, 'path'),
        ...(change.from === undefined ? {} : { from: change.from }),
        ...(change.to === undefined ? {} : { to: change.to }),
      };
    }),
  };
}

function parseObservation(fields: Fields): Observation {
  const entity = fields.entity === undefined ? undefined : fieldsOf(fields.entity, 'entity');
  return {
    owner: parseOwner(fields.owner),
    ...parseOrigin(fields),
    type: textOf(fields, 'type'),
    outcome: optionOf(fields, 'outcome', observationOutcomes),
    ...(entity === undefined ? {} : { entity: { kind: textOf(entity, 'kind'), id: textOf(entity, 'id') } }),
    ...(fields.data === undefined ? {} : { data: fieldsOf(fields.data, 'data') }),
  };
}

function parseOrigin(fields: Fields): Pick<Commit, 'commitId' | 'at' | 'actor' | 'request'> {
  const actor = fieldsOf(fields.actor, 'actor');
  const session = optionalTextOf(actor, 'session');
  const request = fieldsOf(fields.request, 'request');
  const ip = optionalTextOf(request, 'ip');
  const userAgent = optionalTextOf(request, 'userAgent');
  return {
    commitId: textOf(fields, 'commitId'),
    at: textOf(fields, 'at'),
    actor: {
      user: textOf(actor, 'user'),
      ...(session === undefined ? {} : { session }),
      level: optionOf(actor, 'level', actorLevels),
    },
    request: {
      id: textOf(request, 'id'),
      ...(ip === undefined ? {} : { ip }),
      ...(userAgent === undefined ? {} : { userAgent }),
      route: textOf(request, 'route'),
    },
  };
}

function parseOwner(value: unknown): Owner {
  return value === 'platform' ? value : { tenant: textOf(fieldsOf(value, 'owner'), 'tenant') };
}
