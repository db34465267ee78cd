/** When a key last opened its tenant, and from where. */
export interface KeyUse {
  readonly at: string;
  readonly ip?: string;
}

/**
 * The last uses of the keys of one tenant. They are for people who tidy up, and decide nothing: they are written every few minutes
 * at most, and the latest may be lost.
 */
export interface KeyUses {
  /** Keeps the later one of this use and what is known. */
  record(keyId: string, use: KeyUse): Promise<void>;
  /** The known uses of up to a hundred keys, by key. */
  read(keyIds: readonly string[]): Promise<ReadonlyMap<string, KeyUse>>;
}
