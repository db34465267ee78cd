import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LocalClock } from '../front-door/clock';
import { isRecord, recordOf, textOf, textsOf, type JsonRecord } from '../front-door/json';
import { AwsFault } from '../front-door/wire';
import { openRecordLog, openStateFile, type RecordLog, type StateFile } from './state';

export type LockMode = 'COMPLIANCE' | 'GOVERNANCE';

export interface Retention {
  readonly mode: LockMode;
  readonly untilMs: number;
}

export interface BucketSettings {
  readonly versioning: boolean;
  readonly objectLock: boolean;
  readonly defaultRetention?: { readonly mode: LockMode; readonly days: number };
  readonly kmsKeyArn?: string;
}

export interface ObjectVersion {
  readonly key: string;
  readonly versionId: string;
  readonly deleteMarker: boolean;
  readonly lastModifiedMs: number;
  readonly size: number;
  readonly etag: string;
  /** Response headers kept with the object: content type, user metadata, checksums. */
  readonly headers: Readonly<Record<string, string>>;
  retention?: Retention;
  legalHold: boolean;
}

/**
 * One bucket with versions and Object Lock [AmazonS3/latest/userguide/object-lock.html]. Bytes are written before
 * the record that names them, so an object is either there whole or not at all.
 */
export class Bucket {
  settings: BucketSettings;
  /** Versions of each key, oldest first. */
  private readonly versions = new Map<string, ObjectVersion[]>();
  private readonly log: RecordLog;
  private readonly file: StateFile;
  private readonly dataDir: string;

  constructor(
    readonly name: string,
    stateDir: string,
    private readonly clock: LocalClock,
  ) {
    this.dataDir = join(stateDir, 's3', name, 'data');
    mkdirSync(this.dataDir, { recursive: true });
    this.file = openStateFile(stateDir, 's3', name, 'bucket.json');
    this.settings = settingsFrom(this.file.read());
    this.log = openRecordLog(stateDir, 's3', name, 'versions.jsonl');
    for (const record of this.log.readAll()) {
      this.replay(record);
    }
  }

  configure(settings: BucketSettings): void {
    this.settings = settings;
    this.file.write(settings);
  }

  current(key: string): ObjectVersion | undefined {
    return this.versions.get(key)?.at(-1);
  }

  version(key: string, versionId: string): ObjectVersion | undefined {
    return this.versions.get(key)?.find((each) => each.versionId === versionId);
  }

  /** Every version, by key and newest first, as ListObjectVersions orders them. */
  all(): ObjectVersion[] {
    return [...this.versions.entries()]
      .sort(([a], [b]) => compareUtf8(a, b))
      .flatMap(([, versions]) => [...versions].reverse());
  }

  read(version: ObjectVersion): Buffer {
    return readFileSync(join(this.dataDir, fileNameOf(version)));
  }

  put(
    key: string,
    data: Buffer,
    headers: Readonly<Record<string, string>>,
    lock: { readonly retention?: Retention; readonly legalHold: boolean },
  ): ObjectVersion {
    const retention = lock.retention ?? this.defaultRetention();
    const version: ObjectVersion = {
      key,
      versionId: this.settings.versioning ? newVersionId() : 'null',
      deleteMarker: false,
      lastModifiedMs: this.clock.nowMs(),
      size: data.length,
      etag: `"${createHash('md5').update(data).digest('hex')}"`,
      headers,
      legalHold: lock.legalHold,
      ...(retention === undefined ? {} : { retention }),
    };
    const file = join(this.dataDir, fileNameOf(version));
    writeFileSync(`${file}.new`, data);
    renameSync(`${file}.new`, file);
    this.store(version);
    return version;
  }

  /** A simple DELETE only hides the object, also a locked one [userguide/object-lock-managing.html#object-lock-managing-delete-markers]. */
  hide(key: string): ObjectVersion | undefined {
    if (!this.settings.versioning) {
      const version = this.current(key);
      if (version !== undefined) {
        this.remove(version);
      }
      return undefined;
    }
    const marker: ObjectVersion = {
      key,
      versionId: newVersionId(),
      deleteMarker: true,
      lastModifiedMs: this.clock.nowMs(),
      size: 0,
      etag: '',
      headers: {},
      legalHold: false,
    };
    this.store(marker);
    return marker;
  }

  /**
   * Deletes one version for ever. A legal hold or a compliance retention refuses everyone, root included; a governance
   * retention yields to `s3:BypassGovernanceRetention` with its header [userguide/object-lock.html#object-lock-retention-modes].
   */
  deleteVersion(version: ObjectVersion, bypassGovernance: boolean): void {
    if (version.legalHold || this.isRetained(version, bypassGovernance)) {
      throw new AwsFault('AccessDenied', 'Access Denied because object protected by object lock.', 403);
    }
    this.remove(version);
  }

