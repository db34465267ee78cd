import { invariant } from '../../kernel/invariant';
import type { Owner, StreamId } from '../../kernel/journal';

/**
 * Every key of every table, in one place. A tenant's keys begin `T#<tenant>#`, the platform's `P#`; the roles' policies pin the
 * first part (`dynamodb:LeadingKeys`), so nothing else may build a key.
 */
export interface Key {
  readonly pk: string;
  readonly sk: string;
}

/** What may stand between two `#`: ids, subject ids, ULIDs, dates and names; never `#`, and never the `*` or `?` of a policy. */
const partPattern = /^[A-Za-z0-9][A-Za-z0-9_.:@=-]{0,127}$/;

const versionDigits = 8;

/** The greatest version that still sorts: 99 999 999. */
const maxVersion = 10 ** versionDigits - 1;

export function entityPk(owner: Owner, kind: string, id: string): string {
  return `${ownerPrefix(owner)}${part(kind)}#${part(id)}`;
}

/** A commit: its entity's stream, its version in eight digits. */
export function commitKey(stream: StreamId, version: number): Key {
  return { pk: entityPk(stream.owner, stream.kind, stream.id), sk: versionSk(version) };
}

export function versionSk(version: number): string {
  invariant(Number.isInteger(version) && version >= 1 && version <= maxVersion, `no version: ${String(version)}`);
  return `V#${String(version).padStart(versionDigits, '0')}`;
}

/** An observation: its owner's stream of the day (`yyyy-mm-dd`, UTC), its own ULID. */
export function observationKey(owner: Owner, day: string, commitId: string): Key {
  return { pk: entityPk(owner, 'observation', day), sk: `O#${part(commitId)}` };
}

/** A view record or the record that several streams share by slots. */
export function viewKey(entity: StreamId): Key {
  return { pk: entityPk(entity.owner, entity.kind, entity.id), sk: 'view' };
}

/** The partition of an owner's list of a kind, or of the list `under` within it. */
export function listPk(owner: Owner, kind: string, under?: string): string {
  const all = `${ownerPrefix(owner)}${part(kind)}`;
  return under === undefined ? all : `${all}#${part(under)}`;
}

/** The place in a list: by time (ISO 8601), then by id. */
export function listSk(at: string, id: string): string {
  return `${part(at)}#${part(id)}`;
}

/** A cell of the rate limiter. `who` may hold anything; it is percent-encoded. */
export function limiterKey(who: string, rateClass: string): Key {
  return { pk: `P#limit#${encodeURIComponent(who)}#${part(rateClass)}`, sk: 'cell' };
}

export function stepUpKey(user: string, session: string): Key {
  return { pk: entityPk('platform', 'step-up', user), sk: part(session) };
}

export function sessionStartKey(user: string, session: string): Key {
  return { pk: entityPk('platform', 'session-start', user), sk: part(session) };
}

/** Beside the step-ups of a user; no session has a `#` in its name. */
export function stepUpRevocationKey(user: string): Key {
  return { pk: entityPk('platform', 'step-up', user), sk: 'revoked#until' };
}

/** One a user, session and ceremony: a new challenge takes the place of an earlier one. */
export function passkeyChallengeKey(user: string, session: string, ceremony: string): Key {
  return { pk: entityPk('platform', 'passkey-challenge', user), sk: `${part(ceremony)}#${part(session)}` };
}

/** The last signature counter of a passkey, beside the counter of attempts. */
export function passkeyCounterKey(user: string, passkey: string): Key {
  return { pk: entityPk('platform', 'mfa-counter', user), sk: `passkey#${part(passkey)}` };
}

export function mfaCounterKey(user: string): Key {
  return { pk: entityPk('platform', 'mfa-counter', user), sk: 'counter' };
}

/** The counter of recovery codes, beside the one of the authenticator app. */
export function recoveryCounterKey(user: string): Key {
  return { pk: entityPk('platform', 'mfa-counter', user), sk: 'recovery-codes' };
}

/** When an API key was last used. */
export function apiKeyUseKey(tenant: string, keyId: string): Key {
  return { pk: entityPk({ tenant }, 'api-key-use', keyId), sk: 'use' };
}

export function leaseKey(owner: Owner, name: string): Key {
  return { pk: entityPk(owner, 'lease', name), sk: 'lease' };
}

