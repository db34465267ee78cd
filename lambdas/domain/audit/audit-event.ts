import type { Commit, Observation, ViewWrite } from '../../kernel/journal';
import { redactJson } from '../../kernel/redaction';

/** The kind under which an owner's commits and observations are listed, newest first. */
export const auditEventKind = 'audit-event';

/** A commit as the audit list shows it: one record, which never changes. */
export function commitAuditView(commit: Commit): ViewWrite {
  const { stream, version } = commit;
  return {
    type: 'record',
    entity: { owner: stream.owner, kind: auditEventKind, id: commit.commitId },
    version: 1,
    listed: { at: commit.at },
    data: {
      ...whoAndWhen(commit),
      action: commit.command.name,
      outcome: 'succeeded',
      entity: { kind: stream.kind, id: stream.id, version },
      events: commit.events.map(({ type, data }) => ({ type, data: shown(data) })),
      changes: commit.changes,
    },
  };
}

/** An observation as the audit list shows it. */
export function observationAuditView(observation: Observation): ViewWrite {
  const { owner, commitId, type, data, entity } = observation;
  return {
    type: 'record',
    entity: { owner, kind: auditEventKind, id: commitId },
    version: 1,
    listed: { at: observation.at },
    data: {
      ...whoAndWhen(observation),
      action: type,
      outcome: observation.outcome,
      ...(entity === undefined ? {} : { entity }),
      events: [{ type, data: shown(data ?? {}) }],
      changes: [],
    },
  };
}

function whoAndWhen({ commitId, at, actor, request }: Pick<Commit, 'commitId' | 'at' | 'actor' | 'request'>): object {
  return { id: commitId, at, actor, request };
}

/** What an auditor needs in the log and nobody on a screen: ciphertext, and the keyed hashes beside it. */
const evidence = new Set(['sealed', 'hash']);

function shown(data: object): unknown {
  return redactJson(withoutEvidence(data));
}

function withoutEvidence(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(withoutEvidence);
  const fields = Object.entries(value).filter(([name]) => !evidence.has(name));
  return Object.fromEntries(fields.map(([name, field]: [string, unknown]) => [name, withoutEvidence(field)]));
}
