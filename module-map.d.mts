export interface Module {
  readonly name: string;
  /** Regular expression over repository paths. */
  readonly path: string;
  /** What stands in it, for people. */
  readonly holds: string;
  /** Names of the modules that it may import beside itself. */
  readonly may: readonly string[];
  readonly packages: 'none' | 'any' | readonly string[];
  /** What to do instead of a forbidden import. */
  readonly instead: string;
}

export const modules: readonly Module[];
