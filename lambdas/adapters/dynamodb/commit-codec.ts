import { invariant } from '../../kernel/invariant';
import type {
  Actor,
  Change,
  Commit,
  CommandStamp,
  DomainEvent,
  NewCommit,
  Observation,
  RequestOrigin,
} from '../../kernel/journal';
import type { Fields } from '../reading';
import { fieldsOf, listOf, MalformedData, optionalTextOf, optionOf, textOf } from '../reading';
import { actorLevels, observationOutcomes } from '../vocabulary';
import type { Item } from './attribute-values';
import { fromItem, toItem } from './attribute-values';
import { commitKey, observationKey, parseCommitKey, parseObservationKey } from './keys';

/** What the journal table holds: commits, and observations beside them. */
export type JournalRecord =
  | { readonly type: 'commit'; readonly commit: Commit }
  | { readonly type: 'observation'; readonly observation: Observation };

/** A commit costs one write unit up to here [DynamoDB: a write unit is 1 KB]. */
export const writeUnitBytes = 1_024;

/** No commit is greater: beyond it something put a document into an event. */
const maxCommitBytes = 32 * writeUnitBytes;

const maxUserAgentLength = 64;

/**
 * A commit as an item. Names are short because they are paid for in every item:
 * c commitId · t at · a actor {u user, s session, l level} · r request {i id, p ip, a userAgent, r route} ·
 * m command {n name, k key, f fingerprint} · e events [{t type, d data}] · h changes [{p path, f from, t to}]
 */
export function commitToItem(commit: NewCommit): Item {
  const item = toItem({
    ...commitKey(commit.stream, commit.version),
    c: commit.commitId,
    t: commit.at,
    a: shortActor(commit.actor),
    r: shortRequest(commit.request),
    m: { n: commit.command.name, k: commit.command.key, f: commit.command.fingerprint },
    e: commit.events.map(({ type, data }) => ({ t: type, d: data })),
    ...(commit.changes.length === 0
      ? {}
      : { h: commit.changes.map(({ path, from, to }) => ({ p: path, f: from, t: to })) }),
  });
  const bytes = itemBytes(item);
  invariant(bytes <= maxCommitBytes, `a commit of ${commit.stream.kind} has ${String(bytes)} bytes`);
  return item;
}

/** An observation: the same names, and o outcome · y type · n entity {k kind, i id} · d data. */
export function observationToItem(observation: Observation): Item {
  const { owner, commitId, at, entity } = observation;
  return toItem({
    ...observationKey(owner, at.slice(0, 10), commitId),
    c: commitId,
    t: at,
    a: shortActor(observation.actor),
    r: shortRequest(observation.request),
    y: observation.type,
    o: observation.outcome,
    n: entity === undefined ? undefined : { k: entity.kind, i: entity.id },
    d: observation.data,
  });
}

/** Reads an item of the journal: from an answer, a scan or the image of a stream record. Throws on anything that is not ours. */
export function parseJournalItem(item: unknown): JournalRecord {
  const fields = fromItem(item);
  const key = { pk: textOf(fields, 'pk'), sk: textOf(fields, 'sk') };
  const place = parseCommitKey(key);
  if (place !== undefined) return { type: 'commit', commit: parseCommit(fields, place) };
  const seen = parseObservationKey(key);
  if (seen !== undefined) return { type: 'observation', observation: parseObservation(fields, seen.owner) };
  throw new MalformedData(`no key of the journal: ${key.pk} ${key.sk}`);
}

/** Reads an item that must be a commit. */
export function parseCommitItem(item: unknown): Commit {
  const record = parseJournalItem(item);
  if (record.type !== 'commit') throw new MalformedData('an observation stands where a commit must');
  return record.commit;
}

/** Bytes of an item as DynamoDB counts them [Item sizes and formats]: names, values, and 3 + 1 a member for maps and lists. */
export function itemBytes(item: Item): number {
  return Object.entries(item).reduce(
    (sum, [name, attribute]) => sum + Buffer.byteLength(name) + attributeBytes(attribute),
    0,
  );
}

function attributeBytes(attribute: Item[string]): number {
  if (attribute.S !== undefined) return Buffer.byteLength(attribute.S);
  if (attribute.N !== undefined) return Math.ceil(attribute.N.replace(/[-.]/g, '').length / 2) + 2;
  if (attribute.L !== undefined) return attribute.L.reduce((sum, member) => sum + 1 + attributeBytes(member), 3);
  if (attribute.M !== undefined) return 3 + Object.keys(attribute.M).length + itemBytes(attribute.M);
  return 1;
}

function shortActor({ user, session, level }: Actor): object {
  return { u: user, s: session, l: level };
}

function shortRequest({ id, ip, userAgent, route }: RequestOrigin): object {
  return { i: id, p: ip, a: userAgent?.slice(0, maxUserAgentLength), r: route };
}

function parseCommit(fields: Fields, place: Pick<Commit, 'stream' | 'version'>): Commit {
  return {
    ...place,
    commitId: textOf(fields, 'c'),
    at: textOf(fields, 't'),
    actor: parseActor(fields.a),
    request: parseRequest(fields.r),
    command: parseCommand(fields.m),
    events: listOf(fields, 'e').map(parseEvent),
    changes: fields.h === undefined ? [] : listOf(fields, 'h').map(parseChange),
  };
}

function parseObservation(fields: Fields, owner: Observation['owner']): Observation {
  const entity = fields.n === undefined ? undefined : fieldsOf(fields.n, 'entity');
  return {
    owner,
    commitId: textOf(fields, 'c'),
    at: textOf(fields, 't'),
    actor: parseActor(fields.a),
    request: parseRequest(fields.r),
    type: textOf(fields, 'y'),
    outcome: optionOf(fields, 'o', observationOutcomes),
    ...(entity === undefined ? {} : { entity: { kind: textOf(entity, 'k'), id: textOf(entity, 'i') } }),
    ...(fields.d === undefined ? {} : { data: fieldsOf(fields.d, 'data') }),
  };
}

function parseActor(value: unknown): Actor {
  const fields = fieldsOf(value, 'actor');
  const session = optionalTextOf(fields, 's');
  return {
    user: textOf(fields, 'u'),
    ...(session === undefined ? {} : { session }),
    level: optionOf(fields, 'l', actorLevels),
  };
}

function parseRequest(value: unknown): RequestOrigin {
  const fields = fieldsOf(value, 'request');
  const ip = optionalTextOf(fields, 'p');
  const userAgent = optionalTextOf(fields, 'a');
  return {
    id: textOf(fields, 'i'),
    ...(ip === undefined ? {} : { ip }),
    ...(userAgent === undefined ? {} : { userAgent }),
    route: textOf(fields, 'r'),
  };
}

function parseCommand(value: unknown): CommandStamp {
  const fields = fieldsOf(value, 'command');
  const key = optionalTextOf(fields, 'k');
  const fingerprint = optionalTextOf(fields, 'f');
  return {
    name: textOf(fields, 'n'),
    ...(key === undefined ? {} : { key }),
    ...(fingerprint === undefined ? {} : { fingerprint }),
  };
}

function parseEvent(value: unknown): DomainEvent {
  const fields = fieldsOf(value, 'event');
  return { type: textOf(fields, 't'), data: fieldsOf(fields.d, 'event data') };
}

function parseChange(value: unknown): Change {
  const fields = fieldsOf(value, 'change');
  return {
    path: textOf(fields, 'p'),
    ...(fields.f === undefined ? {} : { from: fields.f }),
    ...(fields.t === undefined ? {} : { to: fields.t }),
  };
}