  /**
   * Sets a retention. Until a compliance retention ends, nobody can shorten it or change its mode; a governance
   * retention can be lessened only with bypass [userguide/object-lock-managing.html, API/API_PutObjectRetention.html].
   */
  retain(version: ObjectVersion, retention: Retention | undefined, bypassGovernance: boolean): void {
    const held = version.retention;
    const lessens =
      held !== undefined &&
      (retention === undefined || retention.untilMs < held.untilMs || retention.mode !== held.mode);
    const strengthens =
      held?.mode === 'GOVERNANCE' && retention?.mode === 'COMPLIANCE' && retention.untilMs >= held.untilMs;
    if (lessens && !strengthens && this.isRetained(version, bypassGovernance)) {
      throw new AwsFault('AccessDenied', 'Access Denied because object protected by object lock.', 403);
    }
    if (retention === undefined) {
      delete version.retention;
    } else {
      version.retention = retention;
    }
    this.log.append({ version });
  }

  hold(version: ObjectVersion, legalHold: boolean): void {
    version.legalHold = legalHold;
    this.log.append({ version });
  }

  private isRetained(version: ObjectVersion, bypassGovernance: boolean): boolean {
    const { retention } = version;
    if (retention === undefined || retention.untilMs <= this.clock.nowMs()) {
      return false;
    }
    return retention.mode === 'COMPLIANCE' || !bypassGovernance;
  }

  /** Default retention of the bucket [userguide/object-lock.html#object-lock-bucket-config]. */
  private defaultRetention(): Retention | undefined {
    const wanted = this.settings.defaultRetention;
    return this.settings.objectLock && wanted !== undefined
      ? { mode: wanted.mode, untilMs: this.clock.nowMs() + wanted.days * 86_400_000 }
      : undefined;
  }

  private store(version: ObjectVersion): void {
    this.keep(version);
    this.log.append({ version });
  }

  private keep(version: ObjectVersion): void {
    const others = (this.versions.get(version.key) ?? []).filter((each) => each.versionId !== version.versionId);
    this.versions.set(version.key, [...others, version]);
  }

  private remove(version: ObjectVersion): void {
    this.forget(version.key, version.versionId);
    this.log.append({ deleted: { key: version.key, versionId: version.versionId } });
    rmSync(join(this.dataDir, fileNameOf(version)), { force: true });
  }

  private forget(key: string, versionId: string): void {
    const rest = (this.versions.get(key) ?? []).filter((each) => each.versionId !== versionId);
    if (rest.length === 0) {
      this.versions.delete(key);
    } else {
      this.versions.set(key, rest);
    }
  }

  private replay(record: JsonRecord): void {
    const deleted = record['deleted'];
    if (isRecord(deleted)) {
      this.forget(textOf(deleted['key']) ?? '', textOf(deleted['versionId']) ?? '');
      return;
    }
    const version = versionFrom(recordOf(record['version']));
    const known = this.version(version.key, version.versionId);
    if (known === undefined || !this.settings.versioning) {
      this.keep(version);
    } else {
      // A later record of a version changes its lock, not its place among the versions.
      Object.assign(known, version);
      if (version.retention === undefined) {
        delete known.retention;
      }
    }
  }
}

/** Keys are listed in the order of their UTF-8 bytes [API/API_ListObjectsV2.html]. */
export function compareUtf8(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function newVersionId(): string {
  return randomBytes(24).toString('base64url');
}

function fileNameOf(version: ObjectVersion): string {
  return version.versionId === 'null'
    ? `null-${createHash('sha256').update(version.key).digest('hex')}`
    : version.versionId;
}

function settingsFrom(stored: JsonRecord): BucketSettings {
  const wanted = recordOf(stored['defaultRetention']);
  const kmsKeyArn = textOf(stored['kmsKeyArn']);
  const mode = modeFrom(wanted['mode']);
  return {
    versioning: stored['versioning'] === true,
    objectLock: stored['objectLock'] === true,
    ...(mode === undefined ? {} : { defaultRetention: { mode, days: Number(wanted['days']) } }),
    ...(kmsKeyArn === undefined ? {} : { kmsKeyArn }),
  };
}

export function modeFrom(value: unknown): LockMode | undefined {
  return value === 'COMPLIANCE' || value === 'GOVERNANCE' ? value : undefined;
}

function versionFrom(stored: JsonRecord): ObjectVersion {
  const retention = recordOf(stored['retention']);
  const mode = modeFrom(retention['mode']);
  return {
    key: textOf(stored['key']) ?? '',
    versionId: textOf(stored['versionId']) ?? '',
    deleteMarker: stored['deleteMarker'] === true,
    lastModifiedMs: Number(stored['lastModifiedMs'] ?? 0),
    size: Number(stored['size'] ?? 0),
    etag: textOf(stored['etag']) ?? '',
    headers: textsOf(stored['headers']),
    legalHold: stored['legalHold'] === true,
    ...(mode === undefined ? {} : { retention: { mode, untilMs: Number(retention['untilMs']) } }),
  };
}
