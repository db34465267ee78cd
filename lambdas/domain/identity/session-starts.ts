/** When a session (`origin_jti`) was first seen, and the id of the observation that says so. */
export interface SessionStart {
  readonly commitId: string;
  /** ISO 8601 in UTC. */
  readonly at: string;
}

/** The start of each session, once, whatever number of functions see its first requests at the same time. */
export interface SessionStarts {
  /** Answers the start that was claimed first, this one or an earlier: all who write it down then write the same record. */
  claim(user: string, session: string, start: SessionStart): Promise<SessionStart>;
}
