/**
 * The journal: every change of state is one commit, written once and never changed. This file is the port; the only
 * adapter for DynamoDB is `adapters/dynamodb/dynamo-journal.ts`, and tests have one in memory that passes the same contract.
 */

/** Whose an entity is: a tenant's, or the platform's own. */
export type Owner = { readonly tenant: string } | 'platform';

/** One entity's stream of commits. */
export interface StreamId {
  readonly owner: Owner;
  /** The kind of entity: `payment`, `member`, `connection` … */
  readonly kind: string;
  readonly id: string;
}

/** Who acts. `level` is the authority under which the command was allowed. */
export interface Actor {
  /** Subject id of the user, or the name of the function or provider connection that acts by itself. */
  readonly user: string;
  /** Session (`origin_jti`) of a user; absent for machines. */
  readonly session?: string;
  readonly level:
    'super-admin' | 'owner' | 'admin' | 'auditor' | 'api-key' | 'user' | 'provider' | 'system' | 'operator';
}

/** Where a command came from: at most a few dozen bytes each; the adapter cuts user agents to 64 characters. */
export interface RequestOrigin {
  readonly id: string;
  readonly ip?: string;
  readonly userAgent?: string;
  /** Route id (`payments.create`), queue or schedule name. */
  readonly route: string;
}

/** The command behind a commit. `key` and `fingerprint` are derived tokens (never the caller's text) that make a replay visible. */
export interface CommandStamp {
  readonly name: string;
  readonly key?: string;
  readonly fingerprint?: string;
}

/** What happened, in the past tense of the domain. `data` is JSON and free of secrets and personal data. */
export interface DomainEvent {
  readonly type: string;
  readonly data: object;
}

/** One observable field before and after. `from` is absent when the field came into being, `to` when it went. */
export interface Change {
  readonly path: string;
  readonly from?: unknown;
  readonly to?: unknown;
}

/** What a caller of `append` supplies. */
export interface NewCommit<E extends DomainEvent = DomainEvent> {
  readonly stream: StreamId;
  /** The version this commit takes: the current version of the stream plus one. */
  readonly version: number;
  readonly commitId: string;
  /** ISO 8601 in UTC with milliseconds. */
  readonly at: string;
  readonly actor: Actor;
  readonly request: RequestOrigin;
  readonly command: CommandStamp;
  readonly events: readonly E[];
  readonly changes: readonly Change[];
}

export type Commit<E extends DomainEvent = DomainEvent> = NewCommit<E>;

/** A view that must hold at once, so it is written in the same transaction as the commit. */
export type ViewWrite =
  | {
      /** A whole record of its own. It replaces the stored one if its version is newer. */
      readonly type: 'record';
      readonly entity: StreamId;
      readonly version: number;
      readonly data: object;
      /**
       * Puts the record in its owner's list of this kind, newest first by `at` (ISO 8601). `under` names a list within the
       * kind, e.g. the memberships of one user.
       */
      readonly listed?: { readonly at: string; readonly under?: string };
    }
  | {
      /** One slot of a record that several streams share (the gate of a tenant). It replaces the slot if its version is newer. */
      readonly type: 'slot';
      readonly entity: StreamId;
      readonly slot: string;
      readonly version: number;
      readonly data: object;
    };

/** A lease that must still be held with this fence when the commit is written (see `lease.ts`). */
export interface Guard {
  readonly lease: string;
  readonly fence: number;
}

/** Another writer took the version, or a guard no longer holds. Nothing was written. Reload and decide again. */
export type AppendRefusal = { readonly reason: 'version-taken' } | { readonly reason: 'guard-lost' };

export type AppendResult = { readonly ok: true } | { readonly ok: false; readonly error: AppendRefusal };

export interface Journal {
  /** All commits of a stream from a version on (default 1), in order, strongly consistent. Empty if there is no such stream. */
  read(stream: StreamId, fromVersion?: number): Promise<readonly Commit[]>;

  /**
   * Writes commits, each at its version, all or none. They are of one owner; only a function of the platform's plane may write a
   * tenant's and the platform's at once, and each goes into its own owner's log. One commit without views and guards is one
   * conditional PutItem (one write unit up to 1 KB); anything else is one transaction. A refusal wrote nothing. A thrown error may
   * or may not have written: the caller reloads and finds its own command key, or not.
   */
  append(
    commits: readonly NewCommit[],
    extra?: { readonly views?: readonly ViewWrite[]; readonly guards?: readonly Guard[] },
  ): Promise<AppendResult>;

  /** Appends an observation: something that changed nothing but must be remembered. It lands in its owner's stream of the day. */
  observe(observation: Observation): Promise<void>;
}

/** A refused access, a failed code, a read of the audit log … Written under its own ULID, so observations never contend. */
export interface Observation {
  readonly owner: Owner;
  readonly commitId: string;
  readonly at: string;
  readonly actor: Actor;
  readonly request: RequestOrigin;
  /** What was seen, e.g. `AccessRefused`, `MfaFailed`, `AuditLogRead`. */
  readonly type: string;
  readonly outcome: 'succeeded' | 'refused' | 'failed';
  /** The entity it concerns, if one. */
  readonly entity?: { readonly kind: string; readonly id: string };
  readonly data?: object;
}

export const platform: Owner = 'platform';

/** The tenant's id, or `platform`: no tenant's id has that form. For maps, logs and the names of objects. */
export function ownerName(owner: Owner): string {
  return owner === 'platform' ? owner : owner.tenant;
}

/** A stable text for maps and logs; the storage keys are the adapter's own affair. */
export function streamName({ owner, kind, id }: StreamId): string {
  return `${ownerName(owner)}/${kind}/${id}`;
}