/** Who holds the places of a tenant's pool of expensive requests. */
export function slotsKey(tenant: string, pool: string): Key {
  return { pk: entityPk({ tenant }, 'slots', pool), sk: 'slots' };
}

export function auditHeadKey(owner: Owner): Key {
  return { pk: `${ownerPrefix(owner)}audit-head`, sk: 'head' };
}

export function auditCursorKey(stream: StreamId): Key {
  return { pk: `${ownerPrefix(stream.owner)}audit-cursor#${part(stream.kind)}#${part(stream.id)}`, sk: 'cursor' };
}

/** Observations never follow one another, so each has a cursor of its own. */
export function auditObservationKey(owner: Owner, day: string, commitId: string): Key {
  return { pk: `${ownerPrefix(owner)}audit-cursor#observation#${part(day)}`, sk: `O#${part(commitId)}` };
}

/** Where the sweep of the journal stands: one for all owners. */
export function sweepCheckpointKey(): Key {
  return { pk: entityPk('platform', 'audit-sweep', 'checkpoint'), sk: 'checkpoint' };
}

/** Which generation of a tenant's books is read. */
export function ledgerGenerationsKey(tenant: string): Key {
  return { pk: entityPk({ tenant }, 'ledger', 'generations'), sk: 'generations' };
}

/** A generation of a tenant's books: its place in the log, and the sums of all accounts. */
export function ledgerBooksKey(tenant: string, generation: number): Key {
  return { pk: entityPk({ tenant }, 'ledger', `books.${String(generation)}`), sk: 'books' };
}

/** An entry of the books, by its place in the log. */
export function ledgerEntryKey(tenant: string, generation: number, index: number): Key {
  return { pk: entityPk({ tenant }, 'ledger-entries', String(generation)), sk: `E#${logIndex(index)}` };
}

/** A line of an account in a currency, by its entry's place in the log: an entry has one at most. */
export function ledgerLineKey(
  tenant: string,
  generation: number,
  account: string,
  currency: string,
  index: number,
): Key {
  const id = `${String(generation)}.${account}.${currency}`;
  return { pk: entityPk({ tenant }, 'ledger-lines', id), sk: `L#${logIndex(index)}` };
}

/** An index of a tenant's log in twelve digits, as in the names of the log's objects. */
function logIndex(index: number): string {
  invariant(Number.isSafeInteger(index) && index >= 0 && index < 1e12, `no index of a log: ${String(index)}`);
  return String(index).padStart(12, '0');
}

/** The stream behind a partition key of the journal, and the version behind its sort key; undefined for anything else. */
export function parseCommitKey(key: Key): { readonly stream: StreamId; readonly version: number } | undefined {
  const version = /^V#(\d{8})$/.exec(key.sk)?.[1];
  const stream = parseEntityPk(key.pk);
  return version === undefined || stream === undefined ? undefined : { stream, version: Number(version) };
}

/** Whose an observation is, its day and its ULID; undefined for anything else. */
export function parseObservationKey(
  key: Key,
): { readonly owner: Owner; readonly day: string; readonly commitId: string } | undefined {
  const commitId = /^O#([0-9A-Z]+)$/.exec(key.sk)?.[1];
  const stream = parseEntityPk(key.pk);
  if (commitId === undefined || stream?.kind !== 'observation') return undefined;
  return { owner: stream.owner, day: stream.id, commitId };
}

function parseEntityPk(pk: string): StreamId | undefined {
  const [space, ...parts] = pk.split('#');
  if (!parts.every((text) => partPattern.test(text))) return undefined;
  if (space === 'T' && parts.length === 3) {
    const [tenant = '', kind = '', id = ''] = parts;
    return { owner: { tenant }, kind, id };
  }
  if (space === 'P' && parts.length === 2) {
    const [kind = '', id = ''] = parts;
    return { owner: 'platform', kind, id };
  }
  return undefined;
}

function ownerPrefix(owner: Owner): string {
  return owner === 'platform' ? 'P#' : `T#${part(owner.tenant)}#`;
}

function part(text: string): string {
  invariant(partPattern.test(text), `not fit for a key: ${JSON.stringify(text.slice(0, 40))}`);
  return text;
}
