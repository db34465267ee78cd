import type { Commit, Owner, StreamId, ViewWrite } from './journal';

/** A stored view record: `data` as the entity's projection made it, at the version of the stream it was made from. */
export interface ViewRecord {
  readonly version: number;
  readonly data: Readonly<Record<string, unknown>>;
}

/** The slots of a record that several streams share, by name. */
export type ViewSlots = Readonly<Record<string, ViewRecord>>;

export interface Page {
  readonly records: readonly ViewRecord[];
  /** Position after the last record; undefined at the end. It is opaque, and signed before it leaves the service. */
  readonly next: Readonly<Record<string, unknown>> | undefined;
}

/** What admission needs of a tenant, read in one round. */
export interface Access {
  /** The record of who calls: a membership, or an API key. */
  readonly principal: ViewRecord | undefined;
  readonly gate: ViewSlots;
  /** First commit of the stream asked for along with the access, if it exists. */
  readonly firstCommit: Commit | undefined;
}

export interface Views {
  record(entity: StreamId): Promise<ViewRecord | undefined>;
  slots(entity: StreamId): Promise<ViewSlots>;
  /** Newest first. `under` as in the record's `listed`. */
  list(
    owner: Owner,
    kind: string,
    options: {
      readonly limit: number;
      readonly under?: string;
      readonly after?: Readonly<Record<string, unknown>>;
    },
  ): Promise<Page>;
  /**
   * The record of the caller (a membership or an API key of the tenant) and the tenant's gate, strongly consistent, and the first
   * commit of a stream (to see a replay of a create), in one call. What stands beside the caller's record must not be used unless
   * that record is found and admits them.
   */
  access(tenant: string, principal: StreamId, stream?: StreamId): Promise<Access>;
}

/** Lists whose records are dated ahead, by when something is to be done about them. */
export interface DueList {
  /** The records of a list whose time has come by `until` (ISO 8601), the longest due first. */
  due(
    owner: Owner,
    kind: string,
    options: {
      readonly limit: number;
      readonly until: string;
      readonly under?: string;
      readonly after?: Readonly<Record<string, unknown>>;
    },
  ): Promise<Page>;
}

/** Writes views outside of a commit: the projector and the rebuild command. Older versions never overwrite newer ones. */
export interface ViewWriter {
  write(views: readonly ViewWrite[]): Promise<void>;
}

/** The record that all streams of a tenant's gate share: slots `tenant`, `policy` and `connection#<id>`. */
export function gateOf(tenant: string): StreamId {
  return { owner: { tenant }, kind: 'gate', id: 'gate' };
}

/** The view record of a member: the same name as the member's stream. */
export function memberOf(tenant: string, user: string): StreamId {
  return { owner: { tenant }, kind: 'member', id: user };
}
